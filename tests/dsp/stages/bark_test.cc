#include "dsp/stages/bark.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <memory>
#include <numbers>
#include <vector>

#include "tests/support/measure.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

constexpr std::size_t kBlock = 64;

Bark::Params Defaults() { return DefaultParams<Bark::Params>(Bark::kParams); }

// Gain in dB over frequency, measured from the impulse response.
class Curve {
 public:
  Curve(double rate, const Bark::Targets& targets) : rate_(rate) {
    auto bark = std::make_unique<Bark>();
    bark->Prepare({.sample_rate_hz = rate, .block_frames = kBlock});
    bark->SetTargets(targets);
    bark->Reset();
    response_ = test::Impulse(kBlock * static_cast<std::size_t>(rate / 2 / kBlock), 0, 0.25F);
    auto right = response_;
    for (std::size_t at = 0; at < response_.size(); at += kBlock) {
      bark->Process({response_.data() + at, right.data() + at, kBlock});
    }
  }
  double Db(double f) const {
    std::complex<double> sum = 0.0;
    const std::complex<double> step = std::polar(1.0, -2.0 * std::numbers::pi * f / rate_);
    std::complex<double> phase = 1.0;
    for (const float v : response_) {
      sum += static_cast<double>(v) * phase;
      phase *= step;
    }
    return test::Db(std::abs(sum) / 0.25);
  }
  double AtBand(std::size_t band) const { return Db(BarkCentreHz(band)); }

 private:
  double rate_;
  std::vector<float> response_;
};

Curve CurveOf(double rate, const Bark::Params& params) {
  return {rate, Bark::Designer({.sample_rate_hz = rate, .block_frames = kBlock}).Design(params)};
}

constexpr double kRates[] = {44100.0, 48000.0, 96000.0, 192000.0};

TEST(Bark, AllBandsUpIsAFlatRise) {
  for (const double rate : kRates) {
    auto params = Defaults();
    for (auto& band : params.bands) band.gain_db = 6.0F;
    const Curve curve = CurveOf(rate, params);
    double worst = 0.0;
    for (double f = 40.0; f <= 16000.0; f *= 1.01) {
      worst = std::max(worst, std::abs(curve.Db(f) - 6.0));
    }
    std::printf("%6.0f Hz: all bands +6 dB is 6 +- %.2f dB from 40 Hz to 16 kHz\n", rate, worst);
    EXPECT_LE(worst, 0.5) << rate;
  }
}

TEST(Bark, OneBandIsOneBand) {
  for (const double rate : kRates) {
    double worst_centre = 0.0;
    double worst_far = 0.0;
    for (std::size_t band = 0; band < kBarkBands; ++band) {
      auto params = Defaults();
      params.bands[band].gain_db = 6.0F;
      const Curve curve = CurveOf(rate, params);
      worst_centre = std::max(worst_centre, std::abs(curve.AtBand(band) - 6.0));
      for (std::size_t other = 0; other < kBarkBands; ++other) {
        if (other + 2 > band && band + 2 > other) continue;
        worst_far = std::max(worst_far, std::abs(curve.AtBand(other)));
      }
    }
    std::printf("%6.0f Hz: one band +6 dB is 6 +- %.2f dB there, %.2f dB two bands off and more\n",
                rate, worst_centre, worst_far);
    EXPECT_LE(worst_centre, 0.2) << rate;
    EXPECT_LE(worst_far, 0.7) << rate;
  }
}

TEST(Bark, MeetsAnyCurveAtEveryMiddle) {
  for (const double rate : kRates) {
    auto alternating = Defaults();
    auto steep = Defaults();
    for (std::size_t b = 0; b < kBarkBands; ++b) {
      alternating.bands[b].gain_db = b % 2 != 0 ? 4.0F : -4.0F;
      steep.bands[b].gain_db = b < 12 ? 12.0F : -12.0F;
    }
    const Curve up_and_down = CurveOf(rate, alternating);
    const Curve step = CurveOf(rate, steep);
    for (std::size_t b = 0; b < kBarkBands; ++b) {
      EXPECT_NEAR(up_and_down.AtBand(b), alternating.bands[b].gain_db, 0.25) << b;
      const bool at_the_step = b >= 10 && b <= 13;
      EXPECT_NEAR(step.AtBand(b), steep.bands[b].gain_db, at_the_step ? 4.0 : 1.0) << b;
    }
  }
}

TEST(Bark, RatesAgree) {
  auto params = Defaults();
  params.warmth = 1.0F;
  params.bands[3].gain_db = -5.0F;
  params.bands[22].gain_db = 8.0F;
  const Curve reference = CurveOf(192000.0, params);
  for (const double rate : {44100.0, 48000.0, 96000.0}) {
    const Curve curve = CurveOf(rate, params);
    for (double f = 20.0; f <= 16000.0; f *= 1.1) {
      ASSERT_NEAR(curve.Db(f), reference.Db(f), 0.3) << f << " at " << rate;
    }
  }
}

TEST(Bark, TiltsAddTheirCurves) {
  auto params = Defaults();
  params.warmth = 0.5F;
  params.brightness = -1.0F;
  const Curve curve = CurveOf(48000.0, params);
  for (std::size_t b = 0; b < kBarkBands; ++b) {
    const double at = static_cast<double>(b) / 25.0;
    const double expected = 0.5 * 2.0 * (1.0 - std::abs(at - 0.3)) - 2.0 * at;
    EXPECT_NEAR(curve.AtBand(b), expected, 0.1) << b;
  }
}

TEST(Bark, AdaptiveDeltaIsAddedByItsShareAndTheSumIsHeld) {
  constexpr ProcessSpec kSpec{.sample_rate_hz = 48000.0, .block_frames = kBlock};
  Bark::Designer designer(kSpec);
  auto params = Defaults();
  params.bands[8].gain_db = 2.0F;
  params.bands[16].gain_db = 10.0F;
  std::array<float, kBarkBands> delta{};
  delta[8] = 3.0F;
  delta[16] = 9.0F;  // 19 dB in all: held at 12
  designer.SetAdaptiveDelta(delta);
  const Curve full(48000.0, designer.Design(params));
  EXPECT_NEAR(full.AtBand(8), 5.0, 0.2);
  EXPECT_NEAR(full.AtBand(16), 12.0, 0.2);
  params.adaptive = 0.5F;
  EXPECT_NEAR(Curve(48000.0, designer.Design(params)).AtBand(8), 3.5, 0.2);
  params.adaptive = 0.0F;
  EXPECT_NEAR(Curve(48000.0, designer.Design(params)).AtBand(8), 2.0, 0.2);
}

TEST(Bark, FlatAndOffAreTheInputBitForBit) {
  const auto x = test::Noise(0.5, kBlock * 50, 91);
  auto off = Defaults();
  off.enabled = 0.0F;
  off.warmth = 1.0F;
  off.bands[4].gain_db = 9.0F;
  for (const auto& params : {Defaults(), off}) {
    auto bark = std::make_unique<Bark>();
    constexpr ProcessSpec kSpec{.sample_rate_hz = 44100.0, .block_frames = kBlock};
    bark->Prepare(kSpec);
    bark->SetTargets(Bark::Designer(kSpec).Design(params));
    auto left = x;
    auto right = x;
    for (std::size_t at = 0; at < x.size(); at += kBlock) {
      bark->Process({left.data() + at, right.data() + at, kBlock});
    }
    EXPECT_EQ(left, x);
    EXPECT_EQ(right, x);
  }
}

TEST(Bark, LeavesOutWhatLiesAboveTheBand) {
  auto params = Defaults();
  for (auto& band : params.bands) band.gain_db = -6.0F;
  for (const double rate : {8000.0, 22050.0}) {
    const Curve curve = CurveOf(rate, params);
    for (double f = 100.0; f < 0.4 * rate; f *= 1.2) ASSERT_NEAR(curve.Db(f), -6.0, 1.0) << f;
  }
}

}  // namespace
}  // namespace auralis
