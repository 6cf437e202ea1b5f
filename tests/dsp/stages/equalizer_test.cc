#include "dsp/stages/equalizer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <memory>
#include <numbers>
#include <vector>

#include "dsp/matched_filter.h"
#include "tests/support/measure.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

using Complex = std::complex<double>;
constexpr double kPi = std::numbers::pi;
constexpr std::size_t kBlock = 64;

Equalizer::Params Defaults() { return DefaultParams<Equalizer::Params>(Equalizer::kParams); }

// One rate's equalizer: design and process in one hand.
class Bench {
 public:
  explicit Bench(double rate, const Equalizer::Params& params = Defaults())
      : designer_({.sample_rate_hz = rate, .block_frames = kBlock}) {
    equalizer_->Prepare({.sample_rate_hz = rate, .block_frames = kBlock});
    Set(params);
    equalizer_->Reset();
  }
  void Set(const Equalizer::Params& params) { equalizer_->SetTargets(designer_.Design(params)); }
  void Process(std::vector<float>& left, std::vector<float>& right) {
    for (std::size_t at = 0; at < left.size(); at += kBlock) {
      equalizer_->Process(
          {left.data() + at, right.data() + at, std::min(kBlock, left.size() - at)});
    }
  }
  std::vector<float> Left(std::vector<float> x) {
    auto right = x;
    Process(x, right);
    return x;
  }

 private:
  Equalizer::Designer designer_;
  std::unique_ptr<Equalizer> equalizer_ = std::make_unique<Equalizer>();
};

// Gain in dB at `f` of an impulse response.
double GainDb(const std::vector<float>& impulse_response, double f, double rate) {
  Complex sum = 0.0;
  for (std::size_t n = 0; n < impulse_response.size(); ++n) {
    sum += static_cast<double>(impulse_response[n]) *
           std::polar(1.0, -2.0 * kPi * f / rate * static_cast<double>(n));
  }
  return test::Db(std::abs(sum));
}

double AnalogueBellDb(double f0, double gain_db, double q, double f) {
  const Complex s(0.0, f / f0);
  const double a = std::pow(10.0, gain_db / 40.0);
  return test::Db(std::abs((s * s + s * (a / q) + 1.0) / (s * s + s / (a * q) + 1.0)));
}

Equalizer::Params OneBell(float frequency_hz, float gain_db, float q) {
  auto params = Defaults();
  params.bands[4].frequency_hz = frequency_hz;
  params.bands[4].gain_db = gain_db;
  params.bands[4].q = q;
  return params;
}

TEST(Equalizer, MeasuredBellsFollowTheAnalogueCurve) {
  double worst = 0.0;
  for (const double rate : {44100.0, 48000.0, 96000.0, 192000.0}) {
    for (const float f0 : {60.0F, 1000.0F, 8000.0F, 16000.0F}) {
      for (const float q : {0.5F, 1.0F, 4.0F}) {
        for (const float gain_db : {-12.0F, 6.0F}) {
          Bench bench(rate, OneBell(f0, gain_db, q));
          const auto h = bench.Left(test::Impulse(static_cast<std::size_t>(rate), 0, 0.5F));
          for (double f = 20.0; f <= 20000.0; f *= 1.6) {
            const double expected = AnalogueBellDb(
                static_cast<double>(f0), static_cast<double>(gain_db), static_cast<double>(q), f);
            const double error = std::abs(GainDb(h, f, rate) + 6.0206 - expected);
            worst = std::max(worst, error);
            ASSERT_LE(error, 0.1) << f0 << " Hz, Q " << q << ", " << gain_db << " dB, at " << f;
          }
        }
      }
    }
  }
  std::printf("measured from the impulse response: worst %.3f dB\n", worst);
}

TEST(Equalizer, EachChannelModeWorksOnItsOwn) {
  constexpr double kRate = 48000.0;
  const auto tone = test::Sine(1000.0, 0.1, kRate, 24000);
  const auto silence = test::Silence(24000);
  const double boost = std::pow(10.0, 6.0 / 20.0);
  const auto run = [&](Equalizer::Channel channel, std::vector<float> left,
                       std::vector<float> right) {
    auto params = OneBell(1000.0F, 6.0F, 1.0F);
    params.bands[4].channel = static_cast<float>(channel);
    Bench bench(kRate, params);
    bench.Process(left, right);
    const auto amplitude = [&](std::vector<float> y) {
      y.erase(y.begin(), y.begin() + 12000);
      return test::ToneAmplitude(y, 1000.0, kRate) / 0.1;
    };
    return std::pair{amplitude(left), amplitude(right)};
  };
  using enum Equalizer::Channel;
  const auto expect = [&](Equalizer::Channel channel, double left_only, double right_only,
                          double in_phase, double out_of_phase) {
    const auto name = Equalizer::kChannelNames[static_cast<std::size_t>(channel)];
    EXPECT_NEAR(run(channel, tone, silence).first, left_only, 1e-3) << name;
    EXPECT_NEAR(run(channel, silence, tone).second, right_only, 1e-3) << name;
    EXPECT_NEAR(run(channel, tone, tone).first, in_phase, 1e-3) << name;
    auto inverted = tone;
    for (float& v : inverted) v = -v;
    EXPECT_NEAR(run(channel, tone, inverted).first, out_of_phase, 1e-3) << name;
  };
  const double half = (boost + 1.0) / 2.0;
  expect(kStereo, boost, boost, boost, boost);
  expect(kLeft, boost, 1.0, boost, boost);
  expect(kRight, 1.0, boost, 1.0, 1.0);
  expect(kMid, half, half, boost, 1.0);
  expect(kSide, half, half, 1.0, boost);
}

TEST(Equalizer, FlatIsTheInputBitForBit) {
  const auto x = test::Noise(1.0, 6400, 81);
  for (const double rate : {8000.0, 44100.0, 384000.0}) EXPECT_EQ(Bench(rate).Left(x), x);
  auto off = OneBell(1000.0F, 12.0F, 1.0F);
  off.enabled = 0.0F;
  off.preamp_db = -9.0F;
  EXPECT_EQ(Bench(48000.0, off).Left(x), x);
  auto band_off = OneBell(1000.0F, 12.0F, 1.0F);
  band_off.bands[4].enabled = 0.0F;
  EXPECT_EQ(Bench(48000.0, band_off).Left(x), x);
}

TEST(Equalizer, ABandThatGoesBackToZeroLeavesNothingBehind) {
  constexpr double kRate = 48000.0;
  Bench bench(kRate, OneBell(80.0F, 12.0F, 4.0F));
  const auto x = test::Noise(0.3, 48000, 82);
  EXPECT_NE(bench.Left(x), x);
  bench.Set(Defaults());
  bench.Left(x);  // the ramp, and more
  EXPECT_EQ(bench.Left(x), x);
}

TEST(Equalizer, BandsThatComeAndGoLeaveTheOthersAlone) {
  constexpr double kRate = 48000.0;
  const auto x = test::Noise(0.2, 48000, 83);
  Bench alone(kRate, OneBell(100.0F, 6.0F, 2.0F));
  Bench with_visitors(kRate, OneBell(100.0F, 6.0F, 2.0F));
  // Visitors on both sides of band 5 in the cascade; all-pass sections at first, at 0 dB at last.
  auto visited = OneBell(100.0F, 6.0F, 2.0F);
  visited.bands[1].gain_db = 3.0F;
  visited.bands[20].gain_db = -3.0F;
  alone.Left(x);
  with_visitors.Left(x);
  with_visitors.Set(visited);
  with_visitors.Left(x);
  alone.Left(x);
  with_visitors.Set(OneBell(100.0F, 6.0F, 2.0F));
  with_visitors.Left(x);
  alone.Left(x);
  // A band that had lost its state would ring at 100 Hz; what is left is what the visitors did to
  // band 5's input before they went, long decayed.
  EXPECT_LT(test::LargestDifference(alone.Left(x), with_visitors.Left(x)), 1e-6);
}

TEST(Equalizer, NoiseFloorWithAllBandsBusy) {
  struct Reference {
    SvFilter filter;
    double ic1 = 0.0;
    double ic2 = 0.0;
  };
  for (const double rate : {44100.0, 48000.0, 192000.0}) {
    auto params = Defaults();
    for (std::size_t b = 0; b < Equalizer::kBands; ++b) {
      params.bands[b].gain_db = b % 2 != 0 ? 3.0F : -3.0F;
    }
    std::vector<Reference> sections;
    for (const auto& band : params.bands) {
      const MatchedFilter matched =
          DesignMatchedFilter(FilterType::kBell, static_cast<double>(band.frequency_hz),
                              static_cast<double>(band.gain_db), static_cast<double>(band.q), rate);
      for (std::size_t s = 0; s < matched.section_count; ++s) {
        sections.push_back({.filter = matched.sections[s]});
      }
    }
    const auto x = test::Noise(0.25, static_cast<std::size_t>(rate), 84);
    const auto y = Bench(rate, params).Left(x);
    double error = 0.0;
    double power = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      double v = static_cast<double>(x[i]);
      for (Reference& r : sections) {
        const double a1 = 1.0 / (1.0 + r.filter.g * (r.filter.g + r.filter.k));
        const double v3 = v - r.ic2;
        const double v1 = a1 * r.ic1 + r.filter.g * a1 * v3;
        const double v2 = r.ic2 + r.filter.g * v1;
        r.ic1 = 2.0 * v1 - r.ic1;
        r.ic2 = 2.0 * v2 - r.ic2;
        v = r.filter.m0 * v + r.filter.m1 * v1 + r.filter.m2 * v2;
      }
      power += v * v;
      error += (static_cast<double>(y[i]) - v) * (static_cast<double>(y[i]) - v);
    }
    const double db = 10.0 * std::log10(error / power);
    std::printf("%6.0f Hz, 32 bands: %.1f dB from the same filters in double\n", rate, db);
    EXPECT_LE(db, -120.0) << rate;
  }
}

TEST(Equalizer, AVeryLowBandIsCleanAtAVeryHighRate) {
  constexpr double kRate = 192000.0;
  Bench bench(kRate, OneBell(20.0F, 12.0F, 4.0F));
  auto y = bench.Left(test::Sine(20.0, 0.1, kRate, 192000 * 4));
  y.erase(y.begin(), y.begin() + 192000 * 3);
  EXPECT_NEAR(test::Db(test::ToneAmplitude(y, 20.0, kRate) / 0.1), 12.0, 0.01);
  const double floor_db = test::Db(test::ResidualRms(y, 20.0, kRate) / test::RmsOf(y));
  std::printf("20 Hz bell at 192 kHz: distortion and noise %.1f dB\n", floor_db);
  EXPECT_LE(floor_db, -120.0);
}

TEST(Equalizer, AutoHeadroomTakesTheHighestPointToZero) {
  constexpr double kRate = 48000.0;
  auto params = Defaults();
  params.bands[10].gain_db = 9.0F;
  params.bands[11].gain_db = 7.0F;
  params.bands[12].gain_db = -5.0F;
  params.bands[28].gain_db = 4.0F;
  params.auto_headroom = 1.0F;
  const auto highest = [&](const Equalizer::Params& p) {
    const auto h = Bench(kRate, p).Left(test::Impulse(48000, 0, 0.01F));
    double top = -400.0;
    for (double f = 20.0; f < 20000.0; f *= 1.005) top = std::max(top, GainDb(h, f, kRate) + 40.0);
    return top;
  };
  EXPECT_NEAR(highest(params), 0.0, 0.01);
  params.preamp_db = -20.0F;  // room enough: it stays
  auto without = params;
  without.auto_headroom = 0.0F;
  EXPECT_NEAR(highest(params), highest(without), 1e-4);
  // Cuts need no room.
  auto cuts = Defaults();
  cuts.bands[10].gain_db = -9.0F;
  cuts.auto_headroom = 1.0F;
  const auto x = test::Sine(5000.0, 0.5, kRate, 9600);
  EXPECT_NEAR(test::ToneAmplitude(Bench(kRate, cuts).Left(x), 5000.0, kRate), 0.5, 1e-4);
}

TEST(Equalizer, DesignsOnlyWhatChanged) {
  Equalizer::Designer designer({.sample_rate_hz = 48000.0, .block_frames = kBlock});
  const auto* first = &designer.Design(Defaults());
  const auto copy = *first;
  auto params = OneBell(3000.0F, 5.0F, 1.0F);
  const auto& second = designer.Design(params);
  for (std::size_t slot = 0; slot < kEqualizerSections; ++slot) {
    if (slot / Equalizer::kSectionsPerBand == 4) continue;
    ASSERT_EQ(second.left_right[slot], copy.left_right[slot]);
  }
  EXPECT_EQ(designer.Design(Defaults()).left_right, copy.left_right);
}

}  // namespace
}  // namespace auralis
