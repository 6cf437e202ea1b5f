#include "dsp/analysis/level_meter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/support/measure.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

using test::Db;
using test::Signal;

constexpr double kRates[] = {8000.0, 44100.0, 48000.0, 96000.0, 192000.0};

TEST(LevelMeter, ReadsAFullScaleSineAsMinusThreeDecibels) {
  for (const double rate : kRates) {
    const Signal x = test::Sine(1000.0, 1.0, rate, static_cast<std::size_t>(rate));
    const Signal half = test::Sine(1000.0, 0.5, rate, static_cast<std::size_t>(rate));
    LevelMeter meter;
    meter.Prepare(rate);
    for (std::size_t at = 0; at + 13 <= x.size(); at += 13) {
      meter.Push(x.data() + at, half.data() + at, 13);
      if (static_cast<double>(at) < 0.31 * rate) continue;
      ASSERT_NEAR(Db(static_cast<double>(meter.rms()[0])), -3.01, 0.02) << rate << " " << at;
      ASSERT_NEAR(Db(static_cast<double>(meter.rms()[1])), -9.03, 0.02) << rate << " " << at;
    }
  }
}

TEST(LevelMeter, ForgetsWhatIsThreeHundredMillisecondsOld) {
  for (const double rate : kRates) {
    LevelMeter meter;
    meter.Prepare(rate);
    const Signal loud(static_cast<std::size_t>(rate), 0.5F);
    const Signal silent = test::Silence(static_cast<std::size_t>(rate));
    meter.Push(loud.data(), loud.data(), loud.size());
    EXPECT_NEAR(meter.rms()[0], 0.5, 1e-4);
    meter.Push(silent.data(), silent.data(), static_cast<std::size_t>(0.15 * rate));
    // Half of the window: 3 dB less.
    EXPECT_NEAR(meter.rms()[0], 0.5 / std::sqrt(2.0), 0.01) << rate;
    meter.Push(silent.data(), silent.data(), static_cast<std::size_t>(0.135 * rate));
    // One slot is left of 29 and a half.
    EXPECT_NEAR(meter.rms()[0], 0.5 * std::sqrt(1.0 / 29.5), 0.001) << rate;
    meter.Push(silent.data(), silent.data(), static_cast<std::size_t>(0.03 * rate));
    EXPECT_EQ(meter.rms()[0], 0.0F) << rate;
  }
}

TEST(LevelMeter, HoldsTheHighestMagnitudeOfEachChannelUntilAsked) {
  LevelMeter meter;
  meter.Prepare(48000.0);
  for (std::size_t at = 0; at < 97; ++at) {
    const Signal left = test::Impulse(97, at, -0.75F);
    const Signal right = test::Impulse(97, 96 - at, 0.25F);
    meter.Push(left.data(), right.data(), left.size());
    ASSERT_EQ(meter.TakePeaks(), (std::array{0.75F, 0.25F})) << at;
    ASSERT_EQ(meter.TakePeaks(), (std::array{0.0F, 0.0F}));
  }
}

TEST(LevelMeter, DoesNotDependOnTheCut) {
  const Signal left = test::Noise(0.7, 40000, 11);
  const Signal right = test::Noise(0.3, 40000, 12);
  LevelMeter whole;
  whole.Prepare(44100.0);
  whole.Push(left.data(), right.data(), left.size());
  const std::array<float, 2> peaks = whole.TakePeaks();
  for (const std::size_t piece : {1U, 13U, 64U, 480U}) {
    LevelMeter cut;
    cut.Prepare(44100.0);
    for (std::size_t at = 0; at < left.size(); at += piece) {
      cut.Push(left.data() + at, right.data() + at, std::min(piece, left.size() - at));
    }
    EXPECT_EQ(cut.TakePeaks(), peaks) << piece;
    EXPECT_NEAR(cut.rms()[0] / whole.rms()[0], 1.0, 1e-6) << piece;
    EXPECT_NEAR(cut.rms()[1] / whole.rms()[1], 1.0, 1e-6) << piece;
  }
}

LevelMeter Heard(const Signal& left, const Signal& right, double rate) {
  LevelMeter meter;
  meter.Prepare(rate);
  meter.Push(left.data(), right.data(), left.size());
  return meter;
}

Signal Times(Signal x, float factor) {
  for (float& sample : x) sample *= factor;
  return x;
}

TEST(LevelMeter, TellsHowTheChannelsBelongTogether) {
  for (const double rate : kRates) {
    const auto frames = static_cast<std::size_t>(4.0 * rate);
    const Signal a = test::Noise(0.5, frames, 21);
    const Signal b = test::Noise(0.5, frames, 22);
    const StereoReadings mono = Heard(a, a, rate).stereo();
    EXPECT_NEAR(mono.correlation, 1.0, 1e-6);
    EXPECT_NEAR(mono.width, 0.0, 1e-3);
    EXPECT_NEAR(mono.balance_db, 0.0, 1e-5);
    const StereoReadings opposite = Heard(a, Times(a, -1.0F), rate).stereo();
    EXPECT_NEAR(opposite.correlation, -1.0, 1e-6);
    EXPECT_NEAR(opposite.width, 1.0, 1e-3);
    const StereoReadings two = Heard(a, b, rate).stereo();
    const double samples = 0.3 * rate;
    EXPECT_NEAR(two.correlation, 0.0, 4.0 / std::sqrt(samples));
    EXPECT_NEAR(two.width, 0.5, 2.0 / std::sqrt(samples));
    const StereoReadings right = Heard(Times(a, 0.5F), a, rate).stereo();
    EXPECT_NEAR(right.balance_db, 6.02, 0.01);
    EXPECT_NEAR(right.width, 0.25, 1e-3);  // side a/4, middle 3a/4
    const StereoReadings alone = Heard(a, test::Silence(frames), rate).stereo();
    EXPECT_EQ(alone.correlation, 0.0F);
    EXPECT_EQ(alone.balance_db, -60.0F);
    EXPECT_NEAR(alone.width, 0.5, 1e-6);
  }
  const StereoReadings silence = Heard(test::Silence(480), test::Silence(480), 48000.0).stereo();
  EXPECT_EQ(silence.correlation, 0.0F);
  EXPECT_EQ(silence.width, 0.0F);
  EXPECT_EQ(silence.balance_db, 0.0F);
}

TEST(LevelMeter, CrestFactorOfASineASquareAndAPulse) {
  for (const double rate : kRates) {
    const Signal sine = test::Sine(1000.0, 0.5, rate, static_cast<std::size_t>(4.0 * rate));
    EXPECT_NEAR(Heard(sine, Times(sine, 0.3F), rate).crest_db(), 3.01, 0.02) << rate;
    // From the first slot on, whatever part of the 3 s was heard.
    const Signal start(sine.begin(), sine.begin() + static_cast<std::ptrdiff_t>(0.05 * rate));
    EXPECT_NEAR(Heard(start, start, rate).crest_db(), 3.01, 0.05) << rate;
    Signal pulses = test::Silence(static_cast<std::size_t>(3.0 * rate));
    for (std::size_t i = 0; i < pulses.size(); i += 100) pulses[i] = 0.9F;
    EXPECT_NEAR(Heard(pulses, pulses, rate).crest_db(), 20.0, 0.05) << rate;
    // A peak is forgotten after 3 s.
    Signal late = Times(sine, 1.0F);
    late[0] = 1.0F;
    EXPECT_NEAR(Heard(late, late, rate).crest_db(), 3.01, 0.02) << rate;
  }
  EXPECT_EQ(Heard(test::Silence(480), test::Silence(480), 48000.0).crest_db(), 0.0F);
}

}  // namespace
}  // namespace auralis
