#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "config/param_registry.h"
#include "config/preset.h"
#include "config/settings.h"
#include "daemon/adapting.h"
#include "daemon/analysis_thread.h"
#include "daemon/device_supervisor.h"
#include "daemon/file_watch.h"
#include "daemon/flight_recorder.h"
#include "daemon/following.h"
#include "daemon/levelling.h"
#include "daemon/midi.h"
#include "daemon/options.h"
#include "daemon/preset_keeper.h"
#include "daemon/rt_rights.h"
#include "daemon/side_by_side.h"
#include "daemon/signal_source.h"
#include "daemon/sound_switch.h"
#include "daemon/value_memory.h"
#include "ipc/backend.h"
#include "ipc/server.h"

namespace auralis {

// The composition root: every long-lived object, in the order it is made. Owns the control thread's
// loop; everything here runs on it. [control]
class Daemon : public ipc::Backend, private StreamObserver {
 public:
  // Reads the settings, opens socket and device. Throws ConfigError, IpcError, DeviceError,
  // FileError.
  explicit Daemon(const Options& options);
  ~Daemon() override;

  // Streams until a signal, the end of the device or a request to quit. Returns the exit code.
  int Run();

  ipc::Status status() const override;
  ipc::Info info() const override;
  ipc::Reply Load(const ipc::LoadResponse& request) override;
  ipc::Adaptation adaptation() const override { return adapting_.Report(); }
  ipc::Reply Steer(const ipc::Adapt& request) override { return adapting_.Answer(request); }
  ipc::Reply Answer(const ipc::GetMidi& request) override { return midi_.Answer(request); }
  ipc::Reply Answer(const ipc::MapMidi& request) override { return midi_.Answer(request); }
  ipc::Reply Answer(const ipc::UnmapMidi& request) override { return midi_.Answer(request); }
  ipc::Reply Answer(const ipc::LearnMidi& request) override { return midi_.Answer(request); }
  ipc::Reply Answer(const ipc::GetComparison&) override { return side_by_side_.State(); }
  ipc::Reply Answer(const ipc::Compare& request, ParamHistory& history) override {
    return side_by_side_.Answer(request, history);
  }
  ipc::Reply Answer(const ipc::SteerComparison& request, ParamHistory& history) override {
    return side_by_side_.Answer(request, history);
  }
  ipc::Reply Devices() override;
  ipc::BlackBoxPlace black_box() const override { return {recorder_.path()}; }
  void Quit() override;
  void PresetLoaded(const std::string& name) override;
  ipc::Reply LoadPreset(const ipc::LoadPreset& request, ParamHistory& history) override;
  ipc::PresetState Presets() const override { return presets_.State(); }

 private:
  void StreamEnding() override;
  void StreamRenewed() override;
  void StreamEnded(const std::string& error) override;
  void DeviceNews(const std::string& text) override;
  void OutputChanged(const Situation& output) override;
  void SinkVolumeChanged(float volume_db) override;

  bool HasListeners() const;
  void Listen();
  SignalPath::Values StartingTargets();
  std::optional<ipc::Error> BringResponse(const std::string& path);
  void PresetsChanged();
  SideBySide::Hooks ComparisonHooks();
  void KeepPresets();
  void Heard(const AnalysisFrame& frame);
  bool IsFollowed() const;
  void PublishTargets() { following_.Publish(stream_.engine()); }
  void ClaimRights();
  Midi::Hands HandsOnControllers();
  void HandleSignal(int signal);
  void Reload();
  void BeginAnew(const std::string& error);
  void BeginStop();
  void AwaitFadeOut(std::chrono::steady_clock::time_point deadline);
  void Finish(int exit_code, std::string_view reason);
  void NotifyReady();
  void FeedWatchdog();

  Options options_;
  bool started_up_ = false;            // the engine is there; asked while the rest is made
  std::filesystem::path config_path_;  // "" where there is no settings file
  std::filesystem::path socket_path_;
  std::optional<Preset> preset_;  // that the command line names
  Settings settings_;
  ParamRegistry registry_;
  boost::asio::io_context loop_;
  SignalSource signals_;
  boost::asio::steady_timer stop_timer_;
  boost::asio::steady_timer watchdog_timer_;
  ipc::Server server_;
  DeviceSupervisor stream_;
  std::string convolver_file_;  // that is loaded, or is to be at the start; "" for none
  ValueMemory memory_;
  Midi midi_;
  PresetKeeper presets_;
  SoundSwitch switch_;
  RtRights rights_;
  Levelling levelling_;
  Adapting adapting_;
  Following following_;
  SideBySide side_by_side_;
  bool rights_claimed_ = false;  // for the thread that calls back now
  bool told_lowered_ = false;
  std::optional<AnalysisThread> analysis_;
  unsigned streams_ = 0;  // that were analyzed; readings of the last one are late
  std::optional<FileWatch> settings_watch_;
  std::optional<FileWatch> presets_watch_;
  FlightRecorder recorder_;
  std::chrono::steady_clock::time_point started_;
  bool stopping_ = false;  // fading out, or done
  bool finished_ = false;  // nothing may wait on the loop any more
  int exit_code_ = 0;
};

}  // namespace auralis
