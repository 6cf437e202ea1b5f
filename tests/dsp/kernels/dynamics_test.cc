#include "dsp/kernels/dynamics.h"

#include <gtest/gtest.h>
#include <hwy/tests/hwy_gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "dsp/units.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

class DynamicsKernelsTest : public hwy::TestWithParamTarget {};
HWY_TARGET_INSTANTIATE_TEST_SUITE_P(DynamicsKernelsTest);

TEST_P(DynamicsKernelsTest, LevelsAreWithin1e5Db) {
  const DynamicsKernels kernels = ResolveDynamicsKernels();
  std::vector<float> power;
  for (double db = -199.0; db < 60.0; db += 0.0137) {
    power.push_back(static_cast<float>(std::pow(10.0, db / 10.0)));
  }
  std::vector<float> db(power.size());
  kernels.power_to_db(power.data(), power.size(), db.data());
  double worst = 0.0;
  for (std::size_t i = 0; i < power.size(); ++i) {
    const double exact = 10.0 * std::log10(static_cast<double>(power[i]));
    const double rounding = std::abs(exact) * 1.2e-7;  // one unit in the last place
    worst = std::max(worst, std::abs(static_cast<double>(db[i]) - exact) - rounding);
  }
  EXPECT_LT(worst, 1e-5);
}

TEST_P(DynamicsKernelsTest, NoSignalIsTheQuietestLevel) {
  const DynamicsKernels kernels = ResolveDynamicsKernels();
  const std::vector<float> power = {0.0F, 1e-30F, 1e-20F, 0.0F, 0.0F};
  std::vector<float> db(power.size());
  kernels.power_to_db(power.data(), power.size(), db.data());
  for (const float v : db) EXPECT_NEAR(v, kQuietestDb, 1e-3F);
}

TEST_P(DynamicsKernelsTest, GainsAreWithin3e7) {
  const DynamicsKernels kernels = ResolveDynamicsKernels();
  std::vector<float> db = {0.0F, -0.0F};
  for (double v = -600.0; v <= 600.0; v += 0.0731) db.push_back(static_cast<float>(v));
  std::vector<float> gain(db.size());
  kernels.db_to_gain(db.data(), db.size(), gain.data());
  EXPECT_EQ(gain[0], 1.0F);
  EXPECT_EQ(gain[1], 1.0F);
  double worst = 0.0;
  for (std::size_t i = 0; i < db.size(); ++i) {
    const double exact = std::pow(10.0, static_cast<double>(db[i]) / 20.0);
    // Octaves are rounded once: half a unit of a hundred of them.
    const double rounding = std::abs(static_cast<double>(db[i])) * 1.2e-7 * 0.115;
    worst = std::max(worst, std::abs(static_cast<double>(gain[i]) / exact - 1.0) - rounding);
  }
  EXPECT_LT(worst, 3e-7);
}

// Threshold -20 dB, ratio 4, knee 2 dB: the points that a curve with this knee passes.
TEST_P(DynamicsKernelsTest, TheKneeHasItsPoints) {
  const DynamicsKernels kernels = ResolveDynamicsKernels();
  const std::vector<float> level = {-100.0F, -21.0F, -20.5F, -20.0F, -19.5F, -19.0F, -10.0F, 20.0F};
  const std::vector<float> expected = {0.0F,      0.0F,  0.046875F, 0.1875F,
                                       0.421875F, 0.75F, 7.5F,      30.0F};
  const std::vector<float> threshold(level.size(), -20.0F);
  const std::vector<float> slope(level.size(), 0.75F);
  const std::vector<float> knee(level.size(), 2.0F);
  std::vector<float> reduction(level.size());
  kernels.reduction(level.data(), {threshold.data(), slope.data(), knee.data()}, level.size(),
                    reduction.data());
  for (std::size_t i = 0; i < level.size(); ++i) EXPECT_NEAR(reduction[i], expected[i], 1e-5F) << i;
}

TEST_P(DynamicsKernelsTest, FollowsTheFormulaAtEveryLevelLengthAndWidth) {
  const DynamicsKernels kernels = ResolveDynamicsKernels();
  for (const double width : {0.0, 0.1, 6.0, 24.0}) {
    for (const double slope : {0.0, 0.5, 1.0}) {
      for (const std::size_t frames : {1U, 3U, 15U, 16U, 17U, 64U, 1001U}) {
        std::vector<float> level(frames);
        for (std::size_t i = 0; i < frames; ++i) {
          level[i] = static_cast<float>(-40.0 + 50.0 * static_cast<double>(i) /
                                                    static_cast<double>(frames));
        }
        const std::vector<float> thresholds(frames, -18.0F);
        const std::vector<float> slopes(frames, static_cast<float>(slope));
        const std::vector<float> knees(frames, static_cast<float>(width));
        std::vector<float> reduction(frames + 1, 77.0F);
        kernels.reduction(level.data(), {thresholds.data(), slopes.data(), knees.data()}, frames,
                          reduction.data());
        EXPECT_EQ(reduction[frames], 77.0F) << "writes past the end";
        for (std::size_t i = 0; i < frames; ++i) {
          const double u = static_cast<double>(level[i]) + 18.0;
          double expected = 0.0;
          if (u >= width / 2) {
            expected = slope * u;
          } else if (u > -width / 2) {
            expected = slope * (u + width / 2) * (u + width / 2) / (2.0 * width);
          }
          ASSERT_NEAR(static_cast<double>(reduction[i]), expected, 1e-5) << width << ' ' << u;
        }
      }
    }
  }
}

double FollowInDouble(double now, double asked, double attack_pole, double release_pole) {
  return asked + (now < asked ? attack_pole : release_pole) * (now - asked);
}

TEST_P(DynamicsKernelsTest, LevelsAreOfPeaksAndMeansInAnyShare) {
  const DynamicsKernels kernels = ResolveDynamicsKernels();
  const auto left = test::Noise(1.0, 1001, 1);
  const auto right = test::Noise(0.7, 1001, 2);
  std::vector<float> power(left.size());
  std::vector<float> mean(left.size());
  float mean_square = 0.25F;
  for (std::size_t at = 0; at < left.size(); at += 13) {
    kernels.level(left.data() + at, right.data() + at, std::min<std::size_t>(13, left.size() - at),
                  0.97F, mean_square, power.data() + at, mean.data() + at);
  }
  auto mixed = power;
  kernels.mix_level(mean.data(), 0.3F, mixed.size(), mixed.data());
  double expected_mean = 0.25;
  for (std::size_t i = 0; i < left.size(); ++i) {
    const auto l = static_cast<double>(left[i]);
    const auto r = static_cast<double>(right[i]);
    const double square = std::max(l * l, r * r);
    expected_mean += (1.0 - static_cast<double>(0.97F)) * (square - expected_mean);
    const double amplitude = 0.3 * std::sqrt(square) + 0.7 * std::sqrt(expected_mean);
    ASSERT_NEAR(static_cast<double>(power[i]), square, 1e-7);
    ASSERT_NEAR(static_cast<double>(mean[i]), expected_mean, 1e-6);
    ASSERT_NEAR(static_cast<double>(mixed[i]), amplitude * amplitude, 1e-6);
  }
  EXPECT_EQ(mean_square, mean.back());
}

// Whichever pole is the slower.
TEST_P(DynamicsKernelsTest, ReductionsFollowByAttackAndRelease) {
  const DynamicsKernels kernels = ResolveDynamicsKernels();
  std::vector<float> asked = test::Noise(12.0, 2003, 3);
  for (float& v : asked) v = std::max(0.0F, v);
  for (const ReductionPoles& poles : {ReductionPoles{0.9F, 0.999F, 0.99F, 0.9995F, 1.0F},
                                      ReductionPoles{0.999F, 0.5F, 0.9995F, 0.99F, 0.5F},
                                      ReductionPoles{0.0F, 0.99F, 0.0F, 0.0F, 0.0F}}) {
    ReductionState state;
    auto held = asked;
    float largest = 0.0F;
    for (std::size_t at = 0; at < held.size(); at += 17) {
      largest = std::max(largest,
                         kernels.follow(poles, state, std::min<std::size_t>(17, held.size() - at),
                                        held.data() + at));
    }
    double fast = 0.0;
    double slow = 0.0;
    double expected_largest = 0.0;
    for (std::size_t i = 0; i < held.size(); ++i) {
      fast = FollowInDouble(fast, static_cast<double>(asked[i]), static_cast<double>(poles.attack),
                            static_cast<double>(poles.release));
      slow = FollowInDouble(slow, fast, static_cast<double>(poles.slow_attack),
                            static_cast<double>(poles.slow_release));
      const double expected =
          fast + static_cast<double>(poles.slow_share) * std::max(0.0, slow - fast);
      expected_largest = std::max(expected_largest, expected);
      ASSERT_NEAR(static_cast<double>(held[i]), expected, 1e-4) << i;
    }
    EXPECT_NEAR(static_cast<double>(largest), expected_largest, 1e-4);
  }
}

}  // namespace
}  // namespace auralis
