#include "dsp/analysis/true_peak_meter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "tests/support/measure.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

using test::Db;
using test::Signal;

double PeakDb(const Signal& x) {
  TruePeakMeter meter;
  meter.Prepare();
  meter.Push(x.data(), x.data(), x.size());
  const std::array<float, 2> peaks = meter.Take();
  EXPECT_EQ(peaks[0], peaks[1]);
  return Db(static_cast<double>(peaks[0]));
}

// A sine of `divisor` frames a period that swells and fades over a hundred frames.
Signal FadedSine(double divisor, double amplitude, double phase_degrees) {
  Signal x = test::Sine(48000.0 / divisor, amplitude, 48000.0, 4800,
                        phase_degrees * std::numbers::pi / 180.0);
  for (std::size_t i = 0; i < 100; ++i) {
    const float gain = static_cast<float>(i) / 100.0F;
    x[i] *= gain;
    x[x.size() - 1 - i] *= gain;
  }
  return x;
}

// EBU Tech 3341 table 1: a reading is right within +0.2 and -0.4 dB.
void ExpectReading(double measured_db, double expected_db, const std::string& what) {
  EXPECT_LE(measured_db, expected_db + 0.2) << what;
  EXPECT_GE(measured_db, expected_db - 0.4) << what;
}

TEST(TruePeakMeter, PassesTech3341CasesFifteenToNineteen) {
  ExpectReading(PeakDb(FadedSine(4.0, 0.5, 0.0)), -6.0, "case 15");
  ExpectReading(PeakDb(FadedSine(4.0, 0.5, 45.0)), -6.0, "case 16");
  ExpectReading(PeakDb(FadedSine(6.0, 0.5, 60.0)), -6.0, "case 17");
  ExpectReading(PeakDb(FadedSine(8.0, 0.5, 67.5)), -6.0, "case 18");
  ExpectReading(PeakDb(FadedSine(4.0, 1.41, 45.0)), 3.0, "case 19");
}

// One period of a sine at a quarter of the rate, of full scale, in the middle of one of half that:
// synthesized at four times the rate, brought down with each of the four offsets.
Signal PulseTrain(std::size_t offset) {
  constexpr std::size_t kTaps = 4 * 64 + 1;
  constexpr std::size_t kFrames = 600;
  std::vector<double> fine(4 * kFrames);
  for (std::size_t i = 0; i < fine.size(); ++i) {
    const bool pulse = i >= 1200 && i < 1216;
    fine[i] =
        (pulse ? 1.0 : 0.5) * std::sin(2.0 * std::numbers::pi * static_cast<double>(i) / 16.0);
  }
  Signal x(kFrames);
  for (std::size_t i = 0; i < kFrames; ++i) {
    double sum = 0.0;
    for (std::size_t k = 0; k < kTaps; ++k) {
      const double t = static_cast<double>(k) - 128.0;
      const auto at = static_cast<std::ptrdiff_t>(4 * i + offset + k) - 128;
      if (at < 0 || at >= static_cast<std::ptrdiff_t>(fine.size())) continue;
      const double phase = std::numbers::pi * t / 4.0;
      const double window = 0.5 + 0.5 * std::cos(std::numbers::pi * t / 129.0);
      sum += fine[static_cast<std::size_t>(at)] * window * 0.25 *
             (t == 0.0 ? 1.0 : std::sin(phase) / phase);
    }
    const std::size_t edge = std::min(i, kFrames - 1 - i);
    x[i] = static_cast<float>(sum * std::min(1.0, static_cast<double>(edge) / 100.0));
  }
  return x;
}

TEST(TruePeakMeter, PassesTech3341CasesTwentyToTwentyThree) {
  for (std::size_t offset = 0; offset < 4; ++offset) {
    ExpectReading(PeakDb(PulseTrain(offset)), 0.0, "case " + std::to_string(20 + offset));
  }
}

TEST(TruePeakMeter, KeepsChannelsApartAndStartsAnew) {
  const Signal loud = FadedSine(7.3, 0.9, 10.0);
  const Signal soft = FadedSine(7.3, 0.1, 10.0);
  TruePeakMeter meter;
  meter.Prepare();
  meter.Push(loud.data(), soft.data(), loud.size());
  const std::array<float, 2> first = meter.Take();
  EXPECT_NEAR(Db(static_cast<double>(first[0])), Db(0.9), 0.2);
  EXPECT_NEAR(Db(static_cast<double>(first[1])), Db(0.1), 0.2);
  // Until nothing reaches back to the loud one.
  const Signal silent = test::Silence(kTruePeakHistoryFrames);
  meter.Push(silent.data(), silent.data(), silent.size());
  meter.Take();
  meter.Push(soft.data(), soft.data(), soft.size());
  const std::array<float, 2> second = meter.Take();
  EXPECT_NEAR(Db(static_cast<double>(second[0])), Db(0.1), 0.2);
  EXPECT_EQ(second[0], second[1]);
}

TEST(TruePeakMeter, DoesNotDependOnTheCut) {
  const Signal left = test::Noise(0.7, 3000, 11);
  const Signal right = test::Noise(0.3, 3000, 12);
  TruePeakMeter whole;
  whole.Prepare();
  whole.Push(left.data(), right.data(), left.size());
  const std::array<float, 2> expected = whole.Take();
  for (const std::size_t piece : {1U, 13U, 64U, 480U}) {
    TruePeakMeter cut;
    cut.Prepare();
    for (std::size_t at = 0; at < left.size(); at += piece) {
      cut.Push(left.data() + at, right.data() + at, std::min(piece, left.size() - at));
    }
    EXPECT_EQ(cut.Take(), expected) << piece;
  }
}

// Two halves that do not belong together would overshoot by 1.7 dB at their seam.
TEST(TruePeakMeter, ReadsNoSpanAcrossAGap) {
  const Signal up(64, 0.5F);
  const Signal down(64, -0.5F);
  for (const bool gap : {false, true}) {
    TruePeakMeter meter;
    meter.Prepare();
    for (int i = 1; i <= 64; ++i) {
      const float ramp = 0.5F * static_cast<float>(i) / 64.0F;
      meter.Push(&ramp, &ramp, 1);
    }
    meter.Push(up.data(), up.data(), up.size());
    if (gap) meter.Skip();
    meter.Push(down.data(), down.data(), down.size());
    const double reading = static_cast<double>(meter.Take()[0]);
    if (gap) {
      EXPECT_NEAR(reading, 0.5, 0.01);
    } else {
      EXPECT_GT(reading, 0.55);
    }
  }
}

TEST(TruePeakMeter, CountsSamplesNextToAGap) {
  TruePeakMeter meter;
  meter.Prepare();
  const Signal before = test::Impulse(64, 62, 0.8F);
  const Signal after = test::Impulse(64, 1, 0.9F);
  meter.Push(before.data(), before.data(), before.size());
  meter.Skip();
  EXPECT_EQ(meter.Take()[0], 0.8F);
  meter.Push(after.data(), after.data(), after.size());
  EXPECT_EQ(meter.Take()[0], 0.9F);
}

}  // namespace
}  // namespace auralis
