#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "config/param_registry.h"
#include "daemon/music_study.h"
#include "dsp/adaptive/adapter.h"
#include "dsp/adaptive/overlay.h"
#include "ipc/messages.h"

namespace auralis {

// Where adaptation keeps what it learnt; "" keeps nothing.
struct AdaptingFiles {
  std::filesystem::path reference;
  std::filesystem::path calibration;
};

// Adaptation as the daemon has it: hears the input, lays what it asks for over the values that
// people set, learns references in the background, and explains itself. [control]
class Adapting {
 public:
  // `on_change` is called on `loop` when Targets() or BarkDeltaDb() may have changed otherwise than
  // by Hear().
  Adapting(boost::asio::io_context& loop, ParamRegistry& registry, double sample_rate_hz,
           AdaptingFiles files, std::function<void()> on_change);

  // Of the stream from now on. Another one counts its frames from 0, and its programme is heard
  // anew.
  void SetSampleRate(double sample_rate_hz);
  void Hear(const AnalysisFrame& frame);
  // The registry's values, moved by adaptation where nobody holds them, master.intensity applied.
  SignalPath::Values Targets() const { return TargetsOf(registry_.values(), registry_.pinned()); }
  std::array<float, kBarkBands> BarkDeltaDb() const { return BarkDeltaDbOf(registry_.values()); }
  // The same of values that are not in force.
  SignalPath::Values TargetsOf(const ParamRegistry::Values& values, const Pinned& pinned) const;
  std::array<float, kBarkBands> BarkDeltaDbOf(const ParamRegistry::Values& values) const {
    return AdaptiveDeltaDb(values, adapter_.state());
  }

  ipc::Reply Answer(const ipc::Adapt& request);
  ipc::Adaptation Report() const;
  void Close();  // gives up what is being learnt

 private:
  using Action = ipc::Adapt::Action;

  void Recall();
  ipc::Reply Learn(Action action, const std::string& path);
  void Learnt(MusicStudy::Result result);
  void TakeUp(const MusicStudy::Result& result);
  void Forget(Action action);

  boost::asio::io_context& loop_;
  ParamRegistry& registry_;
  double sample_rate_hz_;
  AdaptingFiles files_;
  std::function<void()> on_change_;
  Adapter adapter_;
  std::uint64_t heard_frames_ = 0;  // position of the last readings
  float leveler_gain_db_ = 0.0F;
  ipc::Study study_report_;
  Action learning_ = Action::kFreeze;  // for what the study is
  std::uint32_t study_number_ = 0;     // news of one that was given up is not heard
  std::optional<MusicStudy> study_;
};

}  // namespace auralis
