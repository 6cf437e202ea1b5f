#include "dsp/stages/gate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/dsp/stages/running_stage.h"
#include "tests/support/measure.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

constexpr double kRate = 48000.0;
constexpr std::size_t kSecond = 48000;

Gate::Params Plain() {
  auto params = DefaultParams<Gate::Params>(Gate::kParams);
  params.enabled = 1.0F;
  params.threshold_db = -40.0F;
  params.hysteresis_db = 0.0F;
  params.ratio = 3.0F;
  params.range_db = 60.0F;
  params.hold_ms = 0.0F;
  return params;
}

using Running = test::RunningStage<Gate>;

double ReductionDb(float x, float y) {
  return test::Db(static_cast<double>(x) / static_cast<double>(y));
}

TEST(Gate, FollowsItsCurve) {
  for (const float ratio : {1.0F, 1.5F, 3.0F, 100.0F}) {
    for (const double below_db : {-20.0, -0.1, 0.1, 1.0, 5.0, 12.0, 25.0, 50.0}) {
      auto params = Plain();
      params.ratio = ratio;
      Running gate(params);
      const auto x = test::Square(-40.0 - below_db, 4 * kSecond);
      const auto y = gate.Feed(x);
      const double expected =
          below_db <= 0.0 ? 0.0 : std::min(60.0, (static_cast<double>(ratio) - 1.0) * below_db);
      EXPECT_NEAR(ReductionDb(x.back(), y.back()), expected, 0.05) << ratio << ' ' << below_db;
    }
  }
}

TEST(Gate, AttackOpensAndReleaseClosesInTheirTimes) {
  auto params = Plain();
  params.attack_ms = 20.0F;
  params.release_ms = 100.0F;
  params.range_db = 20.0F;
  for (const std::size_t cut : {1U, 37U, 64U, 441U, 4096U}) {
    Running gate(params);
    const auto quiet = test::Square(-60.0, 2 * kSecond);
    gate.Feed(quiet, cut);
    const auto loud = test::Square(-10.0, kSecond);
    const auto opening = gate.Feed(loud, cut);
    const auto closing = gate.Feed(quiet, cut);
    std::size_t opened = 0;
    while (ReductionDb(loud[opened], opening[opened]) > 0.368 * 20.0) ++opened;
    std::size_t closed = 0;
    while (ReductionDb(quiet[closed], closing[closed]) < 0.632 * 20.0) ++closed;
    // The level itself, a mean over 5 ms, rises past the threshold at once and takes
    // 5 ms * ln(1000) to fall below it by 30 dB.
    EXPECT_NEAR(static_cast<double>(opened) / 48.0, 20.0, 1.0) << cut;
    EXPECT_NEAR(static_cast<double>(closed) / 48.0, 100.0 + 5.0 * std::log(1000.0), 7.0) << cut;
  }
}

TEST(Gate, StaysOpenWithinTheHysteresis) {
  auto params = Plain();
  params.hysteresis_db = 6.0F;
  Running gate(params);
  gate.Feed(test::Square(-30.0, kSecond));
  const auto within = test::Square(-45.0, kSecond);
  EXPECT_EQ(ReductionDb(within.back(), gate.Feed(within).back()), 0.0);
  const auto below = test::Square(-47.0, 2 * kSecond);
  EXPECT_NEAR(ReductionDb(below.back(), gate.Feed(below).back()), 14.0, 0.05);
  // Closed it opens at the threshold only.
  EXPECT_NEAR(ReductionDb(within.back(), gate.Feed(within).back()), 10.0, 0.05);
}

TEST(Gate, HoldsBeforeItCloses) {
  auto params = Plain();
  params.hold_ms = 300.0F;
  params.release_ms = 1.0F;
  Running gate(params);
  gate.Feed(test::Square(-39.0, kSecond));
  const auto quiet = test::Square(-60.0, kSecond);
  const auto y = gate.Feed(quiet);
  std::size_t closed = 0;
  while (ReductionDb(quiet[closed], y[closed]) < 1.0) ++closed;
  EXPECT_NEAR(static_cast<double>(closed) / 48.0, 300.0, 5.0);
}

TEST(Gate, AToneAboutTheThresholdDoesNotChatter) {
  auto params = Plain();
  params.hysteresis_db = 4.0F;
  params.hold_ms = 50.0F;
  Running gate(params);
  // 2 dB up and down, eight times a second, and a bass whose level ripples.
  auto x = test::Sine(40.0, std::pow(10.0, -37.0 / 20.0), kRate, 4 * kSecond);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double swing_db = 2.0 * std::sin(2.0 * 3.14159265 * 8.0 * static_cast<double>(i) / kRate);
    x[i] *= static_cast<float>(std::pow(10.0, swing_db / 20.0));
  }
  const auto y = gate.Feed(x);
  EXPECT_EQ(test::LargestDifference(x, y), 0.0);
}

}  // namespace
}  // namespace auralis
