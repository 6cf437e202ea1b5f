// Work on whole lengths of music, as a file processor would do it: the sizes of the first Auralis
// (October 2025, Python), whose figures are of other work in places and no yardstick
// (bench/README.md).

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "dsp/adaptive/adapter.h"
#include "dsp/analysis/analyzer.h"
#include "dsp/analysis/spectrum.h"
#include "dsp/denormals.h"
#include "dsp/level_detector.h"
#include "dsp/signal_path.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

constexpr double kRateHz = 44100.0;
constexpr std::size_t kBlock = 64;

// A second of stereo noise, played round and round.
struct Source {
  test::Signal left = test::Noise(0.25, 44096, 1);
  test::Signal right = test::Noise(0.25, 44096, 2);
};
const Source& Music() {
  static const Source kMusic;
  return kMusic;
}

void ReportFrames(benchmark::State& state, std::size_t frames) {
  const double total = static_cast<double>(state.iterations()) * static_cast<double>(frames);
  state.counters["ns_per_frame"] =
      benchmark::Counter(total * 1e-9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["times_real_time"] =
      benchmark::Counter(total / kRateHz, benchmark::Counter::kIsRate);
}

// What the first Auralis published for the row, in ms; scripts/bench prints it beside ours.
void Published(benchmark::State& state, double ms) { state.counters["original_ms"] = ms; }

void BM_EnvelopeFollower(benchmark::State& state) {
  const ScopedFlushDenormals flush;
  const auto frames = static_cast<std::size_t>(state.range(0));
  LevelDetector detector;
  detector.Prepare(kRateHz, 20.0F);
  detector.SetTargets({.peak_share = 0.3F, .rms_pole = 0.999F});
  detector.Reset();
  std::array<float, kBlock> left{};
  std::array<float, kBlock> right{};
  std::array<float, kBlock> power{};
  std::array<float, kBlock> scratch{};
  for ([[maybe_unused]] auto iteration : state) {
    for (std::size_t at = 0; at < frames; at += kBlock) {
      const std::size_t from = at % Music().left.size();
      std::copy_n(Music().left.data() + from, kBlock, left.data());
      std::copy_n(Music().right.data() + from, kBlock, right.data());
      detector.Process({left.data(), right.data(), kBlock}, power.data(), scratch.data());
      benchmark::DoNotOptimize(power.data());
      benchmark::ClobberMemory();
    }
  }
  ReportFrames(state, frames);
  Published(state, frames == 1024     ? 0.004
                   : frames == 44100  ? 0.112
                   : frames == 441000 ? 1.072
                                      : 19.699);
}
BENCHMARK(BM_EnvelopeFollower)->Arg(1024)->Arg(44100)->Arg(441000)->Arg(4410000);

// 25 critical bands: +3 dB from 500 Hz to 2 kHz, -2 dB at both ends; chunks of 4096 frames.
void BM_CriticalBandsPerChunk(benchmark::State& state) {
  const ScopedFlushDenormals flush;
  constexpr std::size_t kChunk = 4096;
  const ProcessSpec spec{.sample_rate_hz = kRateHz, .block_frames = kChunk};
  auto params = DefaultParams<Bark::Params>(Bark::kParams);
  for (std::size_t band = 0; band < kBarkBands; ++band) {
    const double hz = BarkCentreHz(band);
    if (hz >= 500.0 && hz <= 2000.0) params.bands[band].gain_db = 3.0F;
    if (hz < 100.0 || hz > 10000.0) params.bands[band].gain_db = -2.0F;
  }
  auto bark = std::make_unique<Bark>();
  bark->Prepare(spec);
  bark->SetTargets(Bark::Designer(spec).Design(params));
  bark->Reset();
  std::vector<float> left(kChunk);
  std::vector<float> right(kChunk);
  for ([[maybe_unused]] auto iteration : state) {
    std::copy_n(Music().left.data(), kChunk, left.data());
    std::copy_n(Music().right.data(), kChunk, right.data());
    bark->Process({left.data(), right.data(), kChunk});
    benchmark::DoNotOptimize(left.data());
    benchmark::ClobberMemory();
  }
  ReportFrames(state, kChunk);
  Published(state, 0.13);  // of one channel
}
BENCHMARK(BM_CriticalBandsPerChunk);

void BM_SpectrumOfSeconds(benchmark::State& state) {
  const ScopedFlushDenormals flush;
  const auto frames = static_cast<std::size_t>(state.range(0)) * 44096;
  Spectrum spectrum;
  spectrum.Prepare(kRateHz);
  for ([[maybe_unused]] auto iteration : state) {
    for (std::size_t at = 0; at < frames; at += 44096) {
      spectrum.Push(Music().left.data(), Music().right.data(), 44096);
    }
    benchmark::DoNotOptimize(spectrum.bands_dbfs().data());
  }
  ReportFrames(state, frames);
  Published(state, state.range(0) == 5 ? 86.87 : state.range(0) == 30 ? 544.19 : 3227.31);
}
BENCHMARK(BM_SpectrumOfSeconds)->Arg(5)->Arg(30)->Arg(180)->Unit(benchmark::kMillisecond);

SignalPath::Values BusyValues() {
  SignalPath::Values values = SignalPath::kDefaults;
  const auto set = [&](std::string_view module, std::string_view key, float value) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      const ParamInfo& info = SignalPath::kParams[i];
      if (info.module == module && info.family.empty() && info.spec.key == key) values[i] = value;
    }
  };
  set("bark", "warmth", 0.5F);
  set("compressor", "enabled", 1.0F);
  set("stereo", "width", 0.55F);
  set("tone", "enabled", 1.0F);
  set("tone", "presence", 0.3F);
  set("master", "adaptive", 0.4F);
  return values;
}

// Critical bands, tone, compressor, width, limiter, with every meter at both ends and adaptation.
void ProcessTrack(std::size_t frames) {
  const ScopedFlushDenormals flush;
  constexpr std::size_t kReading = 50;  // blocks
  const SignalPath::Values values = BusyValues();
  const ProcessSpec spec{.sample_rate_hz = kRateHz, .block_frames = kBlock};
  SignalPath::Designer designer(spec);
  auto path = std::make_unique<SignalPath>();
  path->Prepare(spec, values);
  path->SetTargets(designer.Design(values));
  path->Reset();
  Analyzer analyzer;
  analyzer.Prepare(kRateHz);
  Adapter adapter;
  adapter.Prepare(kRateHz, {});
  std::array<float, kBlock> left{};
  std::array<float, kBlock> right{};
  for (std::size_t at = 0; at < frames; at += kBlock) {
    const std::size_t from = at % Music().left.size();
    std::copy_n(Music().left.data() + from, kBlock, left.data());
    std::copy_n(Music().right.data() + from, kBlock, right.data());
    path->Process({left.data(), right.data(), kBlock});
    const float* const input[2] = {Music().left.data() + from, Music().right.data() + from};
    const float* const output[2] = {left.data(), right.data()};
    analyzer.Push(at, input, output, kBlock, {});
    if (at / kBlock % kReading != 0) continue;
    const AnalysisFrame frame = analyzer.Take();
    adapter.Hear(frame.position_frames, frame.input);
    Adaptation adaptation;
    for (std::size_t band = 0; band < kBarkBands; ++band) {
      adaptation.bark_delta_db[band] = 0.4F * adapter.state().now.bark_gain_db[band];
    }
    designer.SetAdaptation(adaptation);
    path->SetTargets(designer.Design(values));
  }
  benchmark::DoNotOptimize(left.data());
}

// The 10,262,070 frames of a track of 232.7 s, on one core.
void BM_WholeTrack(benchmark::State& state) {
  constexpr std::size_t kFrames = 10262070 / kBlock * kBlock;
  for ([[maybe_unused]] auto iteration : state) ProcessTrack(kFrames);
  ReportFrames(state, kFrames);
  Published(state, 6350.0);
}
BENCHMARK(BM_WholeTrack)->Unit(benchmark::kMillisecond)->Iterations(1);

// Ten files of 30 s over all cores.
void BM_BatchOfTen(benchmark::State& state) {
  constexpr std::size_t kFiles = 10;
  constexpr std::size_t kFrames = 30 * 44100 / kBlock * kBlock;
  Music();  // made before anybody needs it
  for ([[maybe_unused]] auto iteration : state) {
    std::atomic<std::size_t> next{0};
    std::vector<std::thread> workers;
    for (unsigned core = 0; core < std::max(1U, std::thread::hardware_concurrency()); ++core) {
      workers.emplace_back([&next] {
        while (next++ < kFiles) ProcessTrack(kFrames);
      });
    }
    for (std::thread& worker : workers) worker.join();
  }
  ReportFrames(state, kFiles * kFrames);
  Published(state, 2914.69);
}
BENCHMARK(BM_BatchOfTen)->Unit(benchmark::kMillisecond)->Iterations(1)->UseRealTime();

}  // namespace
}  // namespace auralis
