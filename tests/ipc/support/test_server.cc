#include "tests/ipc/support/test_server.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "config/param_text.h"

namespace auralis::test {

ipc::Status FixedBackend::status() const {
  if (!failure.empty()) throw std::runtime_error(failure);
  return {.state = "running",
          .device = "virtual: nothing -> nowhere",
          .sample_rate_hz = 48000.0,
          .block_frames = 64,
          .host_frames = 256,
          .latency_frames = 72,
          .uptime_s = 3723.5,
          .callbacks = 11,
          .frames = 2816,
          .xruns = 3,
          .non_finite_frames = 4,
          .dropped_taps = 5,
          .bypass = true};
}

ipc::Info FixedBackend::info() const {
  return {.version = "9.8.7",
          .pid = 4242,
          .simd_target = "AVX2",
          .licence = "GPL-3.0-or-later",
          .settings_path = "/settings.toml",
          .socket_path = "/control.sock"};
}

ipc::Adaptation FixedBackend::adaptation() const {
  ipc::Adaptation report;
  report.doing = "following";
  report.strength = 0.5F;
  report.share = 0.25F;
  report.heard_s = 7.0F;
  report.silent_s = 1.5F;
  report.age_s = 0.125F;
  report.programmes = 3;
  report.spectral = 0.375F;
  report.dynamic = 0.625F;
  report.energy = 0.875F;
  report.loudness_lufs = -17.5F;
  report.loudness_deviation_lu = 2.5F;
  report.crest_db = 13.5F;
  report.width = 0.1875F;
  report.correlation = 0.75F;
  report.centroid_hz = 812.0F;
  report.flatness = 0.0625F;
  report.onsets_per_s = 2.25F;
  report.zones = {{.name = "bass", .share = 0.5F, .wanted = 0.4375F, .gain_db = -1.25F}};
  report.band_gain_db = {0.5F, -0.5F};
  report.parameters = {{.key = "stereo.width",
                        .set = 0.5F,
                        .aim = 0.625F,
                        .value = 0.5625F,
                        .set_text = "0.5",
                        .text = "0.5625",
                        .pinned = true,
                        .stage_on = true}};
  report.reference = "/music/favourite.flac";
  report.study = {.state = "done",
                  .purpose = "reference",
                  .path = "/music/favourite.flac",
                  .done = 2,
                  .total = 3,
                  .skipped = 1,
                  .problem = "none"};
  report.story = {"follows", "cuts 1.2 dB at 122 Hz"};
  return report;
}

ipc::Reply FixedBackend::Steer(const ipc::Adapt& request) {
  ipc::Adaptation report = adaptation();
  report.story = {std::to_string(static_cast<int>(request.action)) + " " + request.text};
  return report;
}

namespace {

ipc::MidiControl SomeControl() {
  return {.source = "cc 16 channel 3",
          .target = "input.gain",
          .mode = "pickup",
          .from = "-12",
          .to = "12",
          .value = "1",
          .step = "2",
          .ticks = "64",
          .presets = {"flat", "warm"},
          .feedback = "cc 9",
          .feedback_low = "1",
          .feedback_high = "13",
          .label = "knob 1",
          .invert = true};
}

ipc::MidiState SomeMidi() {
  return {.api = "JACK",
          .ports = {{.name = "box:midi_out",
                     .is_virtual = true,
                     .present = true,
                     .feedback = true,
                     .map = "Box",
                     .map_file = "/midi/box.toml",
                     .map_shipped = true,
                     .controls = 1,
                     .messages = 77}},
          .controls = {{.port = "box:midi_out", .control = SomeControl(), .text = "-3.0 dB"}},
          .problems = {"bad.toml:3: no"},
          .lost = 5,
          .learning = {.state = "done",
                       .target = "input.gain",
                       .hint = "turn it",
                       .messages = 12,
                       .port = "box:midi_out",
                       .saw = "a knob",
                       .control = SomeControl(),
                       .file = "/midi/box.toml",
                       .problem = "none"}};
}

}  // namespace

ipc::Reply FixedBackend::Answer(const ipc::GetMidi&) { return SomeMidi(); }
ipc::Reply FixedBackend::Answer(const ipc::MapMidi& request) {
  ipc::MidiState state = SomeMidi();
  state.controls.push_back({.port = request.port, .control = request.control, .text = ""});
  return state;
}
ipc::Reply FixedBackend::Answer(const ipc::UnmapMidi& request) {
  if (request.what != "input.gain") {
    return ipc::Error{.code = ipc::ErrorCode::kBadValue, .key = "what", .value = request.what};
  }
  return ipc::MidiState{.api = request.port};
}
ipc::Reply FixedBackend::Answer(const ipc::GetComparison&) {
  return ipc::Comparison{.on = true,
                         .heard = "b",
                         .a = {.name = "warm", .gain_db = -2.5F, .loudness_lufs = -14.0F},
                         .b = {.name = "night", .gain_db = -0.5F, .loudness_lufs = -16.5F},
                         .measured_s = 9.5F};
}

ipc::Reply FixedBackend::Answer(const ipc::Compare& request, ParamHistory&) {
  if ((request.a + request.b).find("bad") != std::string::npos) {
    return ipc::Error{.code = ipc::ErrorCode::kBadFile,
                      .key = "preset",
                      .value = request.b,
                      .message = "there is no such preset"};
  }
  return Answer(ipc::GetComparison{});
}

ipc::Reply FixedBackend::Answer(const ipc::SteerComparison& request, ParamHistory&) {
  if (request.action == ipc::SteerComparison::Action::kEnd) return ipc::Comparison{};
  return Answer(ipc::GetComparison{});
}

ipc::Reply FixedBackend::Answer(const ipc::LearnMidi& request) {
  if (request.port == "nothing") {
    return ipc::Error{.code = ipc::ErrorCode::kNoSuchPort,
                      .key = "port",
                      .value = request.port,
                      .allowed = "box:midi_out",
                      .message = "nothing is no one MIDI port"};
  }
  ipc::MidiState state = SomeMidi();
  state.learning.control = request.control;
  state.learning.hint = ExactText(request.timeout_s) + (request.cancel ? " cancelled" : "");
  return state;
}

ipc::Reply FixedBackend::Load(const ipc::LoadResponse& request) {
  if (request.path.find("bad") != std::string::npos) {
    return ipc::Error{.code = ipc::ErrorCode::kBadFile,
                      .key = "path",
                      .value = request.path,
                      .reason = "is bad",
                      .message = request.path + ": is bad"};
  }
  return ipc::ResponseLoaded{.path = request.path,
                             .channels = 2,
                             .file_rate_hz = 44100.0,
                             .frames = 4800,
                             .memory_bytes = 1500000};
}

ipc::PresetState FixedBackend::Presets() const {
  return {.name = "warm + hd600",
          .description = "Fuller.",
          .layers = {{.layer = "base", .preset = "warm", .by = "you", .problem = "is bad"}},
          .sources = {{.key = "input.gain", .layer = "you"}},
          .device_id = "alsa_output.usb",
          .device_name = "HD 600",
          .route = "headphones",
          .application = "Music",
          .rules_file = "/rules.toml",
          .rules_problem = "is bad, too",
          .rules = {{.device = "alsa_*",
                     .route = "headphones",
                     .application = "Music",
                     .preset = "hd600",
                     .layer = "device",
                     .fits = true,
                     .chosen = true,
                     .why = "fits"}}};
}

ipc::Reply FixedBackend::LoadPreset(const ipc::LoadPreset& request, ParamHistory&) {
  ipc::PresetState state = Presets();
  state.name = request.name + "/" + request.device + "/" + request.route + "/" +
               std::to_string(request.step);
  return state;
}

ipc::Reply FixedBackend::Devices() {
  return ipc::DeviceList{.current = "virtual: nothing -> nowhere",
                         .devices = {{.host_api = "JACK",
                                      .name = "Speakers",
                                      .input_channels = 1,
                                      .output_channels = 2,
                                      .sample_rate_hz = 44100.0,
                                      .is_default_output = true}}};
}

AnalysisFrame SomeFrame(float step) {
  AnalysisFrame frame;
  frame.position_frames = 123456789012345;
  float level = -10.0F + step;
  for (LevelReadings* readings : {&frame.input, &frame.output}) {
    for (auto* pair : {&readings->peak_dbfs, &readings->rms_dbfs, &readings->true_peak_dbtp}) {
      for (float& one : *pair) one = level -= 0.5F;
    }
    readings->momentary_lufs = level -= 0.5F;
    readings->short_term_lufs = level -= 0.5F;
    readings->integrated_lufs = level -= 0.5F;
    for (float& one : readings->spectrum_dbfs) one = level -= 0.5F;
  }
  // The limiter's, the last one, is 2.5 dB, and each before it 1 dB more.
  float reduction_db = 2.5F + step;
  for (std::size_t i = frame.gain_reductions_db.size(); i-- > 0; reduction_db += 1.0F) {
    frame.gain_reductions_db[i] = reduction_db;
  }
  frame.leveler_gain_db = -1.25F;
  return frame;
}

TestServer::TestServer() : TestServer(std::filesystem::path()) {}

TestServer::TestServer(const std::filesystem::path& path)
    : path_(path.empty() ? folder_ / "control.sock" : path), work_(loop_.get_executor()) {
  server_.emplace(loop_, path_, registry_, backend_);
  thread_ = std::thread([this] { loop_.run(); });
}

TestServer::~TestServer() {
  OnLoop([this](ipc::Server&, ParamRegistry&) { server_.reset(); });
  work_.reset();
  thread_.join();  // the loop ends by itself when the server has left nothing behind
}

void TestServer::Publish(const AnalysisFrame& frame) {
  OnLoop([&](ipc::Server& server, ParamRegistry&) { server.Publish(frame); });
}

bool TestServer::has_quit() {
  return OnLoop([this](ipc::Server&, ParamRegistry&) { return backend_.quit; });
}

void TestServer::FailWith(const std::string& what) {
  OnLoop([&](ipc::Server&, ParamRegistry&) { backend_.failure = what; });
}

void TestServer::Close(const std::string& reason) {
  OnLoop([&](ipc::Server& server, ParamRegistry&) { server.Close(reason); });
}

}  // namespace auralis::test
