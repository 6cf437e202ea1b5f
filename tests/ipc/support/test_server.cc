#include "tests/ipc/support/test_server.h"

#include <algorithm>
#include <stdexcept>
#include <string>

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
