#include "dsp/stages/bass.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "tests/dsp/stages/running_stage.h"
#include "tests/support/measure.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

constexpr double kRate = 48000.0;
constexpr std::size_t kSecond = 48000;

using Running = test::RunningStage<Bass>;

Bass::Params Full(float frequency_hz) {
  auto params = DefaultParams<Bass::Params>(Bass::kParams);
  params.enabled = 1.0F;
  params.amount = 1.0F;
  params.frequency_hz = frequency_hz;
  return params;
}

// Of the last second, in dB beside `amplitude`.
double HarmonicDb(const std::vector<float>& y, double hz, double amplitude) {
  return test::Db(test::ToneAmplitude(std::span(y).last(kSecond), hz, kRate) / amplitude);
}

// What Butterworth's high-pass of 24 dB an octave leaves.
double HighPassDb(double hz, double corner_hz) {
  return -10.0 * std::log10(1.0 + std::pow(corner_hz / hz, 8.0));
}

TEST(Bass, TheHarmonicsHaveTheirWeightsAtEveryLevel) {
  constexpr double kCorner = 100.0;
  double spread_db = 0.0;
  for (const double hz : {40.0, 60.0, 80.0}) {
    // What passes the low-pass is what the harmonics are of.
    const double passed_db = -10.0 * std::log10(1.0 + std::pow(hz / kCorner, 8.0));
    for (std::size_t n = 2; n <= 5; ++n) {
      double least_db = 100.0;
      double most_db = -100.0;
      for (const double level_db : {-40.0, -20.0, -6.0}) {
        const double amplitude = std::pow(10.0, level_db / 20.0);
        const auto y = Running(Full(static_cast<float>(kCorner)))
                           .Feed(test::Sine(hz, amplitude, kRate, 3 * kSecond));
        const auto harmonic = static_cast<double>(n) * hz;
        const double db = HarmonicDb(y, harmonic, amplitude);
        const double expected_db =
            passed_db + Bass::kHarmonicsDb[n - 2] + HighPassDb(harmonic, kCorner);
        EXPECT_NEAR(db, expected_db, 0.3) << hz << " Hz, harmonic " << n << " at " << level_db;
        least_db = std::min(least_db, db);
        most_db = std::max(most_db, db);
      }
      spread_db = std::max(spread_db, most_db - least_db);
    }
  }
  std::printf("harmonics from -40 to -6 dBFS: within %.4f dB of each other\n", spread_db);
  EXPECT_LT(spread_db, 0.1);
}

TEST(Bass, NothingElseIsAdded) {
  for (const double rate_hz : {44.0, 71.0, 97.0}) {
    auto y = Running(Full(100.0F)).Feed(test::Sine(rate_hz, 0.5, kRate, 4 * kSecond));
    // Take the fundamental and its harmonics away one by one; what is left folds, hums or pumps.
    std::vector<float> last(y.end() - static_cast<std::ptrdiff_t>(2 * kSecond), y.end());
    for (int n = 1; n <= 5; ++n) {
      const double hz = rate_hz * n;
      double re = 0.0;
      double im = 0.0;
      for (std::size_t i = 0; i < last.size(); ++i) {
        const double phase = 2.0 * std::numbers::pi * hz * static_cast<double>(i) / kRate;
        re += static_cast<double>(last[i]) * std::cos(phase);
        im += static_cast<double>(last[i]) * std::sin(phase);
      }
      const double scale = 2.0 / static_cast<double>(last.size());
      for (std::size_t i = 0; i < last.size(); ++i) {
        const double phase = 2.0 * std::numbers::pi * hz * static_cast<double>(i) / kRate;
        last[i] -= static_cast<float>(scale * (re * std::cos(phase) + im * std::sin(phase)));
      }
    }
    const double left_db = test::Db(test::RmsOf(last) / test::RmsOf(y));
    std::printf("%.0f Hz: all but its harmonics %.1f dB\n", rate_hz, left_db);
    EXPECT_LT(left_db, -80.0);
  }
}

TEST(Bass, TakesTheFundamentalOutOnRequest) {
  auto params = Full(100.0F);
  params.keep_fundamental = 0.0F;
  const auto y = Running(params).Feed(test::Sine(50.0, 0.5, kRate, 3 * kSecond));
  EXPECT_NEAR(HarmonicDb(y, 50.0, 0.5), HighPassDb(50.0, 100.0), 1.5);
  EXPECT_NEAR(HarmonicDb(y, 100.0, 0.5), Bass::kHarmonicsDb[0] + HighPassDb(100.0, 100.0), 0.3);
  // What lies above stays.
  const auto treble = Running(params).Feed(test::Sine(1000.0, 0.5, kRate, 2 * kSecond));
  EXPECT_NEAR(HarmonicDb(treble, 1000.0, 0.5), 0.0, 0.01);
}

TEST(Bass, LeavesWhatLiesAboveAlone) {
  const auto y = Running(Full(100.0F)).Feed(test::Sine(1000.0, 0.5, kRate, 2 * kSecond));
  EXPECT_NEAR(HarmonicDb(y, 1000.0, 0.5), 0.0, 0.001);
  EXPECT_LT(HarmonicDb(y, 2000.0, 0.5), -70.0);
}

TEST(Bass, TwoTonesMakeNoMoreThanTheirSumsAndDifferences) {
  auto x = test::Sine(50.0, 0.25, kRate, 4 * kSecond);
  const auto other = test::Sine(70.0, 0.25, kRate, 4 * kSecond);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] += other[i];
  const auto y = Running(Full(100.0F)).Feed(x);
  std::printf("50 and 70 Hz: 100 Hz %.1f, 140 Hz %.1f, 120 Hz %.1f, 20 Hz %.1f dB\n",
              HarmonicDb(y, 100.0, 0.25), HarmonicDb(y, 140.0, 0.25), HarmonicDb(y, 120.0, 0.25),
              HarmonicDb(y, 20.0, 0.25));
  // The difference, below the band, is what would rumble.
  EXPECT_LT(HarmonicDb(y, 20.0, 0.25), -50.0);
}

TEST(Bass, HasNoLatencyAndIsTheInputWhenOff) {
  auto params = Full(100.0F);
  EXPECT_EQ(Running(params).latency(), 0U);
  params.enabled = 0.0F;
  params.keep_fundamental = 0.0F;
  const auto x = test::Noise(0.9, 9600, 3);
  EXPECT_EQ(Running(params).Feed(x), x);
}

}  // namespace
}  // namespace auralis
