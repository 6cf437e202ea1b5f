// What does watching the signal cost? Every meter by itself, the whole analyzer, and libebur128 in
// turns with ours so that the machine's moods meet both.

#include <benchmark/benchmark.h>
#include <ebur128.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

#include "dsp/analysis/analyzer.h"
#include "dsp/analysis/level_meter.h"
#include "dsp/analysis/loudness_meter.h"
#include "dsp/analysis/spectrum.h"
#include "dsp/analysis/true_peak_meter.h"
#include "dsp/kernels/true_peak.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kRateHz = 48000.0;
constexpr std::size_t kSecondFrames = 48000;
constexpr std::size_t kBlockFrames = 64;
constexpr std::size_t kReadingFrames = 4800;
static_assert(kSecondFrames % kBlockFrames == 0 && kReadingFrames % kBlockFrames == 0);

const test::Signal& Left() {
  static const test::Signal kSignal = test::Noise(0.25, kSecondFrames, 1);
  return kSignal;
}

const test::Signal& Right() {
  static const test::Signal kSignal = test::Noise(0.25, kSecondFrames, 2);
  return kSignal;
}

void Report(benchmark::State& state, std::size_t frames) {
  const double total = static_cast<double>(state.iterations()) * static_cast<double>(frames);
  state.counters["ns_per_frame"] =
      benchmark::Counter(total * 1e-9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["deadline_percent"] = benchmark::Counter(
      total / kRateHz / 100.0, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

// A second of audio in blocks of the engine.
template <class Push>
void PushSecond(const Push& push) {
  for (std::size_t at = 0; at < kSecondFrames; at += kBlockFrames) {
    push(Left().data() + at, Right().data() + at, kBlockFrames);
  }
}

void BM_LevelMeter(benchmark::State& state) {
  LevelMeter meter;
  meter.Prepare(kRateHz);
  for ([[maybe_unused]] auto iteration : state) {
    PushSecond([&meter](auto... args) { meter.Push(args...); });
    benchmark::DoNotOptimize(meter.TakePeaks());
  }
  Report(state, kSecondFrames);
}
BENCHMARK(BM_LevelMeter);

void BM_TruePeakMeter(benchmark::State& state) {
  TruePeakMeter meter;
  meter.Prepare();
  for ([[maybe_unused]] auto iteration : state) {
    PushSecond([&meter](auto... args) { meter.Push(args...); });
    benchmark::DoNotOptimize(meter.Take());
  }
  Report(state, kSecondFrames);
}
BENCHMARK(BM_TruePeakMeter);

void BM_TruePeakOfEachFrame(benchmark::State& state) {
  const TruePeakKernels kernels = ResolveTruePeakKernels();
  const auto frames = static_cast<std::size_t>(state.range(0));
  std::vector<float> peaks(frames);
  for ([[maybe_unused]] auto iteration : state) {
    kernels.frame_peaks(Left().data() + kTruePeakHistoryFrames,
                        Right().data() + kTruePeakHistoryFrames, frames, 0.0F, peaks.data());
    benchmark::DoNotOptimize(peaks.data());
    benchmark::ClobberMemory();
  }
  Report(state, frames);
}
BENCHMARK(BM_TruePeakOfEachFrame)->Arg(13)->Arg(64)->Arg(480);

void BM_LoudnessMeter(benchmark::State& state) {
  LoudnessMeter meter;
  meter.Prepare(kRateHz);
  for ([[maybe_unused]] auto iteration : state) {
    PushSecond([&meter](auto... args) { meter.Push(args...); });
    benchmark::DoNotOptimize(meter.short_term_lufs() + meter.integrated_lufs());
  }
  Report(state, kSecondFrames);
}
BENCHMARK(BM_LoudnessMeter);

void BM_Spectrum(benchmark::State& state) {
  Spectrum spectrum;
  spectrum.Prepare(kRateHz);
  for ([[maybe_unused]] auto iteration : state) {
    PushSecond([&spectrum](auto... args) { spectrum.Push(args...); });
    benchmark::DoNotOptimize(spectrum.bands_dbfs().data());
  }
  Report(state, kSecondFrames);
}
BENCHMARK(BM_Spectrum);

// Input and output, read 30 times a second as the daemon does. The longest call is what a block
// may have to wait.
void BM_Analyzer(benchmark::State& state) {
  Analyzer analyzer;
  analyzer.Prepare(kRateHz);
  std::uint64_t position = 0;
  Clock::duration longest{};
  for ([[maybe_unused]] auto iteration : state) {
    PushSecond([&](const float* left, const float* right, std::size_t frames) {
      const float* const channels[2] = {left, right};
      const Clock::time_point start = Clock::now();
      analyzer.Push(position, channels, channels, frames, {});
      longest = std::max(longest, Clock::now() - start);
      position += frames;
      if (position % 1600 < kBlockFrames) benchmark::DoNotOptimize(analyzer.Take());
    });
  }
  Report(state, kSecondFrames);
  state.counters["longest_push_us"] = std::chrono::duration<double, std::micro>(longest).count();
}
BENCHMARK(BM_Analyzer);

// libebur128 on the same second, asked for M, S and I ten times in it, as our meter is.
class Peer {
 public:
  explicit Peer(int mode) : state_(ebur128_init(2, kSecondFrames, mode)) {}
  ~Peer() { ebur128_destroy(&state_); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  void Second(const std::vector<float>& interleaved) {
    for (std::size_t at = 0; at < kSecondFrames; at += kBlockFrames) {
      ebur128_add_frames_float(state_, interleaved.data() + 2 * at, kBlockFrames);
      if (at % kReadingFrames != 0) continue;
      double lufs = 0.0;
      ebur128_loudness_momentary(state_, &lufs);
      ebur128_loudness_shortterm(state_, &lufs);
      ebur128_loudness_global(state_, &lufs);
      benchmark::DoNotOptimize(lufs);
    }
  }

 private:
  ebur128_state* state_;
};

std::vector<float> Interleaved() {
  std::vector<float> frames(2 * kSecondFrames);
  for (std::size_t i = 0; i < kSecondFrames; ++i) {
    frames[2 * i] = Left()[i];
    frames[2 * i + 1] = Right()[i];
  }
  return frames;
}

// A second of ours, a second of theirs, and so on. `ours` takes a block and whether to read then.
template <class Ours>
void Compare(benchmark::State& state, int mode, const Ours& ours) {
  Peer peer(mode);
  const std::vector<float> interleaved = Interleaved();
  Clock::duration our_time{};
  Clock::duration their_time{};
  for ([[maybe_unused]] auto iteration : state) {
    const Clock::time_point start = Clock::now();
    for (std::size_t at = 0; at < kSecondFrames; at += kBlockFrames) {
      ours(Left().data() + at, Right().data() + at, at % kReadingFrames == 0);
    }
    const Clock::time_point middle = Clock::now();
    peer.Second(interleaved);
    our_time += middle - start;
    their_time += Clock::now() - middle;
  }
  const auto per_frame = [&state](Clock::duration time) {
    return std::chrono::duration<double, std::nano>(time).count() /
           static_cast<double>(state.iterations()) / static_cast<double>(kSecondFrames);
  };
  state.counters["ours_ns_per_frame"] = per_frame(our_time);
  state.counters["libebur128_ns_per_frame"] = per_frame(their_time);
  state.counters["ratio"] = per_frame(their_time) / per_frame(our_time);
}

void BM_LoudnessAgainstLibebur128(benchmark::State& state) {
  LoudnessMeter meter;
  meter.Prepare(kRateHz);
  constexpr int kMode = EBUR128_MODE_S | EBUR128_MODE_I | EBUR128_MODE_HISTOGRAM;
  Compare(state, kMode, [&meter](const float* left, const float* right, bool reading) {
    meter.Push(left, right, kBlockFrames);
    if (!reading) return;
    benchmark::DoNotOptimize(meter.momentary_lufs() + meter.short_term_lufs() +
                             meter.integrated_lufs());
  });
}
BENCHMARK(BM_LoudnessAgainstLibebur128);

// It cannot take true peaks without loudness, so this compares all readings of both.
void BM_MetersAgainstLibebur128(benchmark::State& state) {
  LoudnessMeter loudness;
  TruePeakMeter true_peak;
  LevelMeter level;
  loudness.Prepare(kRateHz);
  true_peak.Prepare();
  level.Prepare(kRateHz);
  constexpr int kMode = EBUR128_MODE_S | EBUR128_MODE_I | EBUR128_MODE_HISTOGRAM |
                        EBUR128_MODE_SAMPLE_PEAK | EBUR128_MODE_TRUE_PEAK;
  Compare(state, kMode, [&](const float* left, const float* right, bool reading) {
    loudness.Push(left, right, kBlockFrames);
    true_peak.Push(left, right, kBlockFrames);
    level.Push(left, right, kBlockFrames);
    if (!reading) return;
    benchmark::DoNotOptimize(loudness.momentary_lufs() + loudness.short_term_lufs() +
                             loudness.integrated_lufs());
    benchmark::DoNotOptimize(true_peak.Take());
    benchmark::DoNotOptimize(level.TakePeaks());
  });
}
BENCHMARK(BM_MetersAgainstLibebur128);

}  // namespace
}  // namespace auralis
