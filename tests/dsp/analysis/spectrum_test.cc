#include "dsp/analysis/spectrum.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <numbers>
#include <vector>

#include "dsp/analysis/decimator.h"
#include "tests/support/measure.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

using test::Signal;
using Bands = std::array<float, kSpectrumBands>;

constexpr double kRates[] = {44100.0, 48000.0, 96000.0, 192000.0};
constexpr double kFill = 1.6;  // seconds until every window is full at every rate

Bands Measure(const Signal& left, const Signal& right, double rate_hz) {
  Spectrum spectrum;
  spectrum.Prepare(rate_hz);
  spectrum.Push(left.data(), right.data(), left.size());
  return spectrum.bands_dbfs();
}

Bands MeasureSine(double frequency_hz, double rate_hz, double phase_rad = 0.3) {
  const Signal x =
      test::Sine(frequency_hz, 1.0, rate_hz, static_cast<std::size_t>(kFill * rate_hz), phase_rad);
  return Measure(x, x, rate_hz);
}

std::size_t BandOf(double frequency_hz) {
  return static_cast<std::size_t>(
      std::lround(63.0 * std::log(frequency_hz / 20.0) / std::log(1000.0)));
}

TEST(Spectrum, BandsRunFromTwentyHertzToTwentyKilohertzInEqualRatios) {
  EXPECT_NEAR(SpectrumBandHz(0), 20.0, 1e-9);
  EXPECT_NEAR(SpectrumBandHz(63), 20000.0, 1e-6);
  for (std::size_t band = 1; band < kSpectrumBands; ++band) {
    EXPECT_NEAR(SpectrumBandHz(band) / SpectrumBandHz(band - 1), std::pow(1000.0, 1.0 / 63.0),
                1e-9);
  }
}

TEST(Spectrum, ReadsAFullScaleSineAsZeroDecibelsInEveryBand) {
  for (const double rate : kRates) {
    double worst = 0.0;
    for (std::size_t band = 0; band < kSpectrumBands; ++band) {
      const Bands bands = MeasureSine(SpectrumBandHz(band), rate);
      worst = std::max(worst, std::abs(static_cast<double>(bands[band])));
      EXPECT_LE(*std::max_element(bands.begin(), bands.end()), bands[band] + 0.01F) << rate;
    }
    std::cout << rate << " Hz: centres within " << worst << " dB\n";
    EXPECT_LE(worst, 0.1) << rate;
  }
}

TEST(Spectrum, ReadsAFullScaleSineAsZeroDecibelsBetweenBands) {
  for (const double rate : {44100.0, 48000.0}) {
    double worst = 0.0;
    for (int step = 0; step < 400; ++step) {
      const double frequency = 20.0 * std::pow(1000.0, (step + 0.37) / 400.0);
      const Bands bands = MeasureSine(frequency, rate, 0.1 * step);
      worst = std::max(worst, std::abs(static_cast<double>(bands[BandOf(frequency)])));
    }
    std::cout << rate << " Hz: anywhere within " << worst << " dB\n";
    EXPECT_LE(worst, 0.1) << rate;
  }
}

TEST(Spectrum, KeepsASineOutOfDistantBands) {
  for (const double frequency : {20.0, 25.0, 40.0, 300.0, 650.0, 760.0, 1000.0, 15000.0}) {
    const Bands bands = MeasureSine(frequency, 48000.0);
    const std::size_t centre = BandOf(frequency);
    for (std::size_t band = 0; band < kSpectrumBands; ++band) {
      const std::size_t distance = band > centre ? band - centre : centre - band;
      if (distance >= 3) {
        EXPECT_LE(bands[band], -30.0F) << frequency << " Hz in band " << band;
      }
      if (distance >= 12) {
        EXPECT_LE(bands[band], -60.0F) << frequency << " Hz in band " << band;
      }
    }
  }
}

TEST(Spectrum, ReadsWhiteNoiseAsItsPowerInTheBand) {
  const double rate = 48000.0;
  const Signal left = test::Noise(0.5, 1920000, 1);
  const Signal right = test::Noise(0.5, 1920000, 2);
  Spectrum spectrum;
  spectrum.Prepare(rate);
  std::vector<double> mean(kSpectrumBands);
  int readings = 0;
  for (std::size_t at = 0; at + 2048 <= left.size(); at += 2048) {
    spectrum.Push(left.data() + at, right.data() + at, 2048);
    if (at < 96000) continue;
    ++readings;
    for (std::size_t band = 0; band < kSpectrumBands; ++band) {
      mean[band] += std::pow(10.0, static_cast<double>(spectrum.bands_dbfs()[band]) / 10.0);
    }
  }
  const double half = std::pow(1000.0, 0.5 / 63.0);
  for (std::size_t band = 20; band < kSpectrumBands; ++band) {
    // Uniform noise of amplitude a has a mean square of a^2/3, a sine of full scale 1/2.
    const double width = SpectrumBandHz(band) * (half - 1.0 / half);
    const double expected = 10.0 * std::log10(0.25 / 3.0 * 2.0 * width / (rate / 2.0));
    EXPECT_NEAR(10.0 * std::log10(mean[band] / readings), expected, 1.0) << "band " << band;
  }
}

TEST(Spectrum, AddsPowersSoThatNothingCancels) {
  const Signal x = test::Sine(1000.0, 1.0, 48000.0, 96000);
  Signal inverted = x;
  for (float& sample : inverted) sample = -sample;
  const Signal silent = test::Silence(x.size());
  const std::size_t band = BandOf(1000.0);
  EXPECT_NEAR(Measure(x, inverted, 48000.0)[band], 0.0, 0.1);
  EXPECT_NEAR(Measure(x, silent, 48000.0)[band], -3.01, 0.1);
  EXPECT_NEAR(Measure(silent, x, 48000.0)[band], -3.01, 0.1);
  // A quarter of a period apart, either way: the complex transform has it on one side only.
  const Signal ahead = test::Sine(1000.0, 1.0, 48000.0, x.size(), 0.5 * std::numbers::pi);
  EXPECT_NEAR(Measure(x, ahead, 48000.0)[band], 0.0, 0.1);
  EXPECT_NEAR(Measure(ahead, x, 48000.0)[band], 0.0, 0.1);
}

TEST(Spectrum, HasNoEmptyBandAndSilenceIsMinusInfinity) {
  for (const double rate : kRates) {
    const auto frames = static_cast<std::size_t>(kFill * rate);
    const Signal noise = test::Noise(0.1, frames, 3);
    for (const float level : Measure(noise, noise, rate)) EXPECT_GT(level, -90.0F);
    const Signal silent = test::Silence(frames);
    for (const float level : Measure(silent, silent, rate)) EXPECT_EQ(level, -INFINITY);
  }
}

TEST(Spectrum, BandsAboveHalfTheRateReadMinusInfinity) {
  for (const double rate : {8000.0, 11025.0, 32000.0}) {
    const Signal noise = test::Noise(0.5, static_cast<std::size_t>(2.5 * rate), 4);
    const Bands bands = Measure(noise, noise, rate);
    for (std::size_t band = 0; band < kSpectrumBands; ++band) {
      EXPECT_EQ(std::isfinite(bands[band]), SpectrumBandHz(band) < 0.5 * rate) << band;
    }
    EXPECT_NEAR(Measure(test::Sine(1000.0, 1.0, rate, noise.size()),
                        test::Sine(1000.0, 1.0, rate, noise.size()), rate)[BandOf(1000.0)],
                0.0, 0.1);
  }
}

TEST(Spectrum, DoesNotDependOnTheCut) {
  const Signal left = test::Noise(0.7, 100000, 11);
  const Signal right = test::Noise(0.3, 100000, 12);
  const Bands whole = Measure(left, right, 44100.0);
  for (const std::size_t piece : {1U, 13U, 64U, 480U}) {
    Spectrum cut;
    cut.Prepare(44100.0);
    for (std::size_t at = 0; at < left.size(); at += piece) {
      cut.Push(left.data() + at, right.data() + at, std::min(piece, left.size() - at));
    }
    EXPECT_EQ(cut.bands_dbfs(), whole) << piece;
  }
}

TEST(Spectrum, MixesNothingAcrossAGap) {
  Spectrum spectrum;
  spectrum.Prepare(48000.0);
  const Signal low = test::Sine(1000.0, 1.0, 48000.0, 96000);
  spectrum.Push(low.data(), low.data(), low.size());
  spectrum.Skip();
  // The same sine half a period later: a window over the seam would splash into every band.
  const Signal later = test::Sine(1000.0, 1.0, 48000.0, 96256, std::numbers::pi);
  for (std::size_t at = 0; at < later.size(); at += 512) {
    spectrum.Push(later.data() + at, later.data() + at, 512);
    ASSERT_LE(spectrum.bands_dbfs()[BandOf(8000.0)], -80.0F) << at;
    ASSERT_NEAR(spectrum.bands_dbfs()[BandOf(1000.0)], 0.0, 0.1) << at;
  }
}

TEST(Decimator, PassesAQuarterOfTheNewRateAndStopsWhatWouldFoldIntoIt) {
  for (const std::size_t factor : {2U, 8U, 32U, 64U}) {
    const double rate = 1000.0 * static_cast<double>(factor);  // the new rate is 1 kHz
    const auto gain_db = [&](double frequency) {
      Decimator decimator;
      decimator.Prepare(factor);
      const Signal x = test::Sine(frequency, 1.0, rate, 400 * factor);
      std::vector<float> out;
      std::array<float, 256> left;
      std::array<float, 256> right;
      for (std::size_t at = 0; at < x.size(); at += 200) {
        const std::size_t frames = std::min<std::size_t>(200, x.size() - at);
        const std::size_t made =
            decimator.Push(x.data() + at, x.data() + at, frames, left.data(), right.data());
        out.insert(out.end(), left.begin(), left.begin() + static_cast<std::ptrdiff_t>(made));
      }
      EXPECT_EQ(out.size(), 400U);
      return test::Db(std::sqrt(2.0) * test::RmsOf(std::span(out).subspan(40, 320)));
    };
    EXPECT_NEAR(gain_db(100.0), 0.0, 0.01) << factor;
    EXPECT_NEAR(gain_db(247.0), 0.0, 0.02) << factor;
    EXPECT_LE(gain_db(753.0), -75.0) << factor;
    if (factor > 2) {
      EXPECT_LE(gain_db(1203.0), -75.0) << factor;
    }
  }
}

}  // namespace
}  // namespace auralis
