// The equalizer with phase `linear`: the levels of minimum phase, and one delay for all.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdio>
#include <memory>
#include <numbers>
#include <vector>

#include "dsp/matched_filter.h"
#include "dsp/stages/equalizer.h"
#include "tests/support/measure.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

constexpr std::size_t kBlock = 64;

Equalizer::Params Defaults() { return DefaultParams<Equalizer::Params>(Equalizer::kParams); }

struct Stereo {
  std::vector<float> left;
  std::vector<float> right;
};

// What comes out for `x`, and how late it is declared to be.
class Heard {
 public:
  Heard(double rate, Equalizer::Params params, Equalizer::Phase phase, Stereo x)
      : y_(std::move(x)) {
    params.phase = static_cast<float>(phase);
    const ProcessSpec spec{.sample_rate_hz = rate, .block_frames = kBlock};
    Equalizer::Designer designer(spec);
    Equalizer equalizer;
    equalizer.Prepare(spec, params);
    equalizer.SetTargets(designer.Design(params));
    equalizer.Reset();
    latency_ = equalizer.latency_frames();
    for (std::size_t at = 0; at < y_.left.size(); at += kBlock) {
      equalizer.Process(
          {y_.left.data() + at, y_.right.data() + at, std::min(kBlock, y_.left.size() - at)});
    }
  }
  const std::vector<float>& left() const { return y_.left; }
  const std::vector<float>& right() const { return y_.right; }
  std::size_t latency() const { return latency_; }

 private:
  Stereo y_;
  std::size_t latency_ = 0;
};

std::complex<double> ResponseAt(const std::vector<float>& h, double f, double rate) {
  std::complex<double> sum = 0.0;
  std::complex<double> phase = 1.0;
  const auto step = std::polar(1.0, -2.0 * std::numbers::pi * f / rate);
  for (const float v : h) {
    sum += static_cast<double>(v) * phase;
    phase *= step;
  }
  return sum;
}

// One of each sort, and neighbours that add up.
Equalizer::Params Busy() {
  auto params = Defaults();
  const auto set = [&](std::size_t band, FilterType type, float frequency_hz, float gain_db,
                       float q) {
    params.bands[band].type = static_cast<float>(type);
    params.bands[band].frequency_hz = frequency_hz;
    params.bands[band].gain_db = gain_db;
    params.bands[band].q = q;
  };
  set(0, FilterType::kLowShelf, 150.0F, 6.0F, 0.7F);
  set(1, FilterType::kBell, 300.0F, -9.0F, 1.5F);
  set(2, FilterType::kBell, 2000.0F, 8.0F, 4.0F);
  set(3, FilterType::kBell, 2600.0F, 5.0F, 2.0F);
  set(4, FilterType::kTilt, 800.0F, 3.0F, 1.0F);
  set(5, FilterType::kHighShelf, 9000.0F, -7.0F, 0.7F);
  set(6, FilterType::kLowPass, 18000.0F, 0.0F, 0.7F);
  params.bands[6].slope = static_cast<float>(FilterSlope::k24);
  return params;
}

Stereo ImpulseOf(double rate) {
  const auto x = test::Impulse(kBlock * static_cast<std::size_t>(rate / kBlock), 0, 0.25F);
  return {x, x};
}

TEST(EqualizerLinearPhase, HasTheLevelsOfMinimumPhase) {
  for (const double rate : {44100.0, 48000.0, 96000.0, 192000.0}) {
    const Heard minimum(rate, Busy(), Equalizer::Phase::kMinimum, ImpulseOf(rate));
    const Heard linear(rate, Busy(), Equalizer::Phase::kLinear, ImpulseOf(rate));
    double worst_db = 0.0;
    for (double f = 20.0; f < std::min(20000.0, 0.45 * rate); f *= 1.02) {
      const double db = test::Db(std::abs(ResponseAt(linear.left(), f, rate)) /
                                 std::abs(ResponseAt(minimum.left(), f, rate)));
      worst_db = std::max(worst_db, std::abs(db));
    }
    std::printf("%6.0f Hz: linear within %.3f dB of minimum phase, %.1f ms late\n", rate, worst_db,
                1000.0 * static_cast<double>(linear.latency()) / rate);
    EXPECT_LT(worst_db, 0.1) << rate;
    EXPECT_EQ(minimum.latency(), 0U);
    EXPECT_LE(static_cast<double>(linear.latency()), 0.060 * rate);
  }
}

// 85 ms tell frequencies apart that lie some 12 Hz from each other: a narrow filter in the deep
// bass comes out wider, and lower.
TEST(EqualizerLinearPhase, BassIsAsFineAsTheLengthAllows) {
  struct Case {
    float frequency_hz, q;
    double allowed_db;
  };
  for (const Case& c : {Case{30, 1, 0.8}, Case{60, 1, 0.2}, Case{60, 4, 2.5}, Case{120, 4, 0.8},
                        Case{250, 4, 0.1}}) {
    auto params = Defaults();
    params.bands[0].frequency_hz = c.frequency_hz;
    params.bands[0].gain_db = 12.0F;
    params.bands[0].q = c.q;
    const Heard linear(48000.0, params, Equalizer::Phase::kLinear, ImpulseOf(48000.0));
    double worst_db = 0.0;
    for (double f = 15.0; f < 1000.0; f *= 1.02) {
      const double expected_db =
          PrototypeGainDb(FilterType::kBell, static_cast<double>(c.frequency_hz), 12.0,
                          static_cast<double>(c.q), f);
      const double db = test::Db(std::abs(ResponseAt(linear.left(), f, 48000.0)) / 0.25);
      worst_db = std::max(worst_db, std::abs(db - expected_db));
    }
    std::printf("bell of 12 dB at %.0f Hz, Q %.0f: within %.2f dB\n",
                static_cast<double>(c.frequency_hz), static_cast<double>(c.q), worst_db);
    EXPECT_LT(worst_db, c.allowed_db);
  }
}

TEST(EqualizerLinearPhase, IsSymmetricAboutItsLatency) {
  const Heard run(48000.0, Busy(), Equalizer::Phase::kLinear, ImpulseOf(48000.0));
  const std::size_t middle = run.latency();
  for (std::size_t i = 1; i < middle; ++i) {
    ASSERT_NEAR(run.left()[middle + i], run.left()[middle - i], 1e-7) << i;
  }
  EXPECT_EQ(std::max_element(run.left().begin(), run.left().end()) - run.left().begin(),
            static_cast<std::ptrdiff_t>(middle));
}

// A band on each side alone: what it works on follows the same curve, the rest stays.
TEST(EqualizerLinearPhase, WorksOnTheSideThatIsAsked) {
  constexpr double kRate = 48000.0;
  struct Case {
    Equalizer::Channel channel;
    float left, right;     // an input it works on
    float other, another;  // one it leaves alone
  };
  for (const Case& c :
       {Case{Equalizer::Channel::kLeft, 1, 0, 0, 1}, Case{Equalizer::Channel::kRight, 0, 1, 1, 0},
        Case{Equalizer::Channel::kMid, 1, 1, 1, -1},
        Case{Equalizer::Channel::kSide, 1, -1, 1, 1}}) {
    auto params = Defaults();
    params.bands[20].frequency_hz = 1000.0F;
    params.bands[20].gain_db = 9.0F;
    params.bands[20].channel = static_cast<float>(c.channel);
    const auto in = [&](float left, float right) {
      auto x = ImpulseOf(kRate);
      x.left[0] *= left;
      x.right[0] *= right;
      return x;
    };
    const auto gain_db = [&](const Heard& run, float left, float right) {
      // As much as the input has of it, into the same direction.
      std::complex<double> sum = 0.0;
      sum += static_cast<double>(left) * ResponseAt(run.left(), 1000.0, kRate);
      sum += static_cast<double>(right) * ResponseAt(run.right(), 1000.0, kRate);
      return test::Db(std::abs(sum) / 0.25 / static_cast<double>(left * left + right * right));
    };
    const Heard on(kRate, params, Equalizer::Phase::kLinear, in(c.left, c.right));
    const Heard off(kRate, params, Equalizer::Phase::kLinear, in(c.other, c.another));
    EXPECT_NEAR(gain_db(on, c.left, c.right), 9.0, 0.05);
    EXPECT_NEAR(gain_db(off, c.other, c.another), 0.0, 0.01);
  }
}

TEST(EqualizerLinearPhase, FlatIsADelayBitForBit) {
  auto off = Busy();
  off.enabled = 0.0F;
  const auto noise = test::Noise(0.7, 48000, 5);
  for (const auto& params : {Defaults(), off}) {
    const Heard run(48000.0, params, Equalizer::Phase::kLinear, {noise, noise});
    EXPECT_TRUE(std::equal(noise.begin(), noise.end() - static_cast<std::ptrdiff_t>(run.latency()),
                           run.left().begin() + static_cast<std::ptrdiff_t>(run.latency())));
  }
}

TEST(EqualizerLinearPhase, HeadroomHoldsTheTopOfTheCurve) {
  auto params = Busy();
  params.auto_headroom = 1.0F;
  params.bands[8].frequency_hz = 500.0F;
  params.bands[8].gain_db = 6.0F;
  params.bands[8].channel = static_cast<float>(Equalizer::Channel::kMid);
  const Heard run(48000.0, params, Equalizer::Phase::kLinear, ImpulseOf(48000.0));
  double loudest_db = -200.0;
  for (double f = 20.0; f < 20000.0; f *= 1.01) {
    loudest_db =
        std::max(loudest_db, test::Db(std::abs(ResponseAt(run.left(), f, 48000.0)) / 0.25));
  }
  EXPECT_NEAR(loudest_db, 0.0, 0.05);
}

}  // namespace
}  // namespace auralis
