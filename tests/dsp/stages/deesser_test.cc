#include "dsp/stages/deesser.h"

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

Deesser::Params Plain() {
  auto params = DefaultParams<Deesser::Params>(Deesser::kParams);
  params.enabled = 1.0F;
  params.threshold_db = -30.0F;
  params.ratio = 4.0F;
  params.range_db = 36.0F;
  return params;
}

using Running = test::RunningStage<Deesser>;

// The band's high-pass at `f`, and a shelf that lowers it by `db`: both Butterworth of second order
// at 6 kHz, through the bilinear transform.
double WarpedFrequency(double f) {
  return std::tan(M_PI * f / kRate) / std::tan(M_PI * 6000.0 / kRate);
}
double BandDb(double f) { return -10.0 * std::log10(1.0 + std::pow(WarpedFrequency(f), -4.0)); }
double ShelfDb(double f, double db) {
  const double w4 = std::pow(WarpedFrequency(f), 4.0);
  const double g = std::pow(10.0, db / 20.0);
  return 10.0 * std::log10((1.0 + g * g * w4) / (1.0 + w4));
}

TEST(Deesser, LowersALoudBandByItsCurve) {
  for (const double level_db : {-40.0, -20.0, -10.0}) {
    Running deesser(Plain());
    const double amplitude = std::pow(10.0, level_db / 20.0) * std::sqrt(2.0);
    const auto y = deesser.Feed(test::Sine(15000.0, amplitude, kRate, 2 * kSecond));
    const double over_db = level_db + BandDb(15000.0) + 30.0;
    const double expected_db = over_db > 3.0 ? -0.75 * over_db : 0.0;  // beyond the knee
    EXPECT_NEAR(
        test::Db(test::ToneAmplitude(std::span(y).last(kSecond), 15000.0, kRate) / amplitude),
        ShelfDb(15000.0, expected_db), 0.05)
        << level_db;
  }
}

TEST(Deesser, LeavesAloneWhatLiesBelow) {
  Running deesser(Plain());
  auto x = test::Sine(400.0, 0.3, kRate, 2 * kSecond);
  const auto sibilant = test::Sine(9000.0, 0.3, kRate, 2 * kSecond);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] += sibilant[i];
  const auto y = deesser.Feed(x);
  const auto settled = std::span(y).last(kSecond);
  EXPECT_NEAR(test::Db(test::ToneAmplitude(settled, 400.0, kRate) / 0.3), 0.0, 0.1);
  EXPECT_LT(test::Db(test::ToneAmplitude(settled, 9000.0, kRate) / 0.3), -6.0);
}

TEST(Deesser, QuietMusicPassesBitForBit) {
  Running deesser(Plain());
  const auto x = test::Noise(0.005, kSecond, 9);
  EXPECT_EQ(test::LargestDifference(deesser.Feed(x), x), 0.0);
}

TEST(Deesser, TakesNoMoreThanItsRange) {
  auto params = Plain();
  params.range_db = 6.0F;
  params.ratio = 100.0F;
  Running deesser(params);
  const auto y = deesser.Feed(test::Sine(18000.0, 0.9, kRate, kSecond));
  EXPECT_NEAR(test::Db(test::ToneAmplitude(std::span(y).last(kSecond / 2), 18000.0, kRate) / 0.9),
              ShelfDb(18000.0, -6.0), 0.05);
}

TEST(Deesser, ComesInWithinMillisecondsAndGoesAgain) {
  Running deesser(Plain());
  std::vector<float> x(3 * kSecond, 0.0F);
  const auto sibilant = test::Sine(12000.0, 0.5, kRate, kSecond / 10);
  std::copy(sibilant.begin(), sibilant.end(), x.begin() + kSecond);
  const auto tone = test::Sine(12000.0, 0.01, kRate, kSecond);
  std::copy(tone.begin(), tone.end(), x.begin() + 2 * kSecond);
  const auto y = deesser.Feed(x);
  const auto gain_db = [&](std::size_t at, std::size_t frames, double amplitude) {
    return test::Db(test::PeakOf(std::span(y).subspan(at, frames)) / amplitude);
  };
  EXPECT_GT(gain_db(kSecond, 24, 0.5), -6.0) << "0.5 ms";
  EXPECT_LT(gain_db(kSecond + 480, 48, 0.5), -10.0) << "10 ms";
  EXPECT_NEAR(gain_db(2 * kSecond, kSecond, 0.01), 0.0, 0.1);
}

}  // namespace
}  // namespace auralis
