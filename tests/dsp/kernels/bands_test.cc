#include "dsp/kernels/bands.h"

#include <gtest/gtest.h>
#include <hwy/highway.h>
#include <hwy/tests/hwy_gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "dsp/aligned_floats.h"
#include "tests/support/measure.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

constexpr std::size_t kFrames = 3000;

class BandKernelsTest : public hwy::TestWithParamTarget {};
HWY_TARGET_INSTANTIATE_TEST_SUITE_P(BandKernelsTest);

float At(const PerLane& lanes, std::size_t lane) { return lanes[lane]; }

// Lanes that all do something else, against the same sections in double.
TEST_P(BandKernelsTest, CrossFiltersEveryLaneAsItsSharesSay) {
  const BandKernels kernels = ResolveBandKernels();
  Crossover crossover{};
  for (std::size_t lane = 0; lane < kBandLanes; ++lane) {
    for (std::size_t s = 0; s < 2; ++s) {
      const auto n = static_cast<float>(lane + 3 * s);
      crossover.sections[s].x_share[lane] = std::sin(n);
      crossover.sections[s].band_share[lane] = std::cos(2.0F * n);
      crossover.sections[s].low_share[lane] = std::sin(5.0F * n);
    }
  }
  const auto x = test::Noise(0.5, kFrames * kBandLanes, 5);
  AlignedFloats lanes(x.begin(), x.end());
  std::vector<float> g(kFrames);
  std::vector<float> a(kFrames);
  for (std::size_t i = 0; i < kFrames; ++i) {
    g[i] = 0.2F + 0.1F * std::sin(0.01F * static_cast<float>(i));
    a[i] = 1.0F / (1.0F + g[i] * (g[i] + std::numbers::sqrt2_v<float>));
  }
  const Crossover begun = crossover;
  for (std::size_t at = 0; at < kFrames; at += 37) {
    kernels.cross(g.data() + at, a.data() + at, std::min<std::size_t>(37, kFrames - at), crossover,
                  lanes.data() + at * kBandLanes);
  }
  double worst = 0.0;
  for (std::size_t lane = 0; lane < kBandLanes; ++lane) {
    double state[2][2] = {};
    for (std::size_t i = 0; i < kFrames; ++i) {
      auto y = static_cast<double>(x[i * kBandLanes + lane]);
      for (std::size_t s = 0; s < 2; ++s) {
        const Crossover::Section& section = begun.sections[s];
        const auto vg = static_cast<double>(g[i]);
        const double band = static_cast<double>(a[i]) * (vg * (y - state[s][1]) + state[s][0]);
        const double low = state[s][1] + vg * band;
        state[s][0] = 2.0 * band - state[s][0];
        state[s][1] = 2.0 * low - state[s][1];
        y = static_cast<double>(At(section.x_share, lane)) * y +
            static_cast<double>(At(section.band_share, lane)) * band +
            static_cast<double>(At(section.low_share, lane)) * low;
      }
      worst = std::max(worst, std::abs(y - static_cast<double>(lanes[i * kBandLanes + lane])));
    }
  }
  EXPECT_LT(worst, 3e-6);
}

TEST_P(BandKernelsTest, TwoCrossoversAtOnceAreOneAfterTheOther) {
  const BandKernels kernels = ResolveBandKernels();
  std::array<Crossover, 2> crossovers{};
  for (std::size_t c = 0; c < 2; ++c) {
    for (Crossover::Section& section : crossovers[c].sections) {
      for (std::size_t lane = 0; lane < kBandLanes; ++lane) {
        const auto n = static_cast<float>(lane + 7 * c);
        section.x_share[lane] = std::sin(n);
        section.band_share[lane] = std::cos(n);
        section.low_share[lane] = std::sin(2.0F * n);
      }
    }
  }
  const auto x = test::Noise(0.5, kFrames * kBandLanes, 7);
  AlignedFloats apart(x.begin(), x.end());
  AlignedFloats together(x.begin(), x.end());
  std::array<std::vector<float>, 2> g;
  std::array<std::vector<float>, 2> a;
  for (std::size_t c = 0; c < 2; ++c) {
    g[c].assign(kFrames, 0.05F + 0.3F * static_cast<float>(c));
    a[c].assign(kFrames, 1.0F / (1.0F + g[c][0] * (g[c][0] + std::numbers::sqrt2_v<float>)));
  }
  auto one_by_one = crossovers;
  for (std::size_t at = 0; at < kFrames; at += 37) {
    const std::size_t frames = std::min<std::size_t>(37, kFrames - at);
    for (std::size_t c = 0; c < 2; ++c) {
      kernels.cross(g[c].data() + at, a[c].data() + at, frames, one_by_one[c],
                    apart.data() + at * kBandLanes);
    }
    kernels.cross_two({g[0].data() + at, a[0].data() + at}, {g[1].data() + at, a[1].data() + at},
                      frames, crossovers[0], crossovers[1], together.data() + at * kBandLanes);
  }
  EXPECT_EQ(apart, together);
}

struct Compressed {
  std::vector<float> gains = std::vector<float>(kFrames * kMostBands);
  BandDynamics dynamics{};
};

BandDynamics SomeDynamics() {
  BandDynamics dynamics{};
  for (std::size_t b = 0; b < kMostBands; ++b) {
    const auto n = static_cast<float>(b);
    dynamics.value[BandDynamics::kThresholdDb][b] = -10.0F - 4.0F * n;
    dynamics.value[BandDynamics::kSlope][b] = 0.9F - 0.1F * n;
    dynamics.value[BandDynamics::kKneeDb][b] = 3.0F * n;
    dynamics.value[BandDynamics::kMakeupGain][b] = 0.5F + 0.2F * n;
    dynamics.value[BandDynamics::kAutoMakeup][b] = b % 2 == 0 ? 1.0F : 0.0F;
    dynamics.value[BandDynamics::kPeakShare][b] = n / 7.0F;
    dynamics.value[BandDynamics::kAttackPole][b] = 0.5F + 0.05F * n;
    dynamics.value[BandDynamics::kReleasePole][b] = 0.99F;
    dynamics.value[BandDynamics::kSlowPole][b] = 0.999F;
    dynamics.value[BandDynamics::kSlowShare][b] = b % 3 == 0 ? 1.0F : 0.0F;
    dynamics.value[BandDynamics::kShare][b] = 1.0F - 0.05F * n;
    dynamics.value[BandDynamics::kLevel][b] = 1.0F;
    dynamics.step[BandDynamics::kThresholdDb][b] = 0.001F;
    dynamics.step[BandDynamics::kShare][b] = -0.0001F;
  }
  dynamics.rms_pole = 0.98F;
  dynamics.mean_pole = 0.999F;
  return dynamics;
}

BandDynamics StillDynamics() {
  BandDynamics dynamics = SomeDynamics();
  for (PerBand& step : dynamics.step) step.fill(0.0F);
  return dynamics;
}

Compressed Compress(const std::vector<float>& lanes, std::size_t cut, bool moving) {
  const BandKernels kernels = ResolveBandKernels();
  Compressed result;
  result.dynamics = moving ? SomeDynamics() : StillDynamics();
  for (std::size_t at = 0; at < kFrames; at += cut) {
    kernels.compress(lanes.data() + at * kBandLanes, std::min(cut, kFrames - at), moving,
                     result.dynamics, result.gains.data() + at * kMostBands);
  }
  return result;
}

double FollowInDouble(double now, double asked, double attack_pole, double release_pole) {
  return asked + (now < asked ? attack_pole : release_pole) * (now - asked);
}

void ExpectTheFormulas(const std::vector<float>& lanes, const Compressed& compressed,
                       const BandDynamics& begun) {
  double worst_db = 0.0;
  for (std::size_t b = 0; b < kMostBands; ++b) {
    const auto value = [&](BandDynamics::Value k, std::size_t i) {
      return static_cast<double>(begun.value[k][b]) +
             static_cast<double>(begun.step[k][b]) * static_cast<double>(i + 1);
    };
    double mean_square = 0.0;
    double fast = 0.0;
    double slow = 0.0;
    double mean = 0.0;
    double largest = 0.0;
    for (std::size_t i = 0; i < kFrames; ++i) {
      const auto left = static_cast<double>(lanes[i * kBandLanes + b]);
      const auto right = static_cast<double>(lanes[i * kBandLanes + kMostBands + b]);
      const double peak = std::max(std::abs(left), std::abs(right));
      mean_square += (1.0 - 0.98) * (peak * peak - mean_square);
      const double rms = std::sqrt(mean_square);
      const double level = rms + value(BandDynamics::kPeakShare, i) * (peak - rms);
      const double over = 20.0 * std::log10(level) - value(BandDynamics::kThresholdDb, i);
      const double knee = value(BandDynamics::kKneeDb, i);
      double asked = 0.0;
      if (over >= knee / 2.0) {
        asked = over;
      } else if (over > -knee / 2.0) {
        asked = (over + knee / 2.0) * (over + knee / 2.0) / (2.0 * knee);
      }
      asked *= value(BandDynamics::kSlope, i);
      fast = FollowInDouble(fast, asked, value(BandDynamics::kAttackPole, i), 0.99);
      slow = FollowInDouble(slow, fast, 0.999, 0.999);
      const double held = fast + value(BandDynamics::kSlowShare, i) * std::max(0.0, slow - fast);
      largest = std::max(largest, held);
      if (20.0 * std::log10(level) > -60.0) mean += (1.0 - 0.999) * (held - mean);
      const double gain_db = value(BandDynamics::kAutoMakeup, i) * std::min(mean, 12.0) - held;
      const double gain =
          1.0 + value(BandDynamics::kShare, i) *
                    (value(BandDynamics::kMakeupGain, i) * std::pow(10.0, gain_db / 20.0) - 1.0);
      const auto ours = static_cast<double>(compressed.gains[i * kMostBands + b]);
      worst_db = std::max(worst_db, std::abs(test::Db(ours / gain)));
    }
    EXPECT_NEAR(static_cast<double>(compressed.dynamics.largest_reduction_db[b]), largest, 0.01);
  }
  EXPECT_LT(worst_db, 0.01);
}

TEST_P(BandKernelsTest, CompressAgreesWithTheFormulasInDouble) {
  const auto lanes = test::Noise(1.0, kFrames * kBandLanes, 6);
  ExpectTheFormulas(lanes, Compress(lanes, 41, true), SomeDynamics());
  ExpectTheFormulas(lanes, Compress(lanes, 41, false), StillDynamics());
}

// Detectors of peaks and of power alone, and attacks that are slower than the release.
TEST_P(BandKernelsTest, CompressAgreesAtTheEndsOfItsValues) {
  const BandKernels kernels = ResolveBandKernels();
  const auto lanes = test::Noise(1.0, kFrames * kBandLanes, 16);
  for (const float peak_share : {0.0F, 1.0F}) {
    BandDynamics begun = StillDynamics();
    begun.value[BandDynamics::kPeakShare].fill(peak_share);
    begun.value[BandDynamics::kAttackPole][2] = 0.998F;
    Compressed compressed;
    compressed.dynamics = begun;
    kernels.compress(lanes.data(), kFrames, false, compressed.dynamics, compressed.gains.data());
    ExpectTheFormulas(lanes, compressed, begun);
  }
}

TEST_P(BandKernelsTest, CompressDoesNotDependOnTheCut) {
  const auto lanes = test::Noise(1.0, kFrames * kBandLanes, 8);
  for (const bool moving : {false, true}) {
    const Compressed whole = Compress(lanes, kFrames, moving);
    for (const std::size_t cut : {1U, 7U, 64U}) {
      EXPECT_EQ(Compress(lanes, cut, moving).gains, whole.gains) << cut << ' ' << moving;
    }
  }
}

TEST_P(BandKernelsTest, SumAddsEveryBandTimesItsGain) {
  const BandKernels kernels = ResolveBandKernels();
  const auto lanes = test::Noise(1.0, kFrames * kBandLanes, 9);
  const auto gains = test::Noise(2.0, kFrames * kMostBands, 10);
  std::vector<float> left(kFrames);
  std::vector<float> right(kFrames);
  kernels.sum(lanes.data(), gains.data(), kFrames, left.data(), right.data());
  for (std::size_t i = 0; i < kFrames; ++i) {
    double sums[2] = {};
    for (std::size_t b = 0; b < kMostBands; ++b) {
      const auto gain = static_cast<double>(gains[i * kMostBands + b]);
      sums[0] += gain * static_cast<double>(lanes[i * kBandLanes + b]);
      sums[1] += gain * static_cast<double>(lanes[i * kBandLanes + kMostBands + b]);
    }
    ASSERT_NEAR(static_cast<double>(left[i]), sums[0], 3e-6);
    ASSERT_NEAR(static_cast<double>(right[i]), sums[1], 3e-6);
  }
}

}  // namespace
}  // namespace auralis
