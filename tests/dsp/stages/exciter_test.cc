#include "dsp/stages/exciter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <numbers>
#include <vector>

#include "tests/support/measure.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

constexpr std::size_t kBlock = 64;

Exciter::Params Full() {
  auto params = DefaultParams<Exciter::Params>(Exciter::kParams);
  params.enabled = 1.0F;
  params.amount = 1.0F;
  return params;
}

std::vector<float> Excite(std::vector<float> left, const Exciter::Params& params, double rate) {
  const ProcessSpec spec{.sample_rate_hz = rate, .block_frames = kBlock};
  Exciter::Designer designer(spec);
  auto exciter = std::make_unique<Exciter>();
  exciter->Prepare(spec, params);
  exciter->SetTargets(designer.Design(params));
  exciter->Reset();
  auto right = left;
  for (std::size_t at = 0; at < left.size(); at += kBlock) {
    const std::size_t frames = std::min(kBlock, left.size() - at);
    exciter->Process({left.data() + at, right.data() + at, frames});
  }
  EXPECT_EQ(left, right);
  return left;
}

// A tone that fits a whole number of times into `frames`, so that every line is one bin.
double Fitting(double hz, double rate, std::size_t frames) {
  return std::round(hz * static_cast<double>(frames) / rate) * rate / static_cast<double>(frames);
}

double Amplitude(const std::vector<float>& y, std::size_t from, double cycles_per_frame) {
  double re = 0.0;
  double im = 0.0;
  for (std::size_t i = from; i < y.size(); ++i) {
    const double phase = 2.0 * std::numbers::pi * cycles_per_frame * static_cast<double>(i);
    re += static_cast<double>(y[i]) * std::cos(phase);
    im += static_cast<double>(y[i]) * std::sin(phase);
  }
  return 2.0 * std::hypot(re, im) / static_cast<double>(y.size() - from);
}

TEST(Exciter, TheHarmonicsHaveTheirLevelsWhateverTheInputs) {
  constexpr double kRate = 48000.0;
  const auto params = Full();
  for (const double level_db : {-60.0, -40.0, -20.0, -3.0}) {
    const double amplitude = std::pow(10.0, level_db / 20.0);
    const auto y = Excite(test::Sine(6000.0, amplitude, kRate, 48000), params, kRate);
    const auto db = [&](double hz) {
      return test::Db(Amplitude(y, 24000, hz / kRate) / amplitude);
    };
    // Butterworth's high-pass of 24 dB an octave, and low-pass of 48 at 10 kHz.
    const double donor_db = -10.0 * std::log10((1.0 + std::pow(4500.0 / 6000.0, 8.0)) *
                                               (1.0 + std::pow(6000.0 / 10000.0, 16.0)));
    EXPECT_NEAR(db(12000.0), donor_db + Exciter::kSecondHarmonicDb, 0.4) << level_db;
    EXPECT_NEAR(db(18000.0), donor_db + Exciter::kThirdHarmonicDb, 0.4) << level_db;
    EXPECT_NEAR(db(6000.0), 0.0, 0.05);
  }
}

TEST(Exciter, FoldsNothingBack) {
  for (const double rate : {44100.0, 48000.0, 96000.0}) {
    constexpr std::size_t kFrames = 8192;
    double worst_db = -400.0;
    double worst_hz = 0.0;
    for (const double about_hz :
         {4600.0, 5000.0, 7000.0, 9000.0, 11000.0, 13000.0, 16000.0, 19000.0}) {
      const double hz = Fitting(about_hz, rate, kFrames);
      const double amplitude = 0.5;
      const auto y = Excite(test::Sine(hz, amplitude, rate, 3 * kFrames), Full(), rate);
      for (std::size_t bin = 1; bin < kFrames / 2; ++bin) {
        const double at_hz = static_cast<double>(bin) * rate / kFrames;
        const double ratio = at_hz / hz;
        // The tone itself and its harmonics, as far as there is a band for them.
        if (std::abs(ratio - std::round(ratio)) * hz < 3.0 * rate / kFrames && ratio > 0.5)
          continue;
        if (at_hz > 20000.0 || bin % 3 != 0) continue;
        const double db = test::Db(Amplitude(y, 2 * kFrames, at_hz / rate) / amplitude);
        if (db > worst_db) {
          worst_db = db;
          worst_hz = hz;
        }
      }
      // Where the first products fold to.
      for (int n = 2; n <= 5; ++n) {
        const double folded = std::abs(std::remainder(n * hz, rate));
        const bool harmonic = n * hz < rate / 2.0;
        if (harmonic || folded > 20000.0 || std::abs(folded - hz) < 10.0) continue;
        const double db = test::Db(Amplitude(y, 2 * kFrames, folded / rate) / amplitude);
        if (db > worst_db) {
          worst_db = db;
          worst_hz = hz;
        }
      }
    }
    std::printf("%5.0f Hz: folded back at most %.1f dB (of %.0f Hz)\n", rate, worst_db, worst_hz);
    EXPECT_LT(worst_db, -90.0) << rate;
  }
}

TEST(Exciter, WithoutAmountItIsADelay) {
  auto params = Full();
  params.amount = 0.0F;
  const auto x = test::Noise(0.5, 9600, 5);
  const auto y = Excite(x, params, 48000.0);
  constexpr std::size_t kLate = Oversampler::kLatencyFrames;
  EXPECT_TRUE(std::equal(x.begin(), x.end() - kLate, y.begin() + kLate));
}

TEST(Exciter, LeavesTheBassAlone) {
  const auto y = Excite(test::Sine(200.0, 0.5, 48000.0, 48000), Full(), 48000.0);
  EXPECT_NEAR(test::Db(Amplitude(y, 24000, 200.0 / 48000.0) / 0.5), 0.0, 0.001);
  EXPECT_LT(test::Db(Amplitude(y, 24000, 400.0 / 48000.0) / 0.5), -100.0);
}

TEST(Exciter, OffIsTheInputBitForBit) {
  auto params = Full();
  params.enabled = 0.0F;
  const auto x = test::Noise(0.9, 9600, 3);
  EXPECT_EQ(Excite(x, params, 48000.0), x);
}

}  // namespace
}  // namespace auralis
