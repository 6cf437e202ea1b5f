// Powers of critical bands and zones, centre of gravity, roll-off, flatness, onsets: all of one
// transform, so tested through the spectrum.

#include "dsp/analysis/spectral_shape.h"

#include <gtest/gtest.h>

#include <cmath>
#include <iostream>
#include <numeric>

#include "dsp/analysis/spectrum.h"
#include "tests/support/measure.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

using test::Signal;

constexpr double kRates[] = {44100.0, 48000.0, 96000.0, 192000.0};

Spectrum Heard(const Signal& left, const Signal& right, double rate) {
  Spectrum spectrum;
  spectrum.Prepare(rate);
  spectrum.Push(left.data(), right.data(), left.size());
  return spectrum;
}

Spectrum HeardSine(double hz, double rate, double amplitude = 1.0) {
  const Signal x = test::Sine(hz, amplitude, rate, static_cast<std::size_t>(1.6 * rate), 0.4);
  return Heard(x, x, rate);
}

TEST(CriticalPower, OfASineIsItsPowerInItsBandAndNextToNothingElsewhere) {
  for (const double rate : kRates) {
    for (std::size_t band = 0; band < kBarkBands; ++band) {
      const Spectrum heard = HeardSine(BarkCentreHz(band), rate, 0.5);
      const auto power = heard.critical_power();
      EXPECT_NEAR(test::Db(std::sqrt(static_cast<double>(power[band]) / 0.25)), 0.0, 0.1)
          << rate << " " << band;
      for (std::size_t other = 0; other < kBarkBands; ++other) {
        if (other == band) continue;
        EXPECT_LT(power[other], 1e-3F * power[band]) << rate << " " << band << " " << other;
      }
    }
  }
}

TEST(ZonePower, SharesOfWhiteNoiseAreTheirWidths) {
  for (const double rate : kRates) {
    const auto frames = static_cast<std::size_t>(1.6 * rate);
    std::array<double, kZones> mean{};
    constexpr std::uint32_t kTries = 12;
    for (std::uint32_t seed = 0; seed < kTries; ++seed) {
      const auto heard =
          Heard(test::Noise(0.5, frames, 2 * seed), test::Noise(0.5, frames, 2 * seed + 1), rate);
      for (std::size_t zone = 0; zone < kZones; ++zone) {
        mean[zone] += static_cast<double>(heard.zone_power()[zone]) / kTries;
      }
    }
    for (std::size_t zone = 0; zone < kZones; ++zone) {
      // Of a power of 0.25^2 * 2 (a full-scale sine has 1) over half the rate.
      const double expected =
          2.0 * 0.25 / 3.0 * (kZoneEdgesHz[zone + 1] - kZoneEdgesHz[zone]) / (0.5 * rate);
      EXPECT_NEAR(test::Db(std::sqrt(mean[zone] / expected)), 0.0, zone == 0 ? 1.5 : 0.5)
          << rate << " " << zone;
    }
  }
}

TEST(SpectralShape, CentroidOfAToneIsItsFrequency) {
  for (const double rate : kRates) {
    for (const double hz : {100.0, 1000.0, 5013.0, 15000.0}) {
      const SpectralShape shape = HeardSine(hz, rate).shape();
      EXPECT_NEAR(shape.centroid_hz, hz, 5.0) << rate;
      EXPECT_NEAR(shape.rolloff_hz, hz, 24.0) << rate;
      EXPECT_LT(shape.flatness, 1e-3) << rate;
    }
  }
}

TEST(SpectralShape, OfWhiteNoise) {
  for (const double rate : kRates) {
    const auto frames = static_cast<std::size_t>(1.6 * rate);
    const SpectralShape shape =
        Heard(test::Noise(0.5, frames, 3), test::Noise(0.5, frames, 4), rate).shape();
    const double end_hz = std::min(20000.0, 0.5 * rate);
    EXPECT_NEAR(static_cast<double>(shape.centroid_hz) / (0.5 * end_hz), 1.0, 0.05) << rate;
    EXPECT_NEAR(static_cast<double>(shape.rolloff_hz) / (0.85 * end_hz), 1.0, 0.05) << rate;
    // Two independent channels have four degrees of freedom a bin: exp(digamma(2)) / 2 = 0.763.
    EXPECT_NEAR(shape.flatness, 0.763, 0.05) << rate;
  }
}

TEST(SpectralShape, SilenceIsZeroAndNoNumberIsMissing) {
  const Signal silence = test::Silence(96000);
  const auto heard = Heard(silence, silence, 48000.0);
  EXPECT_EQ(heard.shape().centroid_hz, 0.0F);
  EXPECT_EQ(heard.shape().rolloff_hz, 0.0F);
  EXPECT_EQ(heard.shape().flatness, 0.0F);
  EXPECT_EQ(heard.onsets_per_s(), 0.0F);
  EXPECT_EQ(std::accumulate(heard.zone_power().begin(), heard.zone_power().end(), 0.0F), 0.0F);
}

// Bursts of noise over a bed of it, 20 dB down.
Signal Bursts(double per_s, double gain, double seconds, double rate) {
  Signal x = test::Noise(0.05 * gain, static_cast<std::size_t>(seconds * rate), 5);
  const Signal loud = test::Noise(0.5 * gain, x.size(), 6);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double since_s = std::fmod(static_cast<double>(i) / rate, 1.0 / per_s);
    x[i] += loud[i] * static_cast<float>(std::exp(-since_s / 0.04));
  }
  return x;
}

TEST(OnsetMeter, CountsBurstsAtAnyLevelAndNoneInNoise) {
  for (const double rate : {44100.0, 48000.0, 192000.0}) {
    for (const double per_s : {1.0, 2.0, 4.0}) {
      for (const double gain : {1.0, 0.05}) {
        const Signal x = Bursts(per_s, gain, 15.0, rate);
        EXPECT_NEAR(Heard(x, x, rate).onsets_per_s(), per_s, 0.15 * per_s) << rate << " " << gain;
      }
    }
    const Signal noise = test::Noise(0.5, static_cast<std::size_t>(15.0 * rate), 7);
    EXPECT_LT(Heard(noise, noise, rate).onsets_per_s(), 0.1) << rate;
    const Signal tone = test::Sine(440.0, 0.5, rate, noise.size());
    EXPECT_LT(Heard(tone, tone, rate).onsets_per_s(), 0.2) << rate;
  }
}

}  // namespace
}  // namespace auralis
