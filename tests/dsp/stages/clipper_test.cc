#include "dsp/stages/clipper.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdio>
#include <numbers>
#include <vector>

#include "dsp/units.h"
#include "tests/support/measure.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

constexpr double kRate = 48000.0;
constexpr std::size_t kSecond = 48000;

std::vector<float> Clip(std::vector<float> left, float threshold_db, double rate = kRate,
                        std::size_t cut = 64) {
  const Clipper::Params params{.enabled = 1.0F, .threshold_db = threshold_db};
  Clipper clipper;
  clipper.Prepare({.sample_rate_hz = rate, .block_frames = 1024}, params);
  clipper.SetTargets(params);
  clipper.Reset();
  auto right = left;
  for (std::size_t at = 0; at < left.size(); at += cut) {
    clipper.Process({left.data() + at, right.data() + at, std::min(cut, left.size() - at)});
  }
  return left;
}

double Amplitude(const std::vector<float>& y, double hz) {
  std::complex<double> sum = 0.0;
  const std::size_t start = y.size() - kSecond;
  for (std::size_t i = start; i < y.size(); ++i) {
    sum += static_cast<double>(y[i]) *
           std::polar(1.0, -2.0 * std::numbers::pi * hz * static_cast<double>(i) / kRate);
  }
  return std::abs(sum) / (0.5 * kSecond);
}

TEST(Clipper, BelowTheThresholdItIsADelayBitForBit) {
  const auto tone = test::Sine(997.0, 0.70, kRate, kSecond);  // the threshold is 0.708
  const auto noise = test::Noise(0.2, kSecond, 4);
  for (const auto& x : {tone, noise}) {
    const auto y = Clip(x, -3.0F);
    EXPECT_TRUE(std::equal(x.begin(), x.end() - 48, y.begin() + 48));
  }
}

// A slow wave is not moved by the filters: it shows the curve.
TEST(Clipper, FollowsItsCurve) {
  const double t = std::pow(10.0, -3.0 / 20.0);
  const double h = 0.25 * t;
  const auto x = test::Sine(10.0, 2.0, kRate, kSecond);
  const auto y = Clip(x, -3.0F);
  double worst = 0.0;
  for (std::size_t i = 4800; i + 48 < kSecond; ++i) {
    const double in = std::abs(static_cast<double>(x[i]));
    const double z = in - t;
    const double expected = z <= 0.0 ? in : z >= 2.0 * h ? t + h : in - z * z / (4.0 * h);
    worst = std::max(worst, std::abs(std::abs(static_cast<double>(y[i + 48])) - expected));
  }
  std::printf("curve: within %.6f\n", worst);
  EXPECT_LT(worst, 1e-3);
}

TEST(Clipper, AnswersA5kHzSine12DbOverWithHarmonicsAlone) {
  const double amplitude = 4.0 * std::pow(10.0, -3.0 / 20.0);
  const auto y = Clip(test::Sine(5000.0, amplitude, kRate, 2 * kSecond), -3.0F);
  const double fundamental = Amplitude(y, 5000.0);
  double loudest = 0.0;
  double at_hz = 0.0;
  for (int hz = 250; hz < 20000; hz += 250) {
    if (hz % 5000 == 0) continue;
    const double a = Amplitude(y, hz);
    if (a > loudest) {
      loudest = a;
      at_hz = hz;
    }
  }
  std::printf("5 kHz 12 dB over: folded back at most %.1f dB (%.0f Hz), third harmonic %.1f dB\n",
              test::Db(loudest / fundamental), at_hz,
              test::Db(Amplitude(y, 15000.0) / fundamental));
  EXPECT_LT(test::Db(loudest / fundamental), -90.0);
  EXPECT_GT(test::Db(Amplitude(y, 15000.0) / fundamental), -15.0);
}

TEST(Clipper, DoesNotDependOnTheCutWhereItClips) {
  const auto x = test::Noise(1.5, 20000, 8);
  const auto whole = Clip(x, -6.0F, kRate, 1024);
  for (const std::size_t cut : {1U, 13U, 64U, 333U}) {
    EXPECT_EQ(test::LargestDifference(Clip(x, -6.0F, kRate, cut), whole), 0.0) << cut;
  }
}

TEST(Clipper, HoldsAboutWhereItsCurveEnds) {
  for (const double rate : {44100.0, 96000.0}) {
    const auto y = Clip(test::Sweep(20.0, 5000.0, 4.0, rate, 96000), -3.0F, rate);
    // Without the harmonics above the band a wave that was square overshoots its tops.
    EXPECT_LT(test::Db(test::PeakOf(y)), -3.0 + 1.94 + 1.5) << rate;
  }
}

}  // namespace
}  // namespace auralis
