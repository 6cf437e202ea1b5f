#include "dsp/stages/transient.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <vector>

#include "tests/support/measure.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

constexpr double kRate = 48000.0;
constexpr std::size_t kSecond = 48000;

std::vector<float> Shape(std::vector<float> left, float attack, float sustain,
                         float enabled = 1.0F) {
  Transient transient;
  transient.Prepare({.sample_rate_hz = kRate, .block_frames = 64});
  transient.SetTargets({.enabled = enabled, .attack = attack, .sustain = sustain});
  transient.Reset();
  auto right = left;
  for (std::size_t at = 0; at < left.size(); at += 64) {
    transient.Process(
        {left.data() + at, right.data() + at, std::min<std::size_t>(64, left.size() - at)});
  }
  return left;
}

// A drum: 500 Hz that begins at once and falls to 37 % in 80 ms, twice a second.
std::vector<float> Drum(double amplitude) {
  auto x = test::Sine(500.0, amplitude, kRate, 4 * kSecond);
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] *= static_cast<float>(std::exp(-static_cast<double>(i % (kSecond / 2)) / (0.080 * kRate)));
  }
  return x;
}

// In dB, of what begins `ms` after the last beat but one, over 4 ms.
double GainDb(const std::vector<float>& x, const std::vector<float>& y, double ms) {
  const std::size_t at = 3 * kSecond + static_cast<std::size_t>(ms * 48.0);
  return test::Db(test::RmsOf(std::span(y).subspan(at, 192)) /
                  test::RmsOf(std::span(x).subspan(at, 192)));
}

TEST(Transient, BringsBeginningsForwardAndBack) {
  const auto x = Drum(0.3);
  const auto more = Shape(x, 1.0F, 0.0F);
  const auto less = Shape(x, -1.0F, 0.0F);
  std::printf("attack 1: %+.1f dB in the first 4 ms, %+.1f dB after 100 ms\n", GainDb(x, more, 0.0),
              GainDb(x, more, 100.0));
  EXPECT_GT(GainDb(x, more, 0.0), 6.0);
  EXPECT_LT(GainDb(x, more, 0.0), 12.0);
  EXPECT_NEAR(GainDb(x, more, 100.0), 0.0, 0.5);
  EXPECT_LT(GainDb(x, less, 0.0), -6.0);
  EXPECT_NEAR(GainDb(x, less, 100.0), 0.0, 0.5);
}

TEST(Transient, MakesSoundsLongerAndShorter) {
  const auto x = Drum(0.3);
  const auto longer = Shape(x, 0.0F, 1.0F);
  const auto shorter = Shape(x, 0.0F, -1.0F);
  std::printf("sustain 1: %+.1f dB in the first 4 ms, %+.1f dB after 200 ms\n",
              GainDb(x, longer, 0.0), GainDb(x, longer, 200.0));
  EXPECT_NEAR(GainDb(x, longer, 0.0), 0.0, 1.0);
  EXPECT_GT(GainDb(x, longer, 200.0), 6.0);
  EXPECT_LT(GainDb(x, shorter, 200.0), -6.0);
}

TEST(Transient, SteadySoundKeepsItsLevel) {
  for (const double hz : {50.0, 100.0, 1000.0, 10000.0}) {
    const auto x = test::Sine(hz, 0.3, kRate, 3 * kSecond);
    for (const float attack : {-1.0F, 1.0F}) {
      const auto y = Shape(x, attack, 0.0F);
      EXPECT_NEAR(test::Db(test::RmsOf(std::span(y).last(kSecond)) / (0.3 / std::sqrt(2.0))), 0.0,
                  hz < 100.0 ? 0.3 : 0.15)
          << hz;
    }
  }
}

TEST(Transient, DoesTheSameAtEveryLevel) {
  const auto loud = Drum(0.5);
  const auto quiet = Drum(0.05);
  const auto y_loud = Shape(loud, 1.0F, 0.5F);
  const auto y_quiet = Shape(quiet, 1.0F, 0.5F);
  for (const double ms : {0.0, 20.0, 100.0}) {
    EXPECT_NEAR(GainDb(loud, y_loud, ms), GainDb(quiet, y_quiet, ms), 0.2) << ms;
  }
}

TEST(Transient, NothingSetIsTheInputBitForBit) {
  const auto x = test::Noise(0.8, kSecond, 17);
  EXPECT_EQ(test::LargestDifference(Shape(x, 0.0F, 0.0F), x), 0.0);
  EXPECT_EQ(test::LargestDifference(Shape(x, 1.0F, 1.0F, 0.0F), x), 0.0);
}

}  // namespace
}  // namespace auralis
