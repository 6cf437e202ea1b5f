// The same work by Auralis and by what a user would pick instead, in turns within one process, so
// that both meet the machine's moods. Prints one JSON object a line for rivals.py:
//   {"work": "compressor", "who": "LSP", "block": 64, "ns": [..one a turn..], "peak": 0.5}
// or, for what cannot be measured, {"work":, "who":, "skipped": "why"}. The first of a work is
// ours.
//
// Time is that of the process, threads of a peer included; the loop that copies blocks is the same
// for all.

#include <ebur128.h>
#ifdef AURALIS_HAVE_FFTW
#include <fftw3.h>
#endif

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <memory>
#include <numbers>
#include <regex>
#include <string>
#include <vector>

#ifdef AURALIS_HAVE_LILV
#include "bench/rivals/lv2_host.h"
#endif
#ifdef AURALIS_HAVE_ZITA
#include <zita-convolver.h>
#endif

#include "bench/support/busy_values.h"
#include "dsp/aligned_floats.h"
#include "dsp/analysis/loudness_meter.h"
#include "dsp/analysis/stereo_power.h"
#include "dsp/analysis/true_peak_meter.h"
#include "dsp/denormals.h"
#include "dsp/signal_path.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

constexpr double kRateHz = 48000.0;
constexpr std::size_t kPieceFrames = 24576;  // what one turn works on
constexpr std::size_t kResponseFrames = 65536;
constexpr std::size_t kTransform = 8192;

using Process = std::function<void(float* left, float* right, std::size_t frames)>;
struct Candidate {
  std::string who;
  std::function<Process(std::size_t block)> make;
  // A work is known by its candidates' blocks; some make sense at one block only.
};
struct Work {
  std::string name;
  std::vector<Candidate> candidates;
};

// Beats of falling noise over a chord: peaks of 0.9, some 18 dB below them in the mean.
struct Music {
  std::vector<float> left;
  std::vector<float> right;
  Music() : left(kPieceFrames), right(kPieceFrames) {
    const auto noise_left = test::Noise(1.0, kPieceFrames, 1);
    const auto noise_right = test::Noise(1.0, kPieceFrames, 2);
    for (std::size_t i = 0; i < kPieceFrames; ++i) {
      const double t = static_cast<double>(i) / kRateHz;
      const auto beat = static_cast<float>(0.5 * std::exp(-20.0 * std::fmod(t, 0.25)));
      double chord = 0.0;
      for (const double hz : {55.0, 220.0, 277.18, 329.63, 1760.0}) {
        chord += 0.05 * std::sin(2.0 * std::numbers::pi * hz * t);
      }
      left[i] = beat * noise_left[i] + static_cast<float>(chord);
      right[i] = beat * noise_right[i] + static_cast<float>(0.9 * chord);
    }
  }
};

double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// One stage of ours, at work as `set` says.
template <class S, class Set>
Candidate Ours(const std::string& who, Set set) {
  return {who, [set](std::size_t block) -> Process {
            const ProcessSpec spec{.sample_rate_hz = kRateHz, .block_frames = block};
            auto params = DefaultParams<typename S::Params>(S::kParams);
            set(params);
            auto designer = std::make_shared<DesignerOf<S>>(spec);
            auto stage = std::make_shared<S>();
            PrepareStage(*stage, spec, params);
            stage->SetTargets(designer->Design(params));
            stage->Reset();
            return [stage, designer](float* left, float* right, std::size_t frames) {
              stage->Process({left, right, frames});
            };
          }};
}

// The whole signal path with all its other stages, as a callback runs it.
Candidate OurPath(const std::string& who, const SignalPath::Values& values) {
  return {who, [values](std::size_t block) -> Process {
            const ProcessSpec spec{.sample_rate_hz = kRateHz, .block_frames = block};
            SignalPath::Designer designer(spec);
            auto path = std::make_shared<SignalPath>();
            path->Prepare(spec, values);
            path->SetTargets(designer.Design(values));
            path->Reset();
            return [path](float* left, float* right, std::size_t frames) {
              path->Process({left, right, frames});
            };
          }};
}

Candidate OurConvolver() {
  return {"Auralis", [](std::size_t block) -> Process {
            const ProcessSpec spec{.sample_rate_hz = kRateHz, .block_frames = block};
            auto params = DefaultParams<Convolver::Params>(Convolver::kParams);
            params.enabled = 1.0F;
            auto room = std::make_shared<ImpulseResponse>();
            room->paths[PartitionedFilter::kLeftLeft] = test::Noise(0.01, kResponseFrames, 3);
            room->paths[PartitionedFilter::kRightRight] = test::Noise(0.01, kResponseFrames, 4);
            auto designer = std::make_shared<Convolver::Designer>(spec);
            designer->SetResponse(room);
            auto stage = std::make_shared<Convolver>();
            stage->Prepare(spec, params);
            stage->SetTargets(designer->Design(params));
            stage->Reset();
            return [stage, designer](float* left, float* right, std::size_t frames) {
              stage->Process({left, right, frames});
            };
          }};
}

template <bool kTruePeak>
Candidate OurLoudness() {
  return {"Auralis", [](std::size_t) -> Process {
            auto loudness = std::make_shared<LoudnessMeter>();
            auto peak = std::make_shared<TruePeakMeter>();
            loudness->Prepare(kRateHz);
            peak->Prepare();
            return [=, at = std::size_t{0}](float* left, float* right, std::size_t frames) mutable {
              loudness->Push(left, right, frames);
              if (kTruePeak) peak->Push(left, right, frames);
              if ((at += frames) < 4800) return;  // ten readings a second
              at -= 4800;
              volatile double sum = loudness->momentary_lufs() + loudness->short_term_lufs() +
                                    loudness->integrated_lufs() + loudness->range_lu();
              sum = sum + static_cast<double>(peak->Take()[0]);
            };
          }};
}

Candidate Libebur128(const std::string& who, int mode) {
  return {who, [mode](std::size_t block) -> Process {
            const std::shared_ptr<ebur128_state> state(
                ebur128_init(2, 48000, static_cast<int>(mode | EBUR128_MODE_HISTOGRAM)),
                [](ebur128_state* s) { ebur128_destroy(&s); });
            auto both = std::make_shared<std::vector<float>>(2 * block);
            return [=, at = std::size_t{0}](float* left, float* right, std::size_t frames) mutable {
              for (std::size_t i = 0; i < frames; ++i) {
                (*both)[2 * i] = left[i];
                (*both)[2 * i + 1] = right[i];
              }
              ebur128_add_frames_float(state.get(), both->data(), frames);
              if ((at += frames) < 4800) return;
              at -= 4800;
              double lufs = 0.0;
              ebur128_loudness_momentary(state.get(), &lufs);
              ebur128_loudness_shortterm(state.get(), &lufs);
              ebur128_loudness_global(state.get(), &lufs);
              ebur128_loudness_range(state.get(), &lufs);
            };
          }};
}

// Power of both channels' windows of 8192, Hann, one every 2048 frames.
Candidate OurTransform() {
  return {"Auralis", [](std::size_t) -> Process {
            auto power = std::make_shared<StereoPower>();
            power->Prepare(kTransform);
            auto ring = std::make_shared<std::vector<float>>(2 * kTransform);
            return [=, at = std::size_t{0}](float* left, float* right, std::size_t frames) mutable {
              for (std::size_t i = 0; i < frames; ++i) {
                (*ring)[2 * (at + i)] = left[i];
                (*ring)[2 * (at + i) + 1] = right[i];
              }
              at = (at + frames) % kTransform;
              if (at % (kTransform / 4) != 0) return;
              volatile float sum = power->Measure(ring->data(), at)[1];
              (void)sum;
            };
          }};
}

#ifdef AURALIS_HAVE_FFTW
struct Transforms {
  Transforms() {
    for (std::size_t i = 0; i < kTransform; ++i) {
      window[i] = static_cast<float>(
          0.5 - 0.5 * std::cos(2.0 * std::numbers::pi * static_cast<double>(i) / kTransform));
    }
    plan = fftwf_plan_dft_r2c_1d(static_cast<int>(kTransform), windowed.data(),
                                 reinterpret_cast<fftwf_complex*>(spectrum.data()), FFTW_MEASURE);
  }
  ~Transforms() { fftwf_destroy_plan(plan); }
  Transforms(const Transforms&) = delete;
  Transforms& operator=(const Transforms&) = delete;

  AlignedFloats window = AlignedFloats(kTransform);
  AlignedFloats windowed = AlignedFloats(kTransform);
  AlignedFloats spectrum = AlignedFloats(kTransform + 2);
  AlignedFloats power = AlignedFloats(kTransform / 2 + 1);
  std::array<AlignedFloats, 2> ring = {AlignedFloats(2 * kTransform),
                                       AlignedFloats(2 * kTransform)};
  fftwf_plan plan = nullptr;
};

Candidate FftwTransform() {
  return {"FFTW3f, measured plan, one channel after the other", [](std::size_t) -> Process {
            auto t = std::make_shared<Transforms>();
            return [=, at = std::size_t{0}](float* left, float* right, std::size_t frames) mutable {
              const float* const samples[2] = {left, right};
              for (std::size_t ch = 0; ch < 2; ++ch) {  // twice, so that a window lies in one piece
                std::copy_n(samples[ch], frames, t->ring[ch].data() + at);
                std::copy_n(samples[ch], frames, t->ring[ch].data() + at + kTransform);
              }
              at = (at + frames) % kTransform;
              if (at % (kTransform / 4) != 0) return;
              for (std::size_t ch = 0; ch < 2; ++ch) {
                const float* const x = t->ring[ch].data() + at;
                for (std::size_t i = 0; i < kTransform; ++i) t->windowed[i] = x[i] * t->window[i];
                fftwf_execute(t->plan);
                for (std::size_t k = 0; k <= kTransform / 2; ++k) {
                  const float re = t->spectrum[2 * k];
                  const float im = t->spectrum[2 * k + 1];
                  t->power[k] += re * re + im * im;
                }
              }
            };
          }};
}
#endif

#ifdef AURALIS_HAVE_LILV
bench::Lv2World& Plugins() {
  static bench::Lv2World world;
  return world;
}

using Chained = std::vector<std::pair<std::string, bench::Lv2Settings>>;

// Plug-ins one after the other in one loop.
Candidate Lv2(const std::string& who, const Chained& chain) {
  return {who, [chain](std::size_t block) -> Process {
            std::vector<std::shared_ptr<bench::Lv2Plugin>> plugins;
            for (const auto& [uri, settings] : chain) {
              const LilvPlugin* const plugin = Plugins().Find(uri);
              if (plugin == nullptr) throw std::runtime_error(uri + " is not installed");
              plugins.push_back(
                  std::make_shared<bench::Lv2Plugin>(Plugins(), plugin, settings, kRateHz, block));
            }
            return [plugins](float* left, float* right, std::size_t frames) {
              for (const auto& plugin : plugins) plugin->Process(left, right, frames);
            };
          }};
}
#endif

#ifdef AURALIS_HAVE_ZITA
Candidate Zita() {
  return {"zita-convolver, its threads counted", [](std::size_t block) -> Process {
            auto convolver = std::make_shared<Convproc>();
            const auto size = static_cast<unsigned>(block);
            if (convolver->configure(2, 2, kResponseFrames, size, size, Convproc::MAXPART, 0.0F)) {
              throw std::runtime_error("it cannot be configured");
            }
            for (unsigned ch = 0; ch < 2; ++ch) {
              auto response = test::Noise(0.01, kResponseFrames, 3 + ch);
              convolver->impdata_create(ch, ch, 1, response.data(), 0, kResponseFrames);
            }
            convolver->start_process(0, SCHED_OTHER);
            const std::shared_ptr<void> stop(nullptr, [convolver](void*) {
              convolver->stop_process();
              while (!convolver->check_stop()) {
              }
              convolver->cleanup();
            });
            return [convolver, stop](float* left, float* right, std::size_t frames) {
              std::copy_n(left, frames, convolver->inpdata(0));
              std::copy_n(right, frames, convolver->inpdata(1));
              convolver->process(true);
              std::copy_n(convolver->outdata(0), frames, left);
              std::copy_n(convolver->outdata(1), frames, right);
            };
          }};
}
#endif

[[maybe_unused]] Candidate Missing(const std::string& who, const std::string& why) {
  return {who, [why](std::size_t) -> Process { throw std::runtime_error(why); }};
}

constexpr float kMinus20Db = 0.1F;
constexpr float kMinus6Db = 0.501187F;

#ifdef AURALIS_HAVE_LILV
constexpr const char* kLsp = "http://lsp-plug.in/plugins/lv2/";
constexpr const char* kCalf = "http://calf.sourceforge.net/plugins/";
constexpr const char* kSwh = "http://plugin.org.uk/swh-plugins/";
constexpr const char* kX42 = "http://gareus.org/oss/lv2/";

float BellHz(std::size_t band, std::size_t bands) {
  return bands == 10 ? 31.25F * static_cast<float>(1U << band)
                     : static_cast<float>(Equalizer::kFrequenciesHz[band]);
}

Chained::value_type LspEqualizer(const std::string& plugin, std::size_t bands, bool by_channel) {
  bench::Lv2Settings settings;
  for (std::size_t b = 0; b < bands; ++b) {
    for (const std::string& channel :
         by_channel ? std::vector<std::string>{"l", "r"} : std::vector<std::string>{""}) {
      const std::string end = channel + "_" + std::to_string(b);
      settings["ft" + end] = 1.0F;  // bell
      settings["f" + end] = BellHz(b, bands);
      settings["g" + end] = b % 2 != 0 ? 1.4125F : 0.70795F;
      settings["q" + end] = bands == 10 ? 1.0F : 4.3F;
    }
  }
  return {kLsp + plugin, settings};
}

const bench::Lv2Settings kLspCompressor = {{"al", kMinus20Db}, {"cr", 4.0F},    {"at", 10.0F},
                                           {"rt", 150.0F},     {"kn", 0.5012F}, {"scm", 1.0F}};
const bench::Lv2Settings kLspLimiter = {{"th", kMinus6Db}, {"alr", 0.0F}, {"boost", 0.0F},
                                        {"lk", 5.0F},      {"at", 5.0F},  {"rt", 50.0F}};

bench::Lv2Settings With(bench::Lv2Settings settings, const std::string& symbol, float value) {
  settings[symbol] = value;
  return settings;
}

bench::Lv2Settings LspMultiband(std::size_t bands) {
  bench::Lv2Settings settings;
  const std::size_t every = 8 / bands;
  for (std::size_t b = 1; b < 8; ++b) {
    settings["cbe_" + std::to_string(b)] = b % every == 0 ? 1.0F : 0.0F;
  }
  for (std::size_t b = 0; b < 8; ++b) {
    settings["al_" + std::to_string(b)] = 0.01F;
    settings["cr_" + std::to_string(b)] = 4.0F;
  }
  return settings;
}

bench::Lv2Settings CalfMultiband() {
  bench::Lv2Settings settings;
  for (std::size_t b = 0; b < 4; ++b) {
    settings["bypass" + std::to_string(b)] = 0.0F;
    settings["threshold" + std::to_string(b)] = 0.01F;
    settings["ratio" + std::to_string(b)] = 4.0F;
  }
  return settings;
}

bench::Lv2Settings CalfEqualizer10() {
  bench::Lv2Settings settings = {{"ls_active", 1.0F},
                                 {"ls_level", 0.708F},
                                 {"hs_active", 1.0F},
                                 {"hs_level", 1.412F},
                                 {"analyzer", 0.0F}};
  for (std::size_t b = 1; b <= 8; ++b) {
    settings["p" + std::to_string(b) + "_active"] = 1.0F;
    settings["p" + std::to_string(b) + "_level"] = b % 2 != 0 ? 1.412F : 0.708F;
  }
  return settings;
}
#endif

void AddPlugins(std::vector<Work>& works) {
#ifdef AURALIS_HAVE_LILV
  const auto add = [&works](const std::string& work, const std::string& who, const Chained& chain) {
    const auto at =
        std::find_if(works.begin(), works.end(), [&](const Work& w) { return w.name == work; });
    at->candidates.push_back(Lv2(who, chain));
  };
  const std::string lsp = kLsp;
  const std::string calf = kCalf;
  const std::string swh = kSwh;
  const std::string x42 = kX42;
  add("equalizer, 10 bands", "LSP x16", {LspEqualizer("para_equalizer_x16_stereo", 10, false)});
  add("equalizer, 10 bands", "LSP x32 LR (EasyEffects)",
      {LspEqualizer("para_equalizer_x32_lr", 10, true)});
  add("equalizer, 10 bands", "Calf 12 bands, 10 used",
      {{calf + "Equalizer12Band", CalfEqualizer10()}});
  add("equalizer, 32 bands", "LSP x32", {LspEqualizer("para_equalizer_x32_stereo", 32, false)});
  add("equalizer, 32 bands", "LSP x32 LR (EasyEffects)",
      {LspEqualizer("para_equalizer_x32_lr", 32, true)});
  add("equalizer, 32 bands", "Calf 30 bands", {{calf + "Equalizer30Band", {}}});
  const Chained::value_type compressor{lsp + "sc_compressor_stereo", kLspCompressor};
  const Chained::value_type limiter{lsp + "sc_limiter_stereo", kLspLimiter};
  const Chained::value_type equalizer = LspEqualizer("para_equalizer_x32_lr", 32, true);
  add("compressor", "LSP (EasyEffects)", {compressor});
  add("compressor", "Calf",
      {{calf + "Compressor",
        {{"threshold", kMinus20Db}, {"ratio", 4.0F}, {"attack", 10.0F}, {"release", 150.0F}}}});
  add("compressor", "SWH sc4",
      {{swh + "sc4",
        {{"threshold", -20.0F}, {"ratio", 4.0F}, {"attack", 10.0F}, {"release", 150.0F}}}});
  add("compressor", "x42 darc", {{x42 + "darc#stereo", {{"threshold", -20.0F}, {"Ratio", 0.75F}}}});
  add("limiter, sample peaks", "LSP (EasyEffects)", {limiter});
  add("limiter, sample peaks", "SWH fastLookaheadLimiter",
      {{swh + "fastLookaheadLimiter", {{"limit", -6.0F}, {"release", 0.05F}}}});
  add("limiter, sample peaks", "x42 dpl", {{x42 + "dpl#stereo", {{"threshold", -6.0F}}}});
  add("limiter, sample peaks", "Calf",
      {{calf + "Limiter", {{"limit", kMinus6Db}, {"auto_level", 0.0F}}}});
  add("limiter, true peaks", "LSP, half 4x",
      {{lsp + "sc_limiter_stereo", With(kLspLimiter, "ovs", 5.0F)}});
  add("limiter, true peaks", "LSP, full 4x",
      {{lsp + "sc_limiter_stereo", With(kLspLimiter, "ovs", 15.0F)}});
  add("limiter, true peaks", "x42 dpl",
      {{x42 + "dpl#stereo", {{"threshold", -6.0F}, {"truepeak", 1.0F}}}});
  add("limiter, true peaks", "Calf, 4x",
      {{calf + "Limiter", {{"limit", kMinus6Db}, {"auto_level", 0.0F}, {"oversampling", 4.0F}}}});
  add("multiband compressor", "LSP, 4 bands", {{lsp + "mb_compressor_stereo", LspMultiband(4)}});
  add("multiband compressor", "LSP, 8 bands (EasyEffects)",
      {{lsp + "mb_compressor_stereo", LspMultiband(8)}});
  add("multiband compressor", "Calf, 4 bands", {{calf + "MultibandCompressor", CalfMultiband()}});
  add("EQ 32 + compressor + limiter", "LSP (EasyEffects)", {equalizer, compressor, limiter});
  const Chained::value_type multiband{lsp + "mb_compressor_stereo", LspMultiband(8)};
  add("the same + multiband", "LSP, 8 bands (EasyEffects)",
      {equalizer, compressor, multiband, limiter});
  add("loudness", "x42 EBUr128, M and S", {{x42 + "meters#EBUr128", {}}});
#else
  for (Work& work : works) {
    work.candidates.push_back(Missing("LSP, Calf, x42, SWH", "liblilv-dev is not installed"));
  }
#endif
}

std::vector<Work> AllWorks() {
  const auto equalizer = [](std::size_t bands) {
    return Ours<Equalizer>("Auralis", [bands](Equalizer::Params& params) {
      for (std::size_t b = 0; b < bands; ++b) {
        params.bands[b].frequency_hz = Equalizer::kFrequenciesHz[b * Equalizer::kBands / bands];
        params.bands[b].gain_db = b % 2 != 0 ? 3.0F : -3.0F;
        params.bands[b].q = bands == 10 ? 1.0F : 4.3F;
      }
    });
  };
  const auto limiter = [](float true_peak) {
    return Ours<Limiter>("Auralis", [true_peak](Limiter::Params& params) {
      params.ceiling_db = -6.0F;
      params.lookahead_ms = 5.0F;
      params.true_peak = true_peak;
    });
  };
  auto chain = bench::EqualizerCompressorLimiter();
  bench::Set(chain, "limiter", "ceiling", -6.0F);
  bench::Set(chain, "limiter", "lookahead", 5.0F);
  std::vector<Work> works = {
      {"equalizer, 10 bands", {equalizer(10)}},
      {"equalizer, 32 bands", {equalizer(32)}},
      {"compressor",
       {Ours<Compressor>("Auralis",
                         [](Compressor::Params& params) {
                           params.enabled = 1.0F;
                           params.threshold_db = -20.0F;
                           params.ratio = 4.0F;
                           params.attack_ms = 10.0F;
                         })}},
      {"limiter, sample peaks", {limiter(0.0F)}},
      {"limiter, true peaks", {limiter(1.0F)}},
      {"multiband compressor",
       {Ours<Multiband>("Auralis, 6 bands",
                        [](Multiband::Params& params) {
                          params.enabled = 1.0F;
                          params.bands = 6.0F;
                          for (auto& band : params.band) band.threshold_db = -40.0F;
                        })}},
      {"EQ 32 + compressor + limiter", {OurPath("Auralis, whole chain, true peaks", chain)}},
      {"the same + multiband",
       {OurPath("Auralis, 6 bands, whole chain", bench::WithMultiband(chain))}},
      {"convolver, 65536 taps", {OurConvolver()}},
      {"loudness", {OurLoudness<false>()}},
      {"loudness and true peak", {OurLoudness<true>()}},
      {"FFT 8192, Hann, 75 %", {OurTransform()}}};
  AddPlugins(works);
  const auto at = [&works](const std::string& name) -> std::vector<Candidate>& {
    return std::find_if(works.begin(), works.end(), [&](const Work& w) { return w.name == name; })
        ->candidates;
  };
#ifdef AURALIS_HAVE_ZITA
  at("convolver, 65536 taps").push_back(Zita());
#else
  at("convolver, 65536 taps")
      .push_back(Missing("zita-convolver", "libzita-convolver-dev is not installed"));
#endif
#ifdef AURALIS_HAVE_FFTW
  at("FFT 8192, Hann, 75 %").push_back(FftwTransform());
#else
  at("FFT 8192, Hann, 75 %").push_back(Missing("FFTW", "libfftw3-dev is not installed"));
#endif
  constexpr int kLoudness = EBUR128_MODE_S | EBUR128_MODE_I | EBUR128_MODE_LRA;
  at("loudness").push_back(Libebur128("libebur128", kLoudness));
  at("loudness and true peak")
      .push_back(Libebur128("libebur128", kLoudness | EBUR128_MODE_TRUE_PEAK));
  return works;
}

std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

struct Running {
  std::string who;
  Process process;
  std::vector<double> ns;
};

volatile float benchmark_sink = 0.0F;  // what comes out is wanted

// One turn: the piece, block by block, until `seconds` have been spent.
void Turn(Running& running, const Music& music, std::size_t block, double seconds) {
  std::vector<float> left(block);
  std::vector<float> right(block);
  std::size_t frames = 0;
  double spent = 0.0;
  const double began = CpuSeconds();
  do {
    for (std::size_t at = 0; at < kPieceFrames; at += block) {
      std::copy_n(music.left.data() + at, block, left.data());
      std::copy_n(music.right.data() + at, block, right.data());
      running.process(left.data(), right.data(), block);
      benchmark_sink = left[0];
    }
    frames += kPieceFrames;
    spent = CpuSeconds() - began;
  } while (spent < seconds);
  running.ns.push_back(1e9 * spent / static_cast<double>(frames));
}

// The loudest sample of a piece: shows that an effect is at work.
float PeakOf(const Running& running, const Music& music, std::size_t block) {
  float peak = 0.0F;
  std::vector<float> left(block);
  std::vector<float> right(block);
  for (std::size_t at = 0; at < kPieceFrames; at += block) {
    std::copy_n(music.left.data() + at, block, left.data());
    std::copy_n(music.right.data() + at, block, right.data());
    running.process(left.data(), right.data(), block);
    for (std::size_t i = 0; i < block; ++i) {
      peak = std::max({peak, std::abs(left[i]), std::abs(right[i])});
    }
  }
  return peak;
}

void Measure(const Work& work, std::size_t block, int turns, double seconds) {
  static const Music music;
  std::vector<Running> all;
  for (const Candidate& candidate : work.candidates) {
    try {
      all.push_back({candidate.who, candidate.make(block), {}});
    } catch (const std::exception& error) {
      std::printf("{\"work\": %s, \"who\": %s, \"skipped\": %s}\n", Quoted(work.name).c_str(),
                  Quoted(candidate.who).c_str(), Quoted(error.what()).c_str());
    }
  }
  for (int turn = -1; turn < turns; ++turn) {  // the first is for caches and ramps
    for (Running& running : all) {
      Turn(running, music, block, turn < 0 ? 0.0 : seconds);
      if (turn < 0) running.ns.clear();
    }
  }
  for (const Running& running : all) {
    std::string ns;
    for (const double value : running.ns) ns += (ns.empty() ? "" : ", ") + std::to_string(value);
    std::printf("{\"work\": %s, \"who\": %s, \"block\": %zu, \"ns\": [%s], \"peak\": %.4f}\n",
                Quoted(work.name).c_str(), Quoted(running.who).c_str(), block, ns.c_str(),
                static_cast<double>(PeakOf(running, music, block)));
  }
  std::fflush(stdout);
}

}  // namespace
}  // namespace auralis

// rivals_bench [REGEX [TURNS [SECONDS]]]
int main(int argc, char** argv) {
  using namespace auralis;
  const ScopedFlushDenormals flush;
  const std::regex filter(argc > 1 ? argv[1] : ".", std::regex::icase);
  const int turns = argc > 2 ? std::atoi(argv[2]) : 7;
  const double seconds = argc > 3 ? std::atof(argv[3]) : 0.02;
  for (const Work& work : AllWorks()) {
    if (!std::regex_search(work.name, filter)) continue;
    for (const std::size_t block : {64, 256, 1024}) Measure(work, block, turns, seconds);
  }
}
