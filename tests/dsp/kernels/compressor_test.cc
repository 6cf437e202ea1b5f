#include "dsp/kernels/compressor.h"

#include <gtest/gtest.h>
#include <hwy/tests/hwy_gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <memory>
#include <vector>

#include "dsp/sv_bank.h"
#include "tests/support/measure.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

constexpr double kRate = 48000.0;
constexpr std::size_t kFrames = 3001;

class CompressorKernelsTest : public hwy::TestWithParamTarget {};
HWY_TARGET_INSTANTIATE_TEST_SUITE_P(CompressorKernelsTest);

SvFilter HighPass() {
  return DesignFilter(FilterType::kHighPass, 300.0, 0.0, std::sqrt(0.5), kRate);
}

std::unique_ptr<SvCascade> Sidechain(bool filters) {
  auto cascade = std::make_unique<SvCascade>();
  if (!filters) return cascade;
  cascade->sections = 1;
  const SvTarget target = MakeSvTarget(HighPass(), SvTarget::Side::kBoth);
  for (auto& channel : cascade->value) {
    for (std::size_t c = 0; c < SvCascade::kCoefficients; ++c) {
      channel[c][0] = target.coefficients[c];
    }
  }
  return cascade;
}

// Everything at work.
constexpr CompressorValues kValues{.peak_share = 0.3F,
                                   .rms_pole = 0.98F,
                                   .threshold_db = -20.0F,
                                   .slope = 0.75F,
                                   .knee_db = 6.0F,
                                   .attack_pole = 0.9F,
                                   .release_pole = 0.99F,
                                   .slow_pole = 0.998F,
                                   .slow_share = 1.0F,
                                   .mean_pole = 0.999F,
                                   .auto_makeup = 0.8F,
                                   .makeup_gain = 1.5F,
                                   .share = 0.7F};

// Loud and soft in turns, channels that differ.
std::array<std::vector<float>, 2> Signal() {
  std::array<std::vector<float>, 2> x = {test::Noise(1.0, kFrames, 1),
                                         test::Noise(0.8, kFrames, 2)};
  for (auto& channel : x) {
    for (std::size_t i = 0; i < kFrames; ++i) channel[i] *= i / 500 % 2 == 0 ? 1.0F : 0.01F;
  }
  for (std::size_t i = 2000; i < 2200; ++i) x[0][i] = x[1][i] = 0.0F;
  return x;
}

struct Result {
  std::vector<float> gains = std::vector<float>(kFrames + 1, 77.0F);
  CompressorState state{};
};

Result Compress(const CompressorValues& values, bool filters, std::size_t cut) {
  const CompressorKernels kernels = ResolveCompressorKernels();
  const auto x = Signal();
  const auto sidechain = Sidechain(filters);
  Result result;
  const auto plan = std::make_unique<CompressorPlan>();
  kernels.plan(*sidechain, values, *plan);
  for (std::size_t at = 0; at < kFrames; at += cut) {
    kernels.gains(*sidechain, *plan, result.state, x[0].data() + at, x[1].data() + at,
                  std::min(cut, kFrames - at), result.gains.data() + at);
  }
  EXPECT_EQ(result.gains.back(), 77.0F) << "writes past the end";
  return result;
}

// The state-variable filter as it is defined, in double.
std::vector<double> Filtered(const std::vector<float>& x, bool filters) {
  std::vector<double> y(x.begin(), x.end());
  if (!filters) return y;
  const SvFilter f = HighPass();
  double s1 = 0.0;
  double s2 = 0.0;
  for (double& v : y) {
    const double band = (f.g * (v - s2) + s1) / (1.0 + f.g * (f.g + f.k));
    const double low = s2 + f.g * band;
    s1 = 2.0 * band - s1;
    s2 = 2.0 * low - s2;
    v = f.m0 * v + f.m1 * band + f.m2 * low;
  }
  return y;
}

double Follow(double now, double asked, double attack_pole, double release_pole) {
  return asked + (now < asked ? attack_pole : release_pole) * (now - asked);
}

double KneeDb(double over, double knee) {
  if (over >= knee / 2.0) return over;
  if (over <= -knee / 2.0) return 0.0;
  return (over + knee / 2.0) * (over + knee / 2.0) / (2.0 * knee);
}

// Returns the largest distance from the formulas, in dB.
double WorstDb(const CompressorValues& v, bool filters, const Result& result) {
  const auto x = Signal();
  const auto left = Filtered(x[0], filters);
  const auto right = Filtered(x[1], filters);
  const auto of = [](float value) { return static_cast<double>(value); };
  double mean_square = 0.0;
  double fast = 0.0;
  double slow = 0.0;
  double mean = 0.0;
  double largest = 0.0;
  double worst_db = 0.0;
  for (std::size_t i = 0; i < kFrames; ++i) {
    const double peak = std::max(std::abs(left[i]), std::abs(right[i]));
    mean_square += (1.0 - of(v.rms_pole)) * (peak * peak - mean_square);
    const double rms = std::sqrt(mean_square);
    const double level_db =
        20.0 * std::log10(std::max(1e-10, rms + of(v.peak_share) * (peak - rms)));
    const double asked = of(v.slope) * KneeDb(level_db - of(v.threshold_db), of(v.knee_db));
    fast = Follow(fast, asked, of(v.attack_pole), of(v.release_pole));
    slow += (1.0 - of(v.slow_pole)) * (fast - slow);
    const double held = fast + of(v.slow_share) * std::max(0.0, slow - fast);
    if (level_db > -60.0) mean += (1.0 - of(v.mean_pole)) * (held - mean);
    largest = std::max(largest, held);
    const double gain_db = of(v.auto_makeup) * std::min(mean, 12.0) - held;
    const double gain =
        1.0 + of(v.share) * (of(v.makeup_gain) * std::pow(10.0, gain_db / 20.0) - 1.0);
    worst_db = std::max(worst_db, std::abs(test::Db(of(result.gains[i]) / gain)));
  }
  EXPECT_NEAR(of(result.state.largest_reduction_db), largest, 0.001);
  EXPECT_GT(largest, 6.0);
  return worst_db;
}

TEST_P(CompressorKernelsTest, GainsAreThoseOfTheFormulas) {
  double worst_db = 0.0;
  for (const bool filters : {false, true}) {
    for (const float peak_share : {0.0F, 0.3F, 1.0F}) {
      for (const float attack_pole :
           {0.0F, 0.9F, 0.995F}) {  // the last one slower than the release
        CompressorValues values = kValues;
        values.peak_share = peak_share;
        values.attack_pole = attack_pole;
        worst_db = std::max(worst_db, WorstDb(values, filters, Compress(values, filters, 41)));
      }
    }
  }
  CompressorValues hard = kValues;
  hard.knee_db = 0.0F;
  hard.slow_share = 0.0F;
  worst_db = std::max(worst_db, WorstDb(hard, true, Compress(hard, true, 64)));
  std::printf("gains: within %.2g dB\n", worst_db);
  EXPECT_LT(worst_db, 1e-3);
}

// Relative to the largest of `expected`.
double WorstRelativeDb(const std::vector<float>& values, const std::vector<float>& expected) {
  double worst = 0.0;
  double peak = 0.0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto value = static_cast<double>(expected[i]);
    worst = std::max(worst, std::abs(static_cast<double>(values[i]) - value));
    peak = std::max(peak, std::abs(value));
  }
  return test::Db(std::max(worst, 1e-12) / peak);
}

// Frames are taken in groups from where a call begins, so that a sum of the same numbers is rounded
// otherwise, and nothing more.
TEST_P(CompressorKernelsTest, DependOnTheCutByRoundingAlone) {
  double worst_db = -400.0;
  for (const bool filters : {false, true}) {
    const Result whole = Compress(kValues, filters, kFrames);
    for (const std::size_t cut : {1U, 3U, 7U, 16U, 33U, 64U, 100U}) {
      const Result parts = Compress(kValues, filters, cut);
      const auto compare = [&](const std::vector<float>& value,
                               const std::vector<float>& expected) {
        worst_db = std::max(worst_db, WorstRelativeDb(value, expected));
      };
      compare(parts.gains, whole.gains);
      compare({parts.state.last_sidechain[0], parts.state.last_sidechain[1]},
              {whole.state.last_sidechain[0], whole.state.last_sidechain[1]});
    }
  }
  std::printf("cuts: within %.1f dB\n", worst_db);
  EXPECT_LT(worst_db, -140.0);
}

// How far a reduction of 20 dB is off, at worst, while silence releases it for two seconds.
double WorstReleaseDb(double release_s) {
  CompressorValues values = kValues;
  values.release_pole = static_cast<float>(std::exp(-1.0 / (release_s * kRate)));
  values.slow_share = 0.0F;
  values.share = 1.0F;
  values.makeup_gain = 1.0F;
  values.auto_makeup = 0.0F;
  const CompressorKernels kernels = ResolveCompressorKernels();
  const auto sidechain = Sidechain(false);
  const auto plan = std::make_unique<CompressorPlan>();
  kernels.plan(*sidechain, values, *plan);
  CompressorState state{};
  state.reduction.fast_db = state.reduction.slow_db = 20.0F;
  const std::vector<float> x(64);
  std::vector<float> gains(64);
  double worst_db = 0.0;
  for (std::size_t frames = 64; frames <= 96000; frames += 64) {
    kernels.gains(*sidechain, *plan, state, x.data(), x.data(), x.size(), gains.data());
    const double left_db =
        20.0 * std::pow(static_cast<double>(values.release_pole), static_cast<double>(frames));
    worst_db = std::max(worst_db, std::abs(test::Db(static_cast<double>(gains.back())) + left_db));
  }
  return worst_db;
}

// A step of a slow release is a few roundings long, and they could gather.
TEST_P(CompressorKernelsTest, SlowReleasesTakeTheirTime) {
  double worst_db = 0.0;
  for (const double release_s : {0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0}) {
    worst_db = std::max(worst_db, WorstReleaseDb(release_s));
  }
  std::printf("releases: within %.2g dB\n", worst_db);
  EXPECT_LT(worst_db, 0.002);
}

}  // namespace
}  // namespace auralis
