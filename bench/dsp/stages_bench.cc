// What does each stage cost, and the whole chain? Per SIMD target, at blocks of 64, 256 and 1024
// frames; and the equalizer's filters once more in plain scalar code, as the yardstick.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "dsp/denormals.h"
#include "dsp/kernels/simd_target.h"
#include "dsp/matched_filter.h"
#include "dsp/signal_path.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

constexpr double kRateHz = 48000.0;
constexpr std::size_t kSecondFrames = 48 * 1024;

void Report(benchmark::State& state) {
  const double total = static_cast<double>(state.iterations()) * kSecondFrames;
  state.counters["ns_per_frame"] =
      benchmark::Counter(total * 1e-9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["deadline_percent"] = benchmark::Counter(
      total / kRateHz / 100.0, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

// Feeds a second of noise, block by block, from a fresh copy each block: gains do not run away.
template <class Process>
void Measure(benchmark::State& state, std::size_t block_frames, double amplitude,
             const Process& process) {
  const ScopedFlushDenormals flush;
  const auto x = test::Noise(amplitude, kSecondFrames, 1);
  std::vector<float> left(block_frames);
  std::vector<float> right(block_frames);
  for ([[maybe_unused]] auto iteration : state) {
    for (std::size_t at = 0; at < kSecondFrames; at += block_frames) {
      std::copy_n(x.data() + at, block_frames, left.data());
      std::copy_n(x.data() + at, block_frames, right.data());
      process(StereoView{left.data(), right.data(), block_frames});
      benchmark::DoNotOptimize(left.data());
      benchmark::ClobberMemory();
    }
  }
  Report(state);
}

Equalizer::Params BusyBands(std::size_t bands) {
  auto params = DefaultParams<Equalizer::Params>(Equalizer::kParams);
  for (std::size_t b = 0; b < bands; ++b) {
    // Spread over the spectrum, whatever their number.
    Equalizer::Band& band = params.bands[b];
    band.frequency_hz = Equalizer::kFrequenciesHz[b * Equalizer::kBands / bands];
    band.gain_db = b % 2 != 0 ? 3.0F : -3.0F;
  }
  return params;
}

void EqualizerBench(benchmark::State& state, const std::string& target, std::size_t bands,
                    std::size_t block) {
  ChooseSimdTarget(target);
  const ProcessSpec spec{.sample_rate_hz = kRateHz, .block_frames = block};
  auto equalizer = std::make_unique<Equalizer>();
  equalizer->Prepare(spec);
  equalizer->SetTargets(Equalizer::Designer(spec).Design(BusyBands(bands)));
  equalizer->Reset();
  Measure(state, block, 0.1, [&](StereoView io) { equalizer->Process(io); });
  ChooseSimdTarget("auto");
}

// Between `one` and `other` all the time.
template <class Stage, class Targets>
void MeasureMoving(benchmark::State& state, std::size_t block, double amplitude, Stage& stage,
                   const Targets& one, const Targets& other) {
  std::size_t frames = 0;
  Measure(state, block, amplitude, [&](StereoView io) {
    if (frames % 1024 == 0) stage.SetTargets(frames % 2048 == 0 ? one : other);
    stage.Process(io);
    frames += io.frames;
  });
}

// All 32 bands on their way all the time: a little, which is a ramp, or far, which is a fade.
void EqualizerMovingBench(benchmark::State& state, const std::string& target, float by_db,
                          std::size_t block) {
  ChooseSimdTarget(target);
  const ProcessSpec spec{.sample_rate_hz = kRateHz, .block_frames = block};
  Equalizer::Designer designer(spec);
  auto equalizer = std::make_unique<Equalizer>();
  equalizer->Prepare(spec);
  const auto one = std::make_unique<Equalizer::Targets>(designer.Design(BusyBands(32)));
  auto params = BusyBands(32);
  for (auto& band : params.bands) band.gain_db += by_db;
  const auto other = std::make_unique<Equalizer::Targets>(designer.Design(params));
  MeasureMoving(state, block, 0.1, *equalizer, *one, *other);
  ChooseSimdTarget("auto");
}

// With linear phase the number of bands does not matter; whether middle and side differ does.
void LinearPhaseBench(benchmark::State& state, const std::string& target, bool mid_side,
                      std::size_t block) {
  ChooseSimdTarget(target);
  const ProcessSpec spec{.sample_rate_hz = kRateHz, .block_frames = block};
  auto params = BusyBands(32);
  params.phase = static_cast<float>(Equalizer::Phase::kLinear);
  if (mid_side) params.bands[0].channel = static_cast<float>(Equalizer::Channel::kMid);
  Equalizer::Designer designer(spec);
  Equalizer equalizer;
  equalizer.Prepare(spec, params);
  equalizer.SetTargets(designer.Design(params));
  equalizer.Reset();
  Measure(state, block, 0.1, [&](StereoView io) { equalizer.Process(io); });
  ChooseSimdTarget("auto");
}

template <class S>
void StageBench(benchmark::State& state, const std::string& target, std::size_t block,
                double amplitude = 0.5) {
  StageBenchWith<S>(
      state, target, block, [](typename S::Params&) {}, amplitude);
}

// The gain is on its way all the time, as it is while a programme is being brought in.
void LevelerBench(benchmark::State& state, const std::string& target, std::size_t block) {
  ChooseSimdTarget(target);
  const ProcessSpec spec{.sample_rate_hz = kRateHz, .block_frames = block};
  auto params = DefaultParams<Leveler::Params>(Leveler::kParams);
  params.enabled = 1.0F;
  Leveler::Designer designer(spec);
  Leveler leveler;
  leveler.Prepare(spec);
  float gain_db = 0.0F;
  Measure(state, block, 0.1, [&](StereoView io) {
    designer.SetGain(gain_db = gain_db > 6.0F ? 0.0F : gain_db + 0.01F);
    leveler.SetTargets(designer.Design(params));
    leveler.Process(io);
  });
  ChooseSimdTarget("auto");
}

void MultibandBench(benchmark::State& state, const std::string& target, std::size_t bands,
                    std::size_t block) {
  ChooseSimdTarget(target);
  const ProcessSpec spec{.sample_rate_hz = kRateHz, .block_frames = block};
  auto params = DefaultParams<Multiband::Params>(Multiband::kParams);
  params.enabled = 1.0F;
  params.bands = static_cast<float>(bands);
  for (auto& band : params.band) band.threshold_db = -40.0F;
  auto multiband = std::make_unique<Multiband>();
  multiband->Prepare(spec, params);
  Measure(state, block, 0.3, [&](StereoView io) { multiband->Process(io); });
  ChooseSimdTarget("auto");
}

// Six bands whose crossovers are gliding all the time.
void MultibandMovingBench(benchmark::State& state, const std::string& target, std::size_t block) {
  ChooseSimdTarget(target);
  const ProcessSpec spec{.sample_rate_hz = kRateHz, .block_frames = block};
  auto params = DefaultParams<Multiband::Params>(Multiband::kParams);
  params.enabled = 1.0F;
  params.bands = 6.0F;
  for (auto& band : params.band) band.threshold_db = -40.0F;
  Multiband::Designer designer(spec);
  auto multiband = std::make_unique<Multiband>();
  multiband->Prepare(spec, params);
  const auto one = std::make_unique<Multiband::Targets>(designer.Design(params));
  for (auto& crossover : params.crossovers) crossover.frequency_hz *= 1.5F;
  const auto other = std::make_unique<Multiband::Targets>(designer.Design(params));
  MeasureMoving(state, block, 0.3, *multiband, *one, *other);
  ChooseSimdTarget("auto");
}

// Every critical band somewhere else.
Bark::Params BusyBark(float gain_db) {
  auto params = DefaultParams<Bark::Params>(Bark::kParams);
  for (std::size_t b = 0; b < kBarkBands; ++b) {
    params.bands[b].gain_db = b % 2 != 0 ? gain_db : -gain_db;
  }
  return params;
}

void BarkBench(benchmark::State& state, const std::string& target, std::size_t block) {
  ChooseSimdTarget(target);
  const ProcessSpec spec{.sample_rate_hz = kRateHz, .block_frames = block};
  auto bark = std::make_unique<Bark>();
  bark->Prepare(spec);
  bark->SetTargets(Bark::Designer(spec).Design(BusyBark(3.0F)));
  bark->Reset();
  Measure(state, block, 0.1, [&](StereoView io) { bark->Process(io); });
  ChooseSimdTarget("auto");
}

// A stage with its defaults, switched on.
// At its defaults but for being on, and for what `set` says.
template <class S, class Set>
void StageBenchWith(benchmark::State& state, const std::string& target, std::size_t block, Set set,
                    double amplitude = 0.5) {
  ChooseSimdTarget(target);
  const ProcessSpec spec{.sample_rate_hz = kRateHz, .block_frames = block};
  auto params = DefaultParams<typename S::Params>(S::kParams);
  params.enabled = 1.0F;
  set(params);
  DesignerOf<S> designer(spec);
  auto stage = std::make_unique<S>();
  PrepareStage(*stage, spec, params);
  stage->SetTargets(designer.Design(params));
  stage->Reset();
  Measure(state, block, amplitude, [&](StereoView io) { stage->Process(io); });
  ChooseSimdTarget("auto");
}

// The same sections, one after the other, as one would write them first.
void ScalarEqualizerBench(benchmark::State& state, std::size_t bands, std::size_t block) {
  struct Section {
    float a1, a2, a3, m0, m1, m2;
    float ic1[2] = {0.0F, 0.0F};
    float ic2[2] = {0.0F, 0.0F};
  };
  std::vector<Section> sections;
  const auto params = BusyBands(bands);
  for (std::size_t b = 0; b < bands; ++b) {
    const auto& band = params.bands[b];
    const SvFilter f =
        DesignMatchedFilter(FilterType::kBell, static_cast<double>(band.frequency_hz),
                            static_cast<double>(band.gain_db), static_cast<double>(band.q), kRateHz)
            .sections[0];
    const double a1 = 1.0 / (1.0 + f.g * (f.g + f.k));
    sections.push_back({.a1 = static_cast<float>(a1),
                        .a2 = static_cast<float>(f.g * a1),
                        .a3 = static_cast<float>(f.g * f.g * a1),
                        .m0 = static_cast<float>(f.m0),
                        .m1 = static_cast<float>(f.m1),
                        .m2 = static_cast<float>(f.m2)});
  }
  Measure(state, block, 0.1, [&](StereoView io) {
    float* const channels[2] = {io.left, io.right};
    for (std::size_t ch = 0; ch < 2; ++ch) {
      for (Section& s : sections) {
        float ic1 = s.ic1[ch];
        float ic2 = s.ic2[ch];
        for (std::size_t i = 0; i < io.frames; ++i) {
          const float x = channels[ch][i];
          const float v3 = x - ic2;
          const float v1 = s.a1 * ic1 + s.a2 * v3;
          const float v2 = ic2 + s.a2 * ic1 + s.a3 * v3;
          ic1 = 2.0F * v1 - ic1;
          ic2 = 2.0F * v2 - ic2;
          channels[ch][i] = s.m0 * x + s.m1 * v1 + s.m2 * v2;
        }
        s.ic1[ch] = ic1;
        s.ic2[ch] = ic2;
      }
    }
  });
}

// `amplitude` 0.5 never meets the ceiling, 4 always does.
void LimiterBench(benchmark::State& state, const std::string& target, double amplitude,
                  std::size_t block) {
  ChooseSimdTarget(target);
  Limiter limiter;
  limiter.Prepare({.sample_rate_hz = kRateHz, .block_frames = block});
  Measure(state, block, amplitude, [&](StereoView io) { limiter.Process(io); });
  ChooseSimdTarget("auto");
}

void SignalPathBench(benchmark::State& state, std::size_t block) {
  SignalPath path;
  path.Prepare({.sample_rate_hz = kRateHz, .block_frames = block});
  Measure(state, block, 0.25, [&](StereoView io) { path.Process(io); });
}

// The control side: 32 bands from nothing, and one band moved.
void DesignBench(benchmark::State& state, bool all, Equalizer::Phase phase) {
  const ProcessSpec spec{.sample_rate_hz = kRateHz, .block_frames = 64};
  auto designer = std::make_unique<Equalizer::Designer>(spec);
  auto params = BusyBands(32);
  params.phase = static_cast<float>(phase);
  designer->Design(params);
  float wiggle = 0.0F;
  for ([[maybe_unused]] auto iteration : state) {
    wiggle = wiggle > 3.0F ? 0.0F : wiggle + 0.1F;
    for (std::size_t b = 0; b < (all ? Equalizer::kBands : 1); ++b) {
      params.bands[b].gain_db = 3.0F + wiggle;
    }
    benchmark::DoNotOptimize(&designer->Design(params));
  }
}

void BarkDesignBench(benchmark::State& state) {
  Bark::Designer designer({.sample_rate_hz = kRateHz, .block_frames = 64});
  float gain_db = 0.0F;
  for ([[maybe_unused]] auto iteration : state) {
    gain_db = gain_db > 6.0F ? 1.0F : gain_db + 0.1F;
    benchmark::DoNotOptimize(&designer.Design(BusyBark(gain_db)));
  }
}

const bool kRegistered = [] {
  const auto add = [](const std::string& name, auto bench) {
    benchmark::RegisterBenchmark(name.c_str(), bench)->Unit(benchmark::kMicrosecond);
  };
  for (const std::size_t block : {64, 256, 1024}) {
    const std::string at = "/" + std::to_string(block);
    for (const std::string& target : SupportedSimdTargets()) {
      for (const std::size_t bands : {10, 32}) {
        add("Equalizer" + std::to_string(bands) + "<" + target + ">" + at,
            [=](benchmark::State& state) { EqualizerBench(state, target, bands, block); });
      }
      add("Equalizer32Moving<" + target + ">" + at,
          [=](benchmark::State& state) { EqualizerMovingBench(state, target, 0.1F, block); });
      add("Equalizer32Fading<" + target + ">" + at,
          [=](benchmark::State& state) { EqualizerMovingBench(state, target, 3.0F, block); });
      for (const bool mid_side : {false, true}) {
        add(std::string("LinearPhase") + (mid_side ? "MidSide<" : "<") + target + ">" + at,
            [=](benchmark::State& state) { LinearPhaseBench(state, target, mid_side, block); });
      }
      add("Bark<" + target + ">" + at,
          [=](benchmark::State& state) { BarkBench(state, target, block); });
      add("Leveler<" + target + ">" + at,
          [=](benchmark::State& state) { LevelerBench(state, target, block); });
      add("Gate<" + target + ">" + at,
          [=](benchmark::State& state) { StageBench<Gate>(state, target, block); });
      add("Deesser<" + target + ">" + at,
          [=](benchmark::State& state) { StageBench<Deesser>(state, target, block); });
      add("Compressor<" + target + ">" + at,
          [=](benchmark::State& state) { StageBench<Compressor>(state, target, block); });
      for (const std::size_t bands : {2, 4, 6}) {
        add("Multiband" + std::to_string(bands) + "<" + target + ">" + at,
            [=](benchmark::State& state) { MultibandBench(state, target, bands, block); });
      }
      add("Multiband6Moving<" + target + ">" + at,
          [=](benchmark::State& state) { MultibandMovingBench(state, target, block); });
      add("Transient<" + target + ">" + at,
          [=](benchmark::State& state) { StageBench<Transient>(state, target, block); });
      add("Tone7<" + target + ">" + at, [=](benchmark::State& state) {
        StageBenchWith<Tone>(state, target, block, [](Tone::Params& params) {
          params = {1.0F, 0.5F, 0.5F, 0.5F, 0.5F, 0.5F, 0.5F, 0.5F};
        });
      });
      add("Bass<" + target + ">" + at,
          [=](benchmark::State& state) { StageBench<Bass>(state, target, block); });
      add("Exciter<" + target + ">" + at,
          [=](benchmark::State& state) { StageBench<Exciter>(state, target, block); });
      add("StereoWide<" + target + ">" + at, [=](benchmark::State& state) {
        StageBenchWith<StereoImage>(state, target, block, [](StereoImage::Params& params) {
          params.width = 0.8F;
          params.mono_below_hz = 120.0F;
        });
      });
      add("Crossfeed<" + target + ">" + at,
          [=](benchmark::State& state) { StageBench<Crossfeed>(state, target, block); });
      add("Loudness<" + target + ">" + at, [=](benchmark::State& state) {
        StageBenchWith<Loudness>(state, target, block,
                                 [](Loudness::Params& params) { params.volume_db = -30.0F; });
      });
      add("ClipperIdle<" + target + ">" + at,
          [=](benchmark::State& state) { StageBench<Clipper>(state, target, block, 0.2); });
      add("ClipperClipping<" + target + ">" + at,
          [=](benchmark::State& state) { StageBench<Clipper>(state, target, block, 2.0); });
      add("LimiterQuiet<" + target + ">" + at,
          [=](benchmark::State& state) { LimiterBench(state, target, 0.1, block); });
      add("LimiterReading<" + target + ">" + at,
          [=](benchmark::State& state) { LimiterBench(state, target, 0.31, block); });
      add("LimiterLimiting<" + target + ">" + at,
          [=](benchmark::State& state) { LimiterBench(state, target, 4.0, block); });
    }
    for (const std::size_t bands : {10, 32}) {
      add("PlainScalarEqualizer" + std::to_string(bands) + at,
          [=](benchmark::State& state) { ScalarEqualizerBench(state, bands, block); });
    }
    add("SignalPathAtDefaults" + at,
        [=](benchmark::State& state) { SignalPathBench(state, block); });
  }
  for (const auto phase : {Equalizer::Phase::kMinimum, Equalizer::Phase::kLinear}) {
    const std::string name =
        "DesignEqualizer/" + std::string(Equalizer::kPhaseNames[static_cast<std::size_t>(phase)]);
    add(name + "/all32bands", [=](benchmark::State& state) { DesignBench(state, true, phase); });
    add(name + "/oneBand", [=](benchmark::State& state) { DesignBench(state, false, phase); });
  }
  add("DesignBark/all25bands", BarkDesignBench);
  return true;
}();

}  // namespace
}  // namespace auralis
