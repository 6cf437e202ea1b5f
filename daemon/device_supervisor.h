#pragma once

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "config/preset_rules.h"
#include "config/settings.h"
#include "daemon/audio_device.h"
#include "daemon/engine.h"
#include "daemon/in_step.h"
#include "daemon/pipewire_connection.h"
#include "daemon/pipewire_route.h"
#include "daemon/sink_volume.h"
#include "daemon/virtual_device.h"

namespace auralis {

// Hears what becomes of the stream. All calls on [control].
class StreamObserver {
 public:
  virtual ~StreamObserver() = default;
  // The engine goes: nobody may hold on to it, or to its taps, when this returned.
  virtual void StreamEnding() = 0;
  // The engine is another one, with the values that the last one had, and begins when this
  // returned. Its rate may be another; then it has no response, and its taps count from 0.
  virtual void StreamRenewed() = 0;
  // For good: "" where a file was played to its end, else what failed.
  virtual void StreamEnded(const std::string& error) = 0;
  // For people.
  virtual void DeviceNews(const std::string& text) = 0;
  // It plays on another output, through another route of it, or for another application. What is
  // not known is "".
  virtual void OutputChanged(const Situation& output) = 0;
  // What SinkVolume reports.
  virtual void SinkVolumeChanged(float volume_db) = 0;
};

// Owns the device and the engine that the device calls, and keeps both going: when the stream
// becomes another one the engine is made anew in the gap and fades in. [control]
class DeviceSupervisor {
 public:
  // Opens the device that `audio` asks for; `awaits` is OpenDevice's. The file is DefaultSink's.
  // Throws DeviceError, FileError. `observer` must outlive this; it hears nothing before Start().
  DeviceSupervisor(boost::asio::io_context& loop, const AudioSettings& audio,
                   const VirtualDeviceOptions& virtual_device,
                   const std::filesystem::path& default_sink_file, bool awaits,
                   StreamObserver& observer);
  ~DeviceSupervisor() { Stop(); }
  DeviceSupervisor(const DeviceSupervisor&) = delete;
  DeviceSupervisor& operator=(const DeviceSupervisor&) = delete;

  const AudioDevice& device() const { return *device_; }
  // The first engine; engine() may be called from then on. It stays until StreamEnding().
  void MakeEngine(const SignalPath::Values& values, const Adaptation& adaptation);
  Engine& engine() { return *engine_; }
  const Engine& engine() const { return *engine_; }

  // From the next Start() on the stream waits at every step for what follows from its reading. Each
  // engine has to be told so anew. Only where nobody listens.
  void HearInStep(InStep::Report report, RecentSound* recent) {
    in_step_.emplace(*engine_, std::move(report), recent);
  }

  void Start();
  // No callback runs any more, and nothing is left on the loop. Idempotent.
  void Stop();

  // Where it plays, as OutputChanged() told last.
  const Situation& output() const { return output_; }

 private:
  void OpenPipeWire(const std::filesystem::path& default_sink_file);
  EngineOptions OptionsNow() const;
  void StartDevice();
  void Fade(LinkKeeper::Sound sound);
  void Renew(const std::string& reason);

  boost::asio::io_context& loop_;
  AudioSettings audio_;
  StreamObserver& observer_;
  std::optional<PipeWireConnection> pipewire_;
  std::optional<PipeWireRoute> route_;
  std::unique_ptr<AudioDevice> device_;
  std::unique_ptr<Engine> engine_;
  std::optional<InStep> in_step_;
  std::optional<SinkVolume> sink_volume_;
  Situation output_;
  bool stopped_ = false;
};

}  // namespace auralis
