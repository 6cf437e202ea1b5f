#include "dsp/stages/compressor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdio>
#include <numbers>
#include <random>
#include <vector>

#include "tests/dsp/stages/running_stage.h"
#include "tests/support/measure.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

constexpr double kRate = 48000.0;
constexpr std::size_t kSecond = 48000;

// Works at once on every peak and has no knee; a test says what it wants otherwise.
Compressor::Params Plain() {
  auto params = DefaultParams<Compressor::Params>(Compressor::kParams);
  params.enabled = 1.0F;
  params.threshold_db = -20.0F;
  params.ratio = 4.0F;
  params.knee_db = 0.0F;
  params.detector = static_cast<float>(Compressor::Detector::kPeak);
  params.sidechain_highpass_hz = Compressor::kNoHighpassHz;
  return params;
}

using Running = test::RunningStage<Compressor>;

double FormulaDb(double level_db, double threshold_db, double ratio, double knee_db) {
  const double u = level_db - threshold_db;
  const double slope = 1.0 - 1.0 / ratio;
  if (u <= -knee_db / 2) return 0.0;
  if (u >= knee_db / 2) return slope * u;
  return slope * (u + knee_db / 2) * (u + knee_db / 2) / (2.0 * knee_db);
}

double ReductionDb(const std::vector<float>& y, double in_db) {
  return in_db - test::Db(std::abs(static_cast<double>(y.back())));
}

TEST(Compressor, FollowsItsCurve) {
  double worst = 0.0;
  for (const float ratio : {1.0F, 2.0F, 4.0F, 100.0F}) {
    for (const float knee_db : {0.0F, 2.0F, 24.0F}) {
      auto params = Plain();
      params.ratio = ratio;
      params.knee_db = knee_db;
      for (const double u : {-30.0, -12.0, -1.0, -0.5, 0.0, 0.5, 1.0, 12.0, 19.0}) {
        Running compressor(params);
        const double in_db = -20.0 + u;
        const auto y = compressor.Feed(test::Square(in_db, kSecond / 2));
        const double expected =
            FormulaDb(in_db, -20.0, static_cast<double>(ratio), static_cast<double>(knee_db));
        worst = std::max(worst, std::abs(ReductionDb(y, in_db) - expected));
      }
    }
  }
  std::printf("static curve: within %.5f dB of the formula\n", worst);
  EXPECT_LT(worst, 0.05);
}

TEST(Compressor, ReadsThePowerOfASineAsRms) {
  auto params = Plain();
  params.detector = static_cast<float>(Compressor::Detector::kRms);
  params.rms_ms = 50.0F;
  Running compressor(params);
  const double amplitude = std::pow(10.0, -5.0 / 20.0);
  const auto y = compressor.Feed(test::Sine(1000.0, amplitude, kRate, 2 * kSecond));
  const double peak = test::PeakOf(std::span(y).last(kSecond / 10));
  EXPECT_NEAR(test::Db(peak / amplitude), -0.75 * (-5.0 - 3.0103 + 20.0), 0.05);
}

// From -40 to -10 dB and back: 63.2 % of the way takes the attack, and the release.
TEST(Compressor, AttackAndReleaseTakeTheirTimesHoweverTheStreamIsCut) {
  struct Times {
    double attack_ms, release_ms;
  };
  for (const Times t : {Times{10.0, 100.0}, Times{1.0, 30.0}, Times{100.0, 500.0}}) {
    auto params = Plain();
    params.attack_ms = static_cast<float>(t.attack_ms);
    params.release_ms = static_cast<float>(t.release_ms);
    for (const std::size_t cut : {1U, 16U, 37U, 64U, 104U, 128U, 256U, 441U, 512U, 1024U, 4096U}) {
      Running compressor(params);
      std::vector<float> x = test::Square(-40.0, kSecond / 10);
      const auto loud = test::Square(-10.0, kSecond);
      const auto quiet = test::Square(-40.0, 2 * kSecond);
      const std::size_t attack_at = x.size();
      const std::size_t release_at = attack_at + loud.size();
      x.insert(x.end(), loud.begin(), loud.end());
      x.insert(x.end(), quiet.begin(), quiet.end());
      const auto y = compressor.Feed(x, cut);
      const auto reduction = [&](std::size_t i) {
        return test::Db(static_cast<double>(x[i]) / static_cast<double>(y[i]));
      };
      constexpr double kFull = 7.5;
      std::size_t attacked = attack_at;
      while (reduction(attacked) < 0.632 * kFull) ++attacked;
      std::size_t released = release_at;
      while (reduction(released) > 0.368 * kFull) ++released;
      const auto ms = [](std::size_t frames) {
        return 1000.0 * static_cast<double>(frames) / kRate;
      };
      // A frame is 0.02 ms.
      EXPECT_NEAR(ms(attacked - attack_at), t.attack_ms, 0.05 * t.attack_ms) << cut;
      EXPECT_NEAR(ms(released - release_at), t.release_ms, 0.05 * t.release_ms) << cut;
    }
  }
}

TEST(Compressor, LookaheadDelaysTheAudioAndNotTheDetector) {
  auto params = Plain();
  params.attack_ms = 2.0F;
  params.lookahead_ms = 10.0F;
  Running compressor(params);
  ASSERT_EQ(compressor.latency(), 480U);
  std::vector<float> x = test::Square(-60.0, 4800);
  const auto loud = test::Square(-10.0, 4800);
  x.insert(x.end(), loud.begin(), loud.end());
  const auto y = compressor.Feed(x);
  // Five attack times ahead: but for exp(-5) it is all there when the first loud frame comes out.
  const double reduction =
      test::Db(static_cast<double>(x[4800]) / static_cast<double>(y[4800 + 480]));
  EXPECT_NEAR(reduction, 7.5 * (1.0 - std::exp(-5.0)), 0.05);
  EXPECT_LT(std::abs(y[4800 + 479]), 0.002F);
}

TEST(Compressor, ReleasesLongReductionsSlowerIfTheProgrammeDecides) {
  const auto time_to_half_ms = [](double loud_seconds, bool by_programme) {
    auto params = Plain();
    params.attack_ms = 1.0F;
    params.release_ms = 100.0F;
    params.adaptive_release = by_programme ? 1.0F : 0.0F;
    Running compressor(params);
    compressor.Feed(test::Square(-10.0, static_cast<std::size_t>(loud_seconds * kRate)));
    const auto quiet = test::Square(-40.0, 3 * kSecond);
    const auto y = compressor.Feed(quiet);
    std::size_t i = 0;
    while (test::Db(static_cast<double>(quiet[i]) / static_cast<double>(y[i])) > 3.75) ++i;
    return 1000.0 * static_cast<double>(i) / kRate;
  };
  const double plain = time_to_half_ms(5.0, false);
  EXPECT_NEAR(plain, 100.0 * std::numbers::ln2, 3.0);
  EXPECT_NEAR(time_to_half_ms(0.02, true), plain, 0.1 * plain);
  EXPECT_GT(time_to_half_ms(5.0, true), 4.0 * plain);
}

TEST(Compressor, AutomaticMakeupIsTheMeasuredReductionAndWaitsInSilence) {
  auto params = Plain();
  params.auto_makeup = 1.0F;
  Running compressor(params);
  const auto y = compressor.Feed(test::Square(-12.0, 20 * kSecond));  // 6 dB too loud
  EXPECT_NEAR(ReductionDb(y, -12.0), 0.0, 0.05);
  compressor.Feed(test::Silence(30 * kSecond));
  // The release takes its time, the makeup was kept.
  const auto after = compressor.Feed(test::Square(-30.0, 100));
  EXPECT_NEAR(ReductionDb(after, -30.0), -6.0, 0.1);
}

TEST(Compressor, AutomaticMakeupEndsAt12Db) {
  auto params = Plain();
  params.auto_makeup = 1.0F;
  params.threshold_db = -60.0F;
  params.ratio = 100.0F;
  Running compressor(params);
  const auto y = compressor.Feed(test::Square(-6.0, 30 * kSecond));
  EXPECT_NEAR(ReductionDb(y, -6.0), 54.0 * 0.99 - 12.0, 0.05);
}

TEST(Compressor, BassBelowTheSideChainHighPassDoesNotCount) {
  auto params = Plain();
  params.attack_ms = 30.0F;
  params.sidechain_highpass_hz = 150.0F;
  const auto reduction = [&](double hz) {
    Running compressor(params);
    const auto y = compressor.Feed(test::Sine(hz, 0.5, kRate, 2 * kSecond));
    return -test::Db(test::PeakOf(std::span(y).last(kSecond / 2)) / 0.5);
  };
  EXPECT_LT(reduction(30.0), 0.1);
  EXPECT_GT(reduction(1000.0), 5.0);
}

TEST(Compressor, BothChannelsAreReducedAlike) {
  Running compressor(Plain());
  const test::Stereo x{test::Square(-10.0, kSecond), test::Square(-40.0, kSecond)};
  const test::Stereo y = compressor.Feed(x);
  EXPECT_NEAR(ReductionDb(y.left, -10.0), 7.5, 0.05);
  EXPECT_NEAR(ReductionDb(y.right, -40.0), 7.5, 0.05);
}

TEST(Compressor, MixSetsTheDrySignalBesideIt) {
  auto params = Plain();
  params.mix = 0.25F;
  Running compressor(params);
  const auto y = compressor.Feed(test::Square(-10.0, kSecond));
  const double expected = 0.75 + 0.25 * std::pow(10.0, -7.5 / 20.0);
  EXPECT_NEAR(ReductionDb(y, -10.0), -test::Db(expected), 0.01);
}

TEST(Compressor, OffIsADelayBitForBit) {
  auto params = Plain();
  params.enabled = 0.0F;
  params.lookahead_ms = 5.0F;
  const auto x = test::Noise(0.9, kSecond, 3);
  const auto y = Running(params).Feed(x);
  EXPECT_TRUE(std::equal(x.begin(), x.end() - 240, y.begin() + 240));
  EXPECT_TRUE(std::all_of(y.begin(), y.begin() + 240, [](float v) { return v == 0.0F; }));
}

TEST(Compressor, DistortsLittleWhereItWorksALittle) {
  auto params = DefaultParams<Compressor::Params>(Compressor::kParams);
  params.enabled = 1.0F;
  params.threshold_db = -11.0F;
  Running compressor(params);
  // 1000 Hz: the harmonics are whole bins of the last second.
  const auto y = compressor.Feed(test::Sine(1000.0, 0.5, kRate, 3 * kSecond));
  const auto amplitude = [&](double hz) {
    std::complex<double> sum = 0.0;
    for (std::size_t i = 2 * kSecond; i < 3 * kSecond; ++i) {
      sum += static_cast<double>(y[i]) *
             std::polar(1.0, -2.0 * std::numbers::pi * hz * static_cast<double>(i) / kRate);
    }
    return std::abs(sum) / (0.5 * kSecond);
  };
  double harmonics = 0.0;
  for (int n = 2; n <= 20; ++n) harmonics += std::pow(amplitude(1000.0 * n), 2.0);
  const double thd_db = test::Db(std::sqrt(harmonics) / amplitude(1000.0));
  std::printf("1 kHz at -6 dBFS, reduced by %.1f dB: THD %.1f dB\n",
              -test::Db(amplitude(1000.0) / 0.5), thd_db);
  EXPECT_LT(thd_db, -60.0);
}

}  // namespace
}  // namespace auralis
