#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>

#include "daemon/audio_device.h"
#include "daemon/engine.h"
#include "daemon/recent_sound.h"
#include "dsp/analysis/analyzer.h"

namespace auralis {

// How far apart readings are taken where the stream's own frames are the clock: whole blocks, some
// sixtieth of a second together.
std::size_t StepFrames(double sample_rate_hz, std::size_t block_frames);

// Stands between a device without listeners and the engine: at fixed places of the stream, every
// StepFrames(), it hands a reading over and waits until what follows from it is in force. So the
// sound depends on the file alone, not on who was faster; the renderer of files makes the same. It
// locks and waits, so it is never between a sound card and the engine.
class InStep : public AudioCallback {
 public:
  // Whoever holds it has not put the reading in force yet.
  using Done = std::shared_ptr<void>;
  using Report = std::function<void(const AnalysisFrame& frame, Done done)>;

  // `engine` must outlive this, and `recent`, which is given what entered the chain. `report` is
  // called on the device's thread and hands over to [control]; the device waits until the last copy
  // of `done` is gone.
  InStep(Engine& engine, Report report, RecentSound* recent = nullptr);

  void Process(const HostBuffer& buffer) noexcept override;
  std::size_t latency_frames() const noexcept override { return engine_.latency_frames(); }
  // Nothing waits from now on. [control] before the device is stopped
  void GiveUp();

 private:
  struct Waiting {
    std::mutex mutex;
    std::condition_variable changed;
    bool in_force = true;
    bool given_up = false;
  };
  void Step();

  Engine& engine_;
  Report report_;
  RecentSound* recent_;
  Analyzer analyzer_;
  std::size_t step_frames_;
  std::size_t at_ = 0;  // in the step
  std::shared_ptr<Waiting> waiting_ = std::make_shared<Waiting>();
};

}  // namespace auralis
