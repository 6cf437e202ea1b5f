// What does being watched cost? Round trips, a whole auralisctl, the codec; and the callback,
// without and with a hundred subscribers of which half never read.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "daemon/analysis_thread.h"
#include "daemon/engine.h"
#include "ipc/client.h"
#include "ipc/codec.h"
#include "tests/ipc/support/test_server.h"
#include "tests/support/process.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

using Clock = std::chrono::steady_clock;

void BM_GetRoundTrip(benchmark::State& state) {
  test::TestServer server;
  ipc::Client client(server.path(), "bench");
  for ([[maybe_unused]] auto iteration : state) {
    benchmark::DoNotOptimize(client.Ask<ipc::Values>(ipc::Get{{"limiter.ceiling"}}));
  }
}
BENCHMARK(BM_GetRoundTrip)->UseRealTime();

// From nothing to its end: a process, a connection, a question, a line.
void BM_AuralisctlGet(benchmark::State& state) {
  test::TestServer server;
  for ([[maybe_unused]] auto iteration : state) {
    const auto done = test::RunProgram(
        {AURALISCTL, "--socket", server.path().string(), "get", "limiter.ceiling"});
    if (done.exit_code != 0) state.SkipWithError(done.errors.c_str());
  }
}
BENCHMARK(BM_AuralisctlGet)->UseRealTime()->MeasureProcessCPUTime()->Unit(benchmark::kMillisecond);

void BM_EncodeMeters(benchmark::State& state) {
  ipc::Meters meters;
  meters.gain_reductions.assign(12, {"multiband.band2", 1.0F});
  for ([[maybe_unused]] auto iteration : state) {
    benchmark::DoNotOptimize(ipc::Encode(ipc::Event(meters)));
  }
}
BENCHMARK(BM_EncodeMeters);

// The engine at 48 kHz in callbacks of 64 frames, paced as a device paces it, for `seconds`. Times
// of Process() in us.
std::vector<double> TimeCallbacks(double seconds, test::TestServer& server) {
  constexpr std::size_t kFrames = 64;
  const EngineOptions options{
      .sample_rate_hz = 48000.0, .block_frames = kFrames, .host_frames = kFrames, .fade_in = false};
  Engine engine(options, SignalPath::kDefaults);
  const AnalysisThread analysis(engine.taps(), options.sample_rate_hz,
                                [&](const AnalysisFrame& frame) { server.Publish(frame); });
  const test::Signal noise = test::Noise(0.2, 48000, 1);
  std::vector<float> out(2 * kFrames);
  float* const output[2] = {out.data(), out.data() + kFrames};
  std::vector<double> times;
  auto due = Clock::now();
  for (std::size_t at = 0; at < static_cast<std::size_t>(seconds * 48000.0); at += kFrames) {
    const std::size_t from = at % (noise.size() - kFrames);
    const float* const input[2] = {noise.data() + from, noise.data() + from};
    const auto began = Clock::now();
    engine.Process({input, output, kFrames, 0});
    times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - began).count());
    due += std::chrono::nanoseconds(1'333'333);
    std::this_thread::sleep_until(due);
  }
  return times;
}

double Percentile(std::vector<double> times, double share) {
  const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(times.size() - 1));
  std::nth_element(times.begin(), times.begin() + at, times.end());
  return times[static_cast<std::size_t>(at)];
}

// A hundred that subscribe everything at 60 Hz; every other one reads.
class Crowd {
 public:
  explicit Crowd(test::TestServer& server) {
    for (int i = 0; i < 100; ++i) {
      clients_.push_back(std::make_unique<ipc::Client>(server.path(), "one of many"));
      clients_.back()->Ask<ipc::Subscribed>(
          ipc::Subscribe{{{ipc::Stream::kMeters, 60.0F}, {ipc::Stream::kSpectrum, 60.0F}}});
    }
    reader_ = std::thread([this] {
      while (!stop_) {
        for (std::size_t i = 0; i < clients_.size(); i += 2) {
          while (clients_[i]->NextEvent(std::chrono::milliseconds(0))) {
          }
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(8));
      }
    });
  }
  ~Crowd() {
    stop_ = true;
    reader_.join();
  }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

 private:
  std::vector<std::unique_ptr<ipc::Client>> clients_;
  std::atomic<bool> stop_{false};
  std::thread reader_;
};

// In turns, so that both meet the machine's moods.
void BM_CallbackBesideAHundredSubscribers(benchmark::State& state) {
  constexpr int kTurns = 4;
  constexpr double kSeconds = 1.5;
  for ([[maybe_unused]] auto iteration : state) {
    std::vector<double> alone;
    std::vector<double> watched;
    for (int turn = 0; turn < kTurns; ++turn) {
      test::TestServer server;
      const auto quiet = TimeCallbacks(kSeconds, server);
      alone.insert(alone.end(), quiet.begin(), quiet.end());
      const Crowd crowd(server);
      const auto busy = TimeCallbacks(kSeconds, server);
      watched.insert(watched.end(), busy.begin(), busy.end());
    }
    state.counters["p50_us"] = Percentile(alone, 0.5);
    state.counters["p50_watched_us"] = Percentile(watched, 0.5);
    state.counters["p99_us"] = Percentile(alone, 0.99);
    state.counters["p99_watched_us"] = Percentile(watched, 0.99);
    state.counters["p99_ratio"] = Percentile(watched, 0.99) / Percentile(alone, 0.99);
  }
}
BENCHMARK(BM_CallbackBesideAHundredSubscribers)
    ->Iterations(1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace auralis
