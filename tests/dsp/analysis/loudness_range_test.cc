#include "dsp/analysis/loudness_range.h"

#include <ebur128.h>
#include <gtest/gtest.h>

#include <cmath>
#include <iostream>
#include <memory>
#include <numbers>
#include <vector>

#include "dsp/analysis/loudness_meter.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

using test::Signal;

struct Segment {
  double level_dbfs;
  double seconds;
};

double RangeOf(const std::vector<Segment>& segments, double rate) {
  LoudnessMeter meter;
  meter.Prepare(rate);
  for (const Segment& segment : segments) {
    const Signal x = test::Sine(1000.0, std::pow(10.0, segment.level_dbfs / 20.0), rate,
                                static_cast<std::size_t>(std::lround(segment.seconds * rate)));
    meter.Push(x.data(), x.data(), x.size());
  }
  return meter.range_lu();
}

// EBU Tech 3342 (2016), table 1, cases 1 to 4: a stereo tone of 1 kHz, each within 1 LU.
TEST(LoudnessRange, PassesTech3342CasesOneToFour) {
  struct Case {
    std::vector<Segment> segments;
    double range_lu;
  };
  const std::vector<Case> cases = {
      {{{-20.0, 20.0}, {-30.0, 20.0}}, 10.0},
      {{{-20.0, 20.0}, {-15.0, 20.0}}, 5.0},
      {{{-40.0, 20.0}, {-20.0, 20.0}}, 20.0},
      {{{-50.0, 20.0}, {-35.0, 20.0}, {-20.0, 20.0}, {-35.0, 20.0}, {-50.0, 20.0}}, 15.0},
  };
  for (const double rate : {44100.0, 48000.0, 96000.0}) {
    for (const Case& each : cases) {
      const double range = RangeOf(each.segments, rate);
      std::cout << rate << " Hz: " << range << " for " << each.range_lu << " LU\n";
      EXPECT_NEAR(range, each.range_lu, 0.1) << rate;
    }
  }
}

TEST(LoudnessRange, AgreesWithLibebur128OnAWanderingProgramme) {
  const double rate = 48000.0;
  const auto frames = static_cast<std::size_t>(90.0 * rate);
  Signal x = test::Noise(1.0, frames, 77);
  for (std::size_t i = 0; i < frames; ++i) {
    const double t = static_cast<double>(i) / rate;
    const double level_db =
        -26.0 + 9.0 * std::sin(2.0 * std::numbers::pi * t / 23.0) + 5.0 * std::sin(t * 1.7);
    x[i] *= static_cast<float>(std::pow(10.0, level_db / 20.0));
  }
  LoudnessMeter meter;
  meter.Prepare(rate);
  meter.Push(x.data(), x.data(), frames);
  auto destroy = [](ebur128_state* state) { ebur128_destroy(&state); };
  const std::unique_ptr<ebur128_state, decltype(destroy)> oracle(
      ebur128_init(2, 48000, EBUR128_MODE_LRA), destroy);
  std::vector<float> interleaved(2 * frames);
  for (std::size_t i = 0; i < frames; ++i) interleaved[2 * i] = interleaved[2 * i + 1] = x[i];
  // In pieces of 100 ms: the oracle then looks at as many windows.
  for (std::size_t at = 0; at < frames; at += 4800) {
    ebur128_add_frames_float(oracle.get(), interleaved.data() + 2 * at, 4800);
  }
  double expected = 0.0;
  ASSERT_EQ(ebur128_loudness_range(oracle.get(), &expected), EBUR128_SUCCESS);
  std::cout << "LRA " << meter.range_lu() << ", libebur128 " << expected << " LU\n";
  // It looks once a second, we ten times.
  EXPECT_NEAR(meter.range_lu(), expected, 0.5);
}

TEST(LoudnessRange, IsNothingInSilenceAndUnderTheGate) {
  EXPECT_EQ(RangeOf({}, 48000.0), 0.0);
  EXPECT_EQ(RangeOf({{-300.0, 5.0}}, 48000.0), 0.0);
  EXPECT_EQ(RangeOf({{-75.0, 8.0}}, 48000.0), 0.0);
  EXPECT_NEAR(RangeOf({{-20.0, 8.0}}, 48000.0), 0.0, 0.02);
}

}  // namespace
}  // namespace auralis
