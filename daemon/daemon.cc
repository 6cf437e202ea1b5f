#include "daemon/daemon.h"

#include <malloc.h>
#include <spdlog/spdlog.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <csignal>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "config/paths.h"
#include "config/version.h"
#include "daemon/crash_report.h"
#include "daemon/impulse_response_file.h"
#include "daemon/portaudio_device.h"
#include "daemon/resident_code.h"
#include "daemon/restart.h"
#include "daemon/sound_file.h"
#include "daemon/startup.h"
#include "dsp/kernels/simd_target.h"

namespace auralis {
namespace {

using std::chrono::steady_clock;

// How long a stop may wait for the fade before it ends the stream all the same.
constexpr auto kStopPatience = std::chrono::milliseconds(500);
constexpr auto kStopPoll = std::chrono::milliseconds(5);
// In the history, where clients are numbered from 1.
constexpr std::uint64_t kHandOnControllers = ~std::uint64_t{0};
// A stream that ends at once, again and again, does not keep the machine busy.
constexpr auto kLeastLife = std::chrono::seconds(2);
constexpr auto kRestartPause = std::chrono::milliseconds(500);

// Whoever goes on in the place of another goes on from where that was, not from the command line.
Options WithoutWhatIsRemembered(Options options) {
  if (options.inheritance.any && !BesideState("").empty()) options.preset.clear();
  return options;
}

}  // namespace

Daemon::Daemon(const Options& options)
    : options_(WithoutWhatIsRemembered(options)),
      config_path_(FindConfig(options)),
      socket_path_(options.socket.empty() ? SocketPath() : options.socket),
      preset_(PresetFor(options_)),
      settings_(WithResponseOf(preset_, LoadIfAny(config_path_))),
      registry_(RegistryWith(settings_, config_path_, preset_)),
      signals_(loop_),
      stop_timer_(loop_),
      watchdog_timer_(loop_),
      server_(loop_, socket_path_, registry_, *this, options.inheritance.listening_fd),
      stream_(loop_, options.Override(settings_.audio),
              VirtualOptions(options, options.Override(settings_.audio)),
              BesideState("default_sink"), options.inheritance.any, *this),
      memory_(loop_, registry_, BesideState(stream_.device(), "values.toml"), settings_.parameters,
              !preset_.has_value()),
      midi_(loop_, registry_, HandsOnControllers()),
      presets_(registry_,
               {.load_response = [this](const std::string& path) { return BringResponse(path); },
                .response_file = [this] { return convolver_file_; },
                .begin_switch =
                    [this] {
                      if (started_up_) switch_.Begin();
                    },
                .end_switch =
                    [this] {
                      if (started_up_) switch_.End();
                    },
                // What is on trial ends where another output, say, brings its own preset.
                .before_rules_act =
                    [this] {
                      if (started_up_) side_by_side_.End(server_.history());
                    },
                .on_change = [this] { PresetsChanged(); }}),
      switch_({.engine = [this]() -> Engine& { return stream_.engine(); }}),
      levelling_(stream_.device().format().sample_rate_hz, StateFileFor(stream_.device())),
      adapting_(loop_, registry_, stream_.device().format().sample_rate_hz,
                {.reference = BesideState(stream_.device(), "reference.toml"),
                 .calibration = BesideState(stream_.device(), "calibration.toml")},
                [this] { PublishTargets(); }),
      following_(adapting_, levelling_, StartingTargets()),
      side_by_side_(loop_, registry_, presets_, switch_, following_, ComparisonHooks()),
      recorder_(
          loop_, BesideState(stream_.device(), "blackbox.bin"), registry_,
          [this]() -> Engine& { return stream_.engine(); },
          [this](const ipc::Notice& notice) { server_.Tell(notice); }),
      started_(steady_clock::now()) {
  stream_.MakeEngine(registry_.Targets(), following_.adaptation());
  registry_.AddListener([this](std::span<const std::size_t>) {
    PublishTargets();
    recorder_.Wake();
    if (analysis_) analysis_->Wake();  // who waits for news hears of it with the next readings
  });
  started_up_ = true;
  if (const std::string file = std::exchange(convolver_file_, ""); !file.empty()) {
    if (const auto error = BringResponse(file)) spdlog::error("{}", error->message);
  }
  KeepPresets();
  midi_.PresetLoaded(presets_.name());
}

Daemon::~Daemon() { stream_.Stop(); }

int Daemon::Run() {
  signals_.Start([this](int signal) { HandleSignal(signal); });
  settings_watch_.emplace(loop_, std::vector{WatchedConfig(options_)}, [this] {
    if (!stopping_) Reload();
  });
  presets_watch_.emplace(loop_, WatchedPresets(), [this] { presets_.FilesChanged(); });
  Listen();
  recorder_.Start();
  InstallCrashReport(recorder_);
  MakeCodeResident();
  stream_.Start();
  if (HasListeners()) midi_.Start();
  spdlog::info("control socket {}", socket_path_.string());
  NotifyReady();
  FeedWatchdog();
  loop_.run();
  return exit_code_;
}

// A file that is played once is played for what is recorded: as the same every time, by no hand.
bool Daemon::HasListeners() const {
  return stream_.device().is_live() || options_.play.empty() || options_.loop;
}

// A file is heard at fixed places of it, so that it sounds the same each time.
void Daemon::Listen() {
  switch_.Listen(stream_.engine().options().sample_rate_hz);
  if (!stream_.device().is_live() && !options_.play.empty()) {
    stream_.HearInStep(
        [this](const AnalysisFrame& frame, InStep::Done done) {
          boost::asio::post(loop_, [this, frame, done = std::move(done)] { Heard(frame); });
        },
        &switch_.recent());
    return;
  }
  analysis_.emplace(
      stream_.engine().taps(), stream_.engine().options().sample_rate_hz,
      [this, stream = ++streams_](const AnalysisFrame& frame) {
        boost::asio::post(loop_, [this, stream, frame] {
          if (stream == streams_) Heard(frame);
        });
      },
      &switch_.recent());
}

void Daemon::StreamEnding() {
  analysis_.reset();
  rights_claimed_ = false;
  recorder_.Drain();
}

void Daemon::StreamRenewed() {
  const double sample_rate_hz = stream_.engine().options().sample_rate_hz;
  levelling_.SetSampleRate(sample_rate_hz);
  adapting_.SetSampleRate(sample_rate_hz);
  if (!convolver_file_.empty() && !stream_.engine().has_response()) Load({convolver_file_});
  Listen();
  if (HasListeners()) midi_.Start();
}

void Daemon::DeviceNews(const std::string& text) {
  spdlog::info("{}", text);
  server_.Tell({.kind = ipc::NoticeKind::kDevice, .text = text});
}

void Daemon::OutputChanged(const Situation& output) { presets_.Follow(output); }

void Daemon::SinkVolumeChanged(float volume_db) {
  following_.SetSinkVolume(stream_.engine(), volume_db);
}

ipc::Status Daemon::status() const {
  const RtStats& stats = stream_.engine().stats();
  const StreamFormat format = stream_.device().format();
  ipc::Status status;
  status.state = stopping_ ? "stopping" : stream_.engine().idle() ? "idle" : "running";
  status.device = stream_.device().name();
  status.sample_rate_hz = format.sample_rate_hz;
  status.block_frames = static_cast<std::uint32_t>(stream_.engine().options().block_frames);
  status.host_frames = static_cast<std::uint32_t>(format.host_frames);
  status.latency_frames = static_cast<std::uint32_t>(stream_.engine().latency_frames());
  status.uptime_s = std::chrono::duration<double>(steady_clock::now() - started_).count();
  status.callbacks = stats.callbacks.load(std::memory_order_relaxed);
  status.frames = stats.frames.load(std::memory_order_relaxed);
  status.xruns = stats.xruns.load(std::memory_order_relaxed);
  status.non_finite_frames = stats.non_finite_frames.load(std::memory_order_relaxed);
  status.dropped_taps = stats.dropped_taps.load(std::memory_order_relaxed);
  status.convolver_file = convolver_file_;
  status.sink_volume_db = following_.adaptation().sink_volume_db;
  status.preset = presets_.name();
  status.overloads = stats.overloads.load(std::memory_order_relaxed);
  status.load = stats.load.load(std::memory_order_relaxed);
  status.shedding = stats.shedding.load(std::memory_order_relaxed);
  status.bypass = registry_.value(SignalPath::IndexOf("master", "bypass")) >= 0.5F;
  return status;
}

ipc::Info Daemon::info() const {
  ipc::Info info;
  info.version = kVersion;
  info.pid = static_cast<std::uint32_t>(getpid());
  info.simd_target = ChosenSimdTarget();
  info.licence = "GPL-3.0-or-later";
  info.settings_path = config_path_.string();
  info.socket_path = socket_path_.string();
  return info;
}

ipc::Reply Daemon::Load(const ipc::LoadResponse& request) {
  if (request.path.empty()) {
    stream_.engine().SetResponse(nullptr);
    convolver_file_.clear();
    KeepPresets();
    return ipc::ResponseLoaded{};
  }
  try {
    if (!std::filesystem::path(request.path).is_absolute()) {
      throw FileError(request.path + ": cannot be a response: its path must be absolute");
    }
    const LoadedResponse loaded =
        LoadImpulseResponse(request.path, stream_.engine().options().sample_rate_hz);
    stream_.engine().SetResponse(loaded.response);
    convolver_file_ = request.path;
    KeepPresets();
    spdlog::info("convolver: {}, {} channels, {} frames", request.path, loaded.channels,
                 loaded.frames);
    return ipc::ResponseLoaded{.path = request.path,
                               .channels = static_cast<std::uint32_t>(loaded.channels),
                               .file_rate_hz = loaded.file_rate_hz,
                               .frames = loaded.frames,
                               .memory_bytes = loaded.memory_bytes};
  } catch (const FileError& e) {
    return ipc::Error{.code = ipc::ErrorCode::kBadFile,
                      .key = "path",
                      .value = request.path,
                      .reason = e.what(),
                      .allowed = "a WAV, FLAC or .irs with 1, 2 or 4 channels, up to 10 s",
                      .message = e.what()};
  }
}

ipc::Reply Daemon::Devices() {
  ipc::DeviceList list{stream_.device().name(), {}};
  for (const SoundDevice& one : ListPortAudioDevices()) {
    list.devices.push_back({.host_api = one.host_api,
                            .name = one.name,
                            .input_channels = static_cast<std::uint32_t>(one.input_channels),
                            .output_channels = static_cast<std::uint32_t>(one.output_channels),
                            .sample_rate_hz = one.sample_rate_hz,
                            .is_default_output = one.is_default_output});
  }
  return list;
}

void Daemon::Quit() {
  boost::asio::post(loop_, [this] {  // the reply goes first
    if (!stopping_) BeginStop();
  });
}

std::optional<ipc::Error> Daemon::BringResponse(const std::string& path) {
  if (!started_up_) {  // it is loaded when there is something to load it into
    convolver_file_ = path;
    return std::nullopt;
  }
  const ipc::Reply reply = Load({path});
  if (const auto* error = std::get_if<ipc::Error>(&reply)) return *error;
  return std::nullopt;
}

void Daemon::Heard(const AnalysisFrame& frame) {
  ClaimRights();
  recorder_.Wake();
  server_.Publish(frame);
  switch_.Advance(frame.position_frames);
  side_by_side_.Advance();
  stream_.engine().SetMatchGain(switch_.match_gain_db());
  following_.Hear(stream_.engine(), frame);
  if (analysis_) analysis_->Follow(IsFollowed());
  // A signal path is megabytes, in pieces that lie between others.
  if (stream_.engine().FreeUnused()) malloc_trim(0);
}

// Whether anything is made of a reading before the next one, a tenth of a second later.
bool Daemon::IsFollowed() const {
  return server_.is_watched() || following_.Listens() || switch_.is_moving() || side_by_side_.on();
}

// Once the callback's thread runs; it may get what it lacks at any time after that.
void Daemon::ClaimRights() {
  if (!std::exchange(rights_claimed_, true)) {
    told_lowered_ = false;
    if (stream_.device().is_live()) {
      rights_.Raise(stream_.device().callback_thread());
      rights_.LockMemory();
    }
    const RtReport& report = rights_.report();
    for (const std::string& problem : {report.problem, report.memory_problem}) {
      if (!problem.empty()) spdlog::info("{}", problem);
    }
  }
  const RtReport& report = rights_.report();
  if (report.lowered && !std::exchange(told_lowered_, true)) {
    spdlog::warn("{}", report.problem);
    server_.Tell({.kind = ipc::NoticeKind::kOverload,
                  .text = report.problem,
                  .count = stream_.engine().stats().overloads.load(std::memory_order_relaxed)});
  }
}

// What was in force when the daemon ended last, and what the rules make of where it plays now: all
// of it before the first sound.
SignalPath::Values Daemon::StartingTargets() {
  const RememberedPresets& remembered = memory_.presets();
  convolver_file_ = ResponseFileOf(settings_, config_path_).string();
  presets_.TakeSettings(settings_.parameters);
  if (preset_) {
    presets_.Begin(options_.preset);
  } else {
    if (remembered.response_in_settings == convolver_file_) {
      convolver_file_ = remembered.response_file;
    }
    presets_.Recall(remembered);
  }
  // Where a sound server will tell more, a guess would only bring in another preset first.
  if (!stream_.output().device_id.empty()) {
    presets_.Follow(stream_.output());
  } else if (!stream_.device().is_live() || !PipeWireMayAnswer()) {
    presets_.Follow({.device_name = stream_.device().name()});
  }
  return registry_.Targets();
}

// A hand at a controller is one more client.
Midi::Hands Daemon::HandsOnControllers() {
  const auto load = [this](const ipc::LoadPreset& request) {
    const ipc::Reply reply = LoadPreset(request, server_.history());
    if (const auto* error = std::get_if<ipc::Error>(&reply)) spdlog::error("{}", error->message);
  };
  return {.set =
              [this](std::span<const Assignment> changes) {
                return server_.history().Apply(
                    changes, ParamRegistry::Origin::kPerson,
                    {.hand = kHandOnControllers, .at = ParamHistory::Clock::now()});
              },
          .load_preset = [load](const std::string& name) { load({.name = name}); },
          .step_preset = [load](int step) { load({.step = step}); },
          .undo = [this] { server_.history().Undo(); },
          .redo = [this] { server_.history().Redo(); },
          .tell =
              [this](const std::string& text) {
                server_.Tell({.kind = ipc::NoticeKind::kMidi, .text = text});
              }};
}

void Daemon::KeepPresets() {
  RememberedPresets now = presets_.remembered();
  now.response_file = convolver_file_;
  now.response_in_settings = ResponseFileOf(settings_, config_path_).string();
  memory_.Keep(std::move(now), [this](std::size_t index) { return presets_.Under(index); });
}

SideBySide::Hooks Daemon::ComparisonHooks() {
  return {.engine = [this]() -> Engine& { return stream_.engine(); },
          .set_response =
              [this](const std::string& file, std::shared_ptr<const ImpulseResponse> response) {
                if (stream_.engine().sound().response != response) {
                  stream_.engine().SetResponse(std::move(response));
                }
                convolver_file_ = file;
              },
          .on_change =
              [this] {
                memory_.Hold(side_by_side_.on());
                server_.Tell({.kind = ipc::NoticeKind::kComparison,
                              .text = ComparisonText(side_by_side_.State())});
              }};
}

void Daemon::PresetsChanged() {
  KeepPresets();
  midi_.PresetLoaded(presets_.name());
  server_.Tell({.kind = ipc::NoticeKind::kPreset, .text = presets_.name()});
}

ipc::Reply Daemon::LoadPreset(const ipc::LoadPreset& request, ParamHistory& history) {
  ipc::Reply reply = presets_.Load(request, history);
  if (!std::holds_alternative<ipc::Error>(reply)) spdlog::info("preset {}", presets_.name());
  return reply;
}

void Daemon::PresetLoaded(const std::string& name) {
  presets_.SetByClient(name);
  spdlog::info("preset {}", name);
}

void Daemon::HandleSignal(int signal) {
  if (signal == SIGHUP) {
    if (!stopping_) Reload();
  } else if (stopping_) {
    Finish(EX_OK, "stopped");  // asked twice: at once
  } else {
    spdlog::info("{}: fading out", strsignal(signal));
    BeginStop();
  }
}

// A parameter that the file names takes the file's value; one that it named before and names no
// more goes back to its default; what was set live and is not the file's business stays. A file
// with an error changes nothing.
void Daemon::Reload() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld",
             static_cast<long long>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000);
  try {
    config_path_ = FindConfig(options_);
    Settings fresh = WithResponseOf(preset_, LoadIfAny(config_path_));
    std::vector<Assignment> changes;
    for (const Assignment& old : settings_.parameters) {
      const auto index = registry_.Find(old.key);
      changes.push_back({.key = old.key, .value = static_cast<double>(presets_.Under(*index))});
    }
    changes.insert(changes.end(), fresh.parameters.begin(), fresh.parameters.end());
    ApplyAll(registry_, changes, config_path_);
    for (const Assignment& old : settings_.parameters) registry_.Release(old.key);
    for (const Assignment& one : fresh.parameters) registry_.Pin(one.key);
    if (fresh.audio != settings_.audio) {
      spdlog::warn("{}: changes of [audio] need a restart", config_path_.string());
    }
    settings_.parameters = std::move(fresh.parameters);
    presets_.TakeSettings(settings_.parameters);
    memory_.Settle(settings_.parameters);
    if (settings_.convolver_file != fresh.convolver_file) {
      settings_.convolver_file = fresh.convolver_file;
      if (const auto error = BringResponse(ResponseFileOf(settings_, config_path_).string())) {
        spdlog::error("{}", error->message);
      }
    }
    spdlog::info("settings read again from {}",
                 config_path_.empty() ? "nowhere: no settings file" : config_path_.string());
  } catch (const ConfigError& e) {
    spdlog::error("settings stay as they were:\n{}", e.what());
  }
  sd_notify(0, "READY=1");
}

void Daemon::BeginStop() {
  stopping_ = true;
  sd_notify(0, "STOPPING=1");
  stream_.engine().FadeOut();
  AwaitFadeOut(steady_clock::now() + kStopPatience);
}

void Daemon::AwaitFadeOut(steady_clock::time_point deadline) {
  if (stream_.engine().faded_out() || steady_clock::now() >= deadline) {
    Finish(EX_OK, "stopped");
    return;
  }
  stop_timer_.expires_after(kStopPoll);
  stop_timer_.async_wait([this, deadline](const boost::system::error_code& error) {
    if (!error && !finished_) AwaitFadeOut(deadline);
  });
}

void Daemon::StreamEnded(const std::string& error) {
  if (error.empty()) {
    spdlog::info("{}: played to its end", stream_.device().name());
    Finish(EX_OK, "played to its end");
  } else if (!stream_.device().is_live() || stopping_) {
    spdlog::error("{}: {}", stream_.device().name(), error);
    Finish(EX_UNAVAILABLE, error);
  } else if (steady_clock::now() - started_ >= kLeastLife) {
    BeginAnew(error);
  } else {
    stop_timer_.expires_after(kRestartPause);
    stop_timer_.async_wait([this, error](const boost::system::error_code& cancelled) {
      if (!cancelled && !stopping_) BeginAnew(error);
    });
  }
}

// PortAudio can neither use nor close a stream whose server is gone.
void Daemon::BeginAnew(const std::string& error) {
  DeviceNews(stream_.device().name() + ": " + error + "; the daemon begins anew in its place");
  sd_notifyf(0, "STATUS=%s", error.c_str());
  memory_.Close();
  levelling_.Keep();
  adapting_.Close();
  recorder_.Close();
  const std::string failure = RestartInPlace(server_.HandOver("begins anew: " + error));
  spdlog::critical("cannot begin anew: {}", failure);
  Finish(EX_UNAVAILABLE, error);
}

// Takes everything away that keeps the loop turning; it ends when the last goodbye is sent. What
// goes wrong on the way down, a record that cannot be finished, still counts.
void Daemon::Finish(int exit_code, std::string_view reason) {
  if (exit_code != EX_OK) exit_code_ = exit_code;
  if (std::exchange(finished_, true)) return;
  stopping_ = true;
  stream_.Stop();
  analysis_.reset();
  server_.Close(reason);
  signals_.Close();
  if (settings_watch_) settings_watch_->Close();
  if (presets_watch_) presets_watch_->Close();
  memory_.Close();
  adapting_.Close();
  recorder_.Close();
  midi_.Close();
  stop_timer_.cancel();
  watchdog_timer_.cancel();
}

void Daemon::NotifyReady() {
  sd_notifyf(0, "READY=1\nSTATUS=Streaming %s", stream_.device().name().c_str());
}

// Alive means: this loop turns. systemd says how often it wants to hear so.
void Daemon::FeedWatchdog() {
  std::uint64_t interval_us = 0;
  if (sd_watchdog_enabled(0, &interval_us) <= 0) return;
  sd_notify(0, "WATCHDOG=1");
  watchdog_timer_.expires_after(std::chrono::microseconds(interval_us / 2));
  watchdog_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && !finished_) FeedWatchdog();
  });
}

}  // namespace auralis
