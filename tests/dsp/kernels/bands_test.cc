#include "dsp/kernels/bands.h"

#include <gtest/gtest.h>
#include <hwy/highway.h>
#include <hwy/tests/hwy_gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "dsp/aligned_floats.h"
#include "tests/support/measure.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

constexpr std::size_t kFrames = 3000;

class BandKernelsTest : public hwy::TestWithParamTarget {};
HWY_TARGET_INSTANTIATE_TEST_SUITE_P(BandKernelsTest);

struct Compressed {
  AlignedFloats gains;
  BandDynamics dynamics{};
};

BandDynamics SomeDynamics() {
  BandDynamics dynamics{};
  for (std::size_t b = 0; b < kMostSlots; ++b) {
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

AlignedFloats Rows(std::size_t slots, std::uint32_t seed) {
  const auto noise = test::Noise(1.0, kFrames * 2 * slots + kBandPadding, seed);
  return {noise.begin(), noise.end()};
}

Compressed Compress(const AlignedFloats& rows, std::size_t slots, std::size_t cut, bool moving,
                    const BandDynamics& begun) {
  const BandKernels kernels = ResolveBandKernels();
  Compressed result{.gains = AlignedFloats(kFrames * slots + kBandPadding), .dynamics = begun};
  for (std::size_t at = 0; at < kFrames; at += cut) {
    kernels.compress(rows.data() + at * 2 * slots, slots, std::min(cut, kFrames - at), moving,
                     result.dynamics, result.gains.data() + at * slots);
  }
  result.gains.resize(kFrames * slots);
  return result;
}

double FollowInDouble(double now, double asked, double attack_pole, double release_pole) {
  return asked + (now < asked ? attack_pole : release_pole) * (now - asked);
}

void ExpectTheFormulas(const AlignedFloats& rows, std::size_t slots, const Compressed& compressed,
                       const BandDynamics& begun) {
  double worst_db = 0.0;
  for (std::size_t b = 0; b < slots; ++b) {
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
      const auto left = static_cast<double>(rows[2 * (i * slots + b)]);
      const auto right = static_cast<double>(rows[2 * (i * slots + b) + 1]);
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
      const auto ours = static_cast<double>(compressed.gains[i * slots + b]);
      worst_db = std::max(worst_db, std::abs(test::Db(ours / gain)));
    }
    EXPECT_NEAR(static_cast<double>(compressed.dynamics.largest_reduction_db[b]), largest, 0.01);
  }
  EXPECT_LT(worst_db, 0.01);
}

TEST_P(BandKernelsTest, CompressAgreesWithTheFormulasInDouble) {
  for (const std::size_t slots : {4U, 8U}) {
    const auto rows = Rows(slots, 6);
    for (const BandDynamics& begun : {SomeDynamics(), StillDynamics()}) {
      const bool moving = begun.step != StillDynamics().step;
      ExpectTheFormulas(rows, slots, Compress(rows, slots, 41, moving, begun), begun);
    }
  }
}

// Detectors of peaks and of power alone, and attacks that are slower than the release.
TEST_P(BandKernelsTest, CompressAgreesAtTheEndsOfItsValues) {
  const auto rows = Rows(8, 16);
  for (const float peak_share : {0.0F, 1.0F}) {
    for (const float slow_attack : {0.55F, 0.998F}) {
      BandDynamics begun = StillDynamics();
      begun.value[BandDynamics::kPeakShare].fill(peak_share);
      begun.value[BandDynamics::kAttackPole][2] = slow_attack;
      ExpectTheFormulas(rows, 8, Compress(rows, 8, kFrames, false, begun), begun);
    }
  }
}

TEST_P(BandKernelsTest, CompressAgreesWithoutSlowReleaseAndMakeup) {
  for (const std::size_t slots : {4U, 8U}) {
    const auto rows = Rows(slots, 6);
    BandDynamics begun = StillDynamics();
    begun.value[BandDynamics::kSlowShare].fill(0.0F);
    begun.value[BandDynamics::kAutoMakeup].fill(0.0F);
    ExpectTheFormulas(rows, slots, Compress(rows, slots, 41, false, begun), begun);
  }
}

TEST_P(BandKernelsTest, CompressDoesNotDependOnTheCut) {
  for (const std::size_t slots : {4U, 8U}) {
    const auto rows = Rows(slots, 8);
    for (const BandDynamics& begun : {SomeDynamics(), StillDynamics()}) {
      const bool moving = begun.step != StillDynamics().step;
      const Compressed whole = Compress(rows, slots, kFrames, moving, begun);
      for (const std::size_t cut : {1U, 7U, 64U}) {
        EXPECT_EQ(Compress(rows, slots, cut, moving, begun).gains, whole.gains)
            << slots << ' ' << cut << ' ' << moving;
      }
    }
  }
}

// The last two of eight slots are never used.
TEST_P(BandKernelsTest, SumAddsEveryBandTimesItsGain) {
  const BandKernels kernels = ResolveBandKernels();
  for (const std::size_t slots : {4U, 8U}) {
    const auto rows = Rows(slots, 9);
    const auto noise = test::Noise(2.0, kFrames * slots, 10);
    const AlignedFloats gains(noise.begin(), noise.end());
    std::vector<float> left(kFrames);
    std::vector<float> right(kFrames);
    for (std::size_t at = 0; at < kFrames; at += 37) {
      kernels.sum(rows.data() + at * 2 * slots, gains.data() + at * slots, slots,
                  std::min<std::size_t>(37, kFrames - at), left.data() + at, right.data() + at);
    }
    for (std::size_t i = 0; i < kFrames; ++i) {
      double sums[2] = {};
      for (std::size_t b = 0; b < std::min<std::size_t>(slots, 6); ++b) {
        for (std::size_t ch = 0; ch < 2; ++ch) {
          sums[ch] += static_cast<double>(gains[i * slots + b]) *
                      static_cast<double>(rows[2 * (i * slots + b) + ch]);
        }
      }
      ASSERT_NEAR(static_cast<double>(left[i]), sums[0], 3e-6);
      ASSERT_NEAR(static_cast<double>(right[i]), sums[1], 3e-6);
    }
  }
}

}  // namespace
}  // namespace auralis
