#include "dsp/analysis/loudness_meter.h"

#include <ebur128.h>
#include <gtest/gtest.h>
#include <hwy/highway.h>
#include <hwy/tests/hwy_gtest.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <memory>
#include <numbers>
#include <utility>
#include <vector>

#include "dsp/analysis/k_weighting.h"
#include "tests/support/measure.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

using test::Signal;

struct Stereo {
  Signal left;
  Signal right;
};

struct Segment {
  double level_dbfs;  // of the tone's peak; below -200 silence
  double seconds;
};

// A 1 kHz tone in both channels, its phase running on through the segments (EBU Tech 3341, table
// 1).
Signal Tone(const std::vector<Segment>& segments, double rate_hz, double frequency_hz = 1000.0) {
  Signal x;
  for (const Segment& segment : segments) {
    const double amplitude = std::pow(10.0, segment.level_dbfs / 20.0);
    const auto frames = static_cast<std::size_t>(std::lround(segment.seconds * rate_hz));
    for (std::size_t i = 0; i < frames; ++i) {
      const double phase =
          2.0 * std::numbers::pi * frequency_hz * static_cast<double>(x.size()) / rate_hz;
      x.push_back(static_cast<float>(amplitude * std::sin(phase)));
    }
  }
  return x;
}

// Level, brightness and width of a noise wander, with rests in between: what gates and windows see
// of a programme.
Stereo Programme(double rate_hz, double seconds, std::uint32_t seed) {
  const auto frames = static_cast<std::size_t>(seconds * rate_hz);
  const Signal a = test::Noise(1.0, frames, seed);
  const Signal b = test::Noise(1.0, frames, seed + 1);
  Stereo programme{Signal(frames), Signal(frames)};
  double left = 0.0;
  double right = 0.0;
  for (std::size_t i = 0; i < frames; ++i) {
    const double t = static_cast<double>(i) / rate_hz;
    const double wander = std::sin(0.9 * t) + std::sin(0.37 * t + 1.0);
    const double gain =
        std::fmod(t, 7.0) > 6.23 ? 1e-5 : std::pow(10.0, (-26.0 + 9.0 * wander) / 20.0);
    const double smooth = std::exp(-2.0 * std::numbers::pi * (600.0 + 250.0 * wander) / rate_hz);
    left = smooth * left + (1.0 - smooth) * static_cast<double>(a[i]);
    right = smooth * right + (1.0 - smooth) * static_cast<double>(b[i]);
    programme.left[i] = static_cast<float>(gain * (left * 4.0 + 0.2 * static_cast<double>(a[i])));
    programme.right[i] = static_cast<float>(gain * (right * 3.0 + 0.2 * static_cast<double>(b[i])));
  }
  return programme;
}

struct Oracle {
  explicit Oracle(double rate_hz)
      : state(ebur128_init(2, static_cast<unsigned long>(rate_hz),
                           EBUR128_MODE_M | EBUR128_MODE_S | EBUR128_MODE_I)) {}
  ~Oracle() { ebur128_destroy(&state); }
  Oracle(const Oracle&) = delete;
  Oracle& operator=(const Oracle&) = delete;
  void Push(const float* left, const float* right, std::size_t frames) {
    std::vector<float> interleaved(2 * frames);
    for (std::size_t i = 0; i < frames; ++i) {
      interleaved[2 * i] = left[i];
      interleaved[2 * i + 1] = right[i];
    }
    ASSERT_EQ(ebur128_add_frames_float(state, interleaved.data(), frames), EBUR128_SUCCESS);
  }
  double Read(int (*query)(ebur128_state*, double*)) const {
    double lufs = 0.0;
    EXPECT_EQ(query(state, &lufs), EBUR128_SUCCESS);
    return lufs;
  }
  ebur128_state* state;
};

// The oracle takes the table's high-pass numerator (1, -2, 1) at every rate, so its level moves
// with the rate by this much from the response at 48 kHz, which the standard asks to be kept.
double OracleOffsetDb(double rate_hz) {
  const auto denominator = [](double rate) {
    const double k = std::tan(std::numbers::pi * 38.13547087602444 / rate);
    return 1.0 + k / 0.5003270373238773 + k * k;
  };
  return 20.0 * std::log10(denominator(rate_hz) / denominator(48000.0));
}

LoudnessMeter Metered(const Signal& left, const Signal& right, double rate_hz) {
  LoudnessMeter meter;
  meter.Prepare(rate_hz);
  meter.Push(left.data(), right.data(), left.size());
  return meter;
}

constexpr double kRates[] = {8000.0, 44100.0, 48000.0, 96000.0, 192000.0, 384000.0};

TEST(KWeighting, EqualsTheStandardsTableAtFortyEightKilohertz) {
  // ITU-R BS.1770-4 tables 1 and 2, as printed.
  struct Biquad {
    double b0, b1, b2, a1, a2;
    double s1 = 0.0, s2 = 0.0;
    double Process(double x) {
      const double y = b0 * x + s1;
      s1 = b1 * x - a1 * y + s2;
      s2 = b2 * x - a2 * y;
      return y;
    }
  };
  Biquad shelf{1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241,
               0.73248077421585};
  Biquad high_pass{1.0, -2.0, 1.0, -1.99004745483398, 0.99007225036621};
  KWeightingFilter filter(48000.0);
  double largest = 0.0;
  for (int i = 0; i < 48000; ++i) {
    const double x = i == 0 ? 1.0 : 0.0;
    largest = std::max(largest, std::abs(filter.Process(x) - high_pass.Process(shelf.Process(x))));
  }
  std::cout << "largest difference of the impulse responses: " << largest << "\n";
  EXPECT_LE(largest, 1e-10);
}

TEST(LoudnessMeter, ReadsTheCalibrationToneAtEveryRate) {
  for (const double rate : {32000.0, 44100.0, 48000.0, 96000.0, 192000.0, 384000.0}) {
    const Signal x = Tone({{-20.0, 4.0}}, rate, 997.0);
    const LoudnessMeter meter = Metered(x, x, rate);
    // Exact: the table's response at 997 Hz is +0.691 dB, to 0.004 dB.
    EXPECT_NEAR(meter.momentary_lufs(), -20.0, 0.02) << rate;
    EXPECT_NEAR(meter.short_term_lufs(), -20.0, 0.02) << rate;
    EXPECT_NEAR(meter.integrated_lufs(), -20.0, 0.02) << rate;
  }
}

// The bilinear transform pulls the shelf down in frequency where it is not far below Nyquist.
TEST(LoudnessMeter, ReadsTheCalibrationToneToAQuarterDecibelAtTelephoneRates) {
  for (const auto& [rate, tolerance] : {std::pair(8000.0, 0.25), std::pair(16000.0, 0.06)}) {
    const Signal x = Tone({{-20.0, 4.0}}, rate, 997.0);
    EXPECT_NEAR(Metered(x, x, rate).momentary_lufs(), -20.0, tolerance) << rate;
  }
}

TEST(LoudnessMeter, WeightsLowAndHighTonesAsTheStandard) {
  for (const double rate : {44100.0, 48000.0, 96000.0, 192000.0}) {
    const Signal low = Tone({{-20.0, 5.0}}, rate, 60.0);
    const Signal high = Tone({{-20.0, 5.0}}, rate, 10000.0);
    EXPECT_NEAR(Metered(low, low, rate).short_term_lufs(), -23.59, 0.05) << rate;
    EXPECT_NEAR(Metered(high, high, rate).short_term_lufs(), -16.65, 0.05) << rate;
  }
}

TEST(LoudnessMeter, OneChannelAloneIsThreeDecibelsQuieterAndPhaseIsNoMatter) {
  const Signal x = Tone({{-20.0, 4.0}}, 48000.0, 997.0);
  const Signal silent = test::Silence(x.size());
  Signal inverted = x;
  for (float& sample : inverted) sample = -sample;
  EXPECT_NEAR(Metered(x, silent, 48000.0).integrated_lufs(), -23.01, 0.02);
  EXPECT_NEAR(Metered(silent, x, 48000.0).integrated_lufs(), -23.01, 0.02);
  EXPECT_NEAR(Metered(x, inverted, 48000.0).integrated_lufs(), -20.0, 0.02);
}

TEST(LoudnessMeter, PassesTech3341CasesOneToFive) {
  const std::vector<std::pair<double, std::vector<Segment>>> cases = {
      {-23.0, {{-23.0, 20.0}}},
      {-33.0, {{-33.0, 20.0}}},
      {-23.0, {{-36.0, 10.0}, {-23.0, 60.0}, {-36.0, 10.0}}},
      {-23.0, {{-72.0, 10.0}, {-36.0, 10.0}, {-23.0, 60.0}, {-36.0, 10.0}, {-72.0, 10.0}}},
      {-23.0, {{-26.0, 20.0}, {-20.0, 20.1}, {-26.0, 20.0}}}};
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const Signal x = Tone(cases[i].second, 48000.0);
    const LoudnessMeter meter = Metered(x, x, 48000.0);
    EXPECT_NEAR(meter.integrated_lufs(), cases[i].first, 0.1) << "case " << i + 1;
    if (i < 2) {
      EXPECT_NEAR(meter.momentary_lufs(), cases[i].first, 0.1);
      EXPECT_NEAR(meter.short_term_lufs(), cases[i].first, 0.1);
    }
  }
}

// Reads after every 10 ms from `from_seconds` on: the least and the most that is shown.
std::pair<double, double> Range(const Signal& x, double rate_hz, double from_seconds,
                                double (LoudnessMeter::*reading)() const) {
  LoudnessMeter meter;
  meter.Prepare(rate_hz);
  const auto hop = static_cast<std::size_t>(rate_hz / 100.0);
  double least = 1000.0;
  double most = -1000.0;
  for (std::size_t at = 0; at + hop <= x.size(); at += hop) {
    meter.Push(x.data() + at, x.data() + at, hop);
    if (static_cast<double>(at + hop) < from_seconds * rate_hz) continue;
    least = std::min(least, (meter.*reading)());
    most = std::max(most, (meter.*reading)());
  }
  return {least, most};
}

TEST(LoudnessMeter, PassesTech3341CaseNineShortTermStaysConstant) {
  std::vector<Segment> segments;
  for (int i = 0; i < 5; ++i) segments.insert(segments.end(), {{-20.0, 1.34}, {-30.0, 1.66}});
  const auto [least, most] =
      Range(Tone(segments, 48000.0), 48000.0, 3.0, &LoudnessMeter::short_term_lufs);
  EXPECT_NEAR(least, -23.0, 0.1);
  EXPECT_NEAR(most, -23.0, 0.1);
}

TEST(LoudnessMeter, PassesTech3341CaseTenShortTermCatchesThreeSecondsAnywhere) {
  for (int i = 0; i < 20; ++i) {
    const Signal x = Tone({{-300.0, i * 0.15}, {-23.0, 3.0}, {-300.0, 1.0}}, 48000.0);
    EXPECT_NEAR(Range(x, 48000.0, 0.0, &LoudnessMeter::short_term_lufs).second, -23.0, 0.1) << i;
  }
}

TEST(LoudnessMeter, PassesTech3341CaseTwelveMomentaryStaysConstant) {
  std::vector<Segment> segments;
  for (int i = 0; i < 25; ++i) segments.insert(segments.end(), {{-20.0, 0.18}, {-30.0, 0.22}});
  const auto [least, most] =
      Range(Tone(segments, 48000.0), 48000.0, 1.0, &LoudnessMeter::momentary_lufs);
  EXPECT_NEAR(least, -23.0, 0.1);
  EXPECT_NEAR(most, -23.0, 0.1);
}

TEST(LoudnessMeter, PassesTech3341CaseThirteenMomentaryCatchesFourHundredMillisecondsAnywhere) {
  for (int i = 0; i < 20; ++i) {
    const Signal x = Tone({{-300.0, i * 0.02}, {-23.0, 0.4}, {-300.0, 1.0}}, 48000.0);
    EXPECT_NEAR(Range(x, 48000.0, 0.0, &LoudnessMeter::momentary_lufs).second, -23.0, 0.1) << i;
  }
}

struct Differences {
  int count = 0;
  int beyond_hundredth = 0;
  double worst = 0.0;
  void Add(double ours, double theirs) {
    if (theirs < -80.0) return;
    ASSERT_TRUE(std::isfinite(ours) && std::isfinite(theirs));
    ++count;
    if (std::abs(ours - theirs) > 0.01) ++beyond_hundredth;
    worst = std::max(worst, std::abs(ours - theirs));
  }
};

// At 44.1 kHz a slot ends up to 6 frames off its 441st, which tells when the level falls off a
// cliff. A gating block on the gate itself may fall to either side of it: one of the 200 that the
// programme has after 20 s is worth 0.05 LU.
TEST(LoudnessMeter, AgreesWithLibebur128OnProgrammes) {
  Differences windows;
  Differences integrated;
  std::uint32_t seed = 100;
  for (const double rate : {44100.0, 48000.0, 96000.0, 192000.0}) {
    const Stereo x = Programme(rate, 60.0, seed += 2);
    LoudnessMeter meter;
    meter.Prepare(rate);
    Oracle oracle(rate);
    const auto hop = static_cast<std::size_t>(rate / 10.0);
    // The meter hears one step more, so that the slot is complete.
    meter.Push(x.left.data(), x.right.data(), kKWeightingStepFrames);
    for (std::size_t at = 0; at + hop + kKWeightingStepFrames <= x.left.size(); at += hop) {
      const std::size_t ahead = at + kKWeightingStepFrames;
      meter.Push(x.left.data() + ahead, x.right.data() + ahead, hop);
      oracle.Push(x.left.data() + at, x.right.data() + at, hop);
      if (at % (5 * hop) != 0 || at < 40 * hop) continue;
      const double offset = OracleOffsetDb(rate);
      windows.Add(meter.momentary_lufs(), oracle.Read(ebur128_loudness_momentary) - offset);
      windows.Add(meter.short_term_lufs(), oracle.Read(ebur128_loudness_shortterm) - offset);
      integrated.Add(meter.integrated_lufs(), oracle.Read(ebur128_loudness_global) - offset);
    }
  }
  std::cout << "largest difference of M and S " << windows.worst << ", of I " << integrated.worst
            << " LU; beyond 0.01 LU: " << windows.beyond_hundredth << " of " << windows.count
            << ", " << integrated.beyond_hundredth << " of " << integrated.count << "\n";
  EXPECT_GE(integrated.count, 400);
  EXPECT_LE(windows.worst, 0.015);
  EXPECT_LE(integrated.worst, 0.052);
  EXPECT_LE(integrated.beyond_hundredth, integrated.count / 50);
}

TEST(LoudnessMeter, DoesNotDependOnTheCut) {
  for (const double rate : {44100.0, 192000.0}) {
    const Stereo x = Programme(rate, 5.3, 9);
    const LoudnessMeter whole = Metered(x.left, x.right, rate);
    for (const std::size_t piece : {1U, 13U, 64U, 480U, 4096U}) {
      LoudnessMeter cut;
      cut.Prepare(rate);
      for (std::size_t at = 0; at < x.left.size(); at += piece) {
        cut.Push(x.left.data() + at, x.right.data() + at, std::min(piece, x.left.size() - at));
      }
      EXPECT_EQ(cut.momentary_lufs(), whole.momentary_lufs()) << piece;
      EXPECT_EQ(cut.short_term_lufs(), whole.short_term_lufs()) << piece;
      EXPECT_EQ(cut.integrated_lufs(), whole.integrated_lufs()) << piece;
    }
  }
}

TEST(LoudnessMeter, SilenceIsMinusInfinityAndOnlySilenceIsForgotten) {
  const Signal silent = test::Silence(48000);
  LoudnessMeter meter = Metered(silent, silent, 48000.0);
  EXPECT_EQ(meter.momentary_lufs(), -INFINITY);
  EXPECT_EQ(meter.short_term_lufs(), -INFINITY);
  EXPECT_EQ(meter.integrated_lufs(), -INFINITY);
  const Signal tone = Tone({{-23.0, 30.0}}, 48000.0);
  meter.Push(tone.data(), tone.data(), tone.size());
  for (int i = 0; i < 10; ++i) meter.Push(silent.data(), silent.data(), silent.size());
  EXPECT_LT(meter.short_term_lufs(), -150.0);
  EXPECT_NEAR(meter.integrated_lufs(), -23.0, 0.1);
}

TEST(GatedLoudness, EqualsTheFormulaOverAllBlocks) {
  GatedLoudness gated;
  gated.Prepare();
  std::vector<double> blocks;
  const Signal noise = test::Noise(1.0, 30000, 5);
  for (std::size_t i = 0; i < noise.size(); ++i) {
    const double lufs = -45.0 + 35.0 * static_cast<double>(noise[i]);
    blocks.push_back(std::pow(10.0, (lufs + 0.691) / 10.0));
    gated.Add(blocks.back());
  }
  // BS.1770-4 equations 4 to 7, over the list.
  const auto mean_above = [&blocks](double gate_lufs) {
    double sum = 0.0;
    double count = 0.0;
    for (const double block : blocks) {
      if (LoudnessLufs(block) < gate_lufs) continue;
      sum += block;
      count += 1.0;
    }
    return LoudnessLufs(sum / count);
  };
  EXPECT_NEAR(gated.lufs(), mean_above(mean_above(-70.0) - 10.0), 0.002);
}

TEST(GatedLoudness, StaysExactOverThirtyDays) {
  GatedLoudness gated;
  gated.Prepare();
  const double loud = std::pow(10.0, (-14.0 + 0.691) / 10.0);
  const double soft = std::pow(10.0, (-18.0 + 0.691) / 10.0);
  const double rest = std::pow(10.0, (-60.0 + 0.691) / 10.0);
  for (int block = 0; block < 30 * 86400 * 10 / 3; ++block) {
    gated.Add(loud);
    gated.Add(soft);
    gated.Add(rest);
  }
  EXPECT_NEAR(gated.lufs(), LoudnessLufs(0.5 * (loud + soft)), 0.001);
}

class LoudnessMeterOnEveryTarget : public hwy::TestWithParamTarget {};
HWY_TARGET_INSTANTIATE_TEST_SUITE_P(LoudnessMeterOnEveryTarget);

TEST_P(LoudnessMeterOnEveryTarget, EqualsTheFilterInDouble) {
  for (const double rate : kRates) {
    const Stereo x = Programme(rate, 0.402, 77);
    KWeightingFilter left(rate);
    KWeightingFilter right(rate);
    // A constant offset and a slow rumble are what a coarse high-pass would let through.
    double sum = 0.0;
    Stereo shifted = x;
    LoudnessMeter meter;
    meter.Prepare(rate);
    const auto window = static_cast<std::size_t>(std::lround(rate * 0.4 / 12.0)) * 12;
    for (std::size_t i = 0; i < window; ++i) {
      shifted.left[i] += 0.3F;
      shifted.right[i] -= 0.2F;
      const double l = left.Process(static_cast<double>(shifted.left[i]));
      const double r = right.Process(static_cast<double>(shifted.right[i]));
      sum += l * l + r * r;
    }
    meter.Push(shifted.left.data(), shifted.right.data(), window);
    EXPECT_NEAR(meter.momentary_lufs(), LoudnessLufs(sum / static_cast<double>(window)), 1e-4)
        << rate;
  }
}

}  // namespace
}  // namespace auralis
