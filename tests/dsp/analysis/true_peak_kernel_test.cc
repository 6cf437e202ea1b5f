#include <gtest/gtest.h>
#include <hwy/highway.h>
#include <hwy/tests/hwy_gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iostream>
#include <numbers>
#include <span>
#include <vector>

#include "dsp/kernels/true_peak.h"
#include "tests/support/measure.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

using test::Db;
using test::Signal;

// ITU-R BS.1770-4 annex 2, phases 0 and 1 of the table; 3 and 2 are these reversed.
constexpr std::array<double, 12> kStandardPhase0 = {
    0.0017089843750,  0.0109863281250,  -0.0196533203125, 0.0332031250000,
    -0.0594482421875, 0.1373291015625,  0.9721679687500,  -0.1022949218750,
    0.0476074218750,  -0.0266113281250, 0.0148925781250,  -0.0083007812500};
constexpr std::array<double, 12> kStandardPhase1 = {
    -0.0291748046875, 0.0292968750000,  -0.0517578125000, 0.0891113281250,
    -0.1665039062500, 0.4650878906250,  0.7797851562500,  -0.2003173828125,
    0.1015625000000,  -0.0582275390625, 0.0330810546875,  -0.0189208984375};

double StandardPeak(std::span<const float> x) {
  double largest = 0.0;
  for (std::size_t i = 11; i < x.size(); ++i) {
    std::array<double, 4> sums{};
    for (std::size_t k = 0; k < 12; ++k) {
      const double sample = static_cast<double>(x[i - 11 + k]);
      sums[0] += sample * kStandardPhase0[k];
      sums[1] += sample * kStandardPhase1[k];
      sums[2] += sample * kStandardPhase1[11 - k];
      sums[3] += sample * kStandardPhase0[11 - k];
    }
    for (const double sum : sums) largest = std::max(largest, std::abs(sum));
  }
  return largest;
}

// A crest in the middle, `offset` frames after one of its frames, with both neighbouring spans
// read: what a meter shows for this crest of a long sine.
Signal Crest(double cycles_per_frame, double offset) {
  Signal x(kTruePeakHistoryFrames + 3);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double frames =
        static_cast<double>(i) - static_cast<double>(kTruePeakDelayFrames) - offset;
    x[i] = static_cast<float>(std::cos(2.0 * std::numbers::pi * cycles_per_frame * frames));
  }
  return x;
}

struct ErrorRange {
  double low_db = 0.0;
  double high_db = 0.0;
  void Add(double reading) {
    low_db = std::min(low_db, Db(reading));
    high_db = std::max(high_db, Db(reading));
  }
  double worst_db() const { return std::max(-low_db, high_db); }
};

class TruePeakReadings : public hwy::TestWithParamTarget {
 protected:
  static float Peak(const TruePeakKernels& kernels, const Signal& x) {
    return kernels.block_peak(x.data() + kTruePeakHistoryFrames, x.size() - kTruePeakHistoryFrames,
                              0.0F);
  }
};
HWY_TARGET_INSTANTIATE_TEST_SUITE_P(TruePeakReadings);

TEST_P(TruePeakReadings, CatchAnyCrestFarCloserThanTheStandardsTable) {
  const TruePeakKernels kernels = ResolveTruePeakKernels();
  ErrorRange ours;
  ErrorRange ours_low;  // below a quarter of the rate
  ErrorRange standard;  // up to 20 kHz at 48 kHz
  for (int step = 1; step <= 276; ++step) {
    const double cycles = 0.46 * step / 276.0;
    for (int offset = 0; offset < 40; ++offset) {
      const Signal x = Crest(cycles, offset / 40.0);
      ours.Add(static_cast<double>(Peak(kernels, x)));
      if (cycles < 0.25) ours_low.Add(static_cast<double>(Peak(kernels, x)));
      if (cycles < 20.0 / 48.0)
        standard.Add(StandardPeak(std::span(x).subspan(kTruePeakDelayFrames - 6, 14)));
    }
  }
  std::cout << "true peak of a sine up to 0.46 of the rate: " << ours.low_db << " to +"
            << ours.high_db << " dB, up to a quarter " << ours_low.low_db << " to +"
            << ours_low.high_db << " dB; the standard's table up to 20 kHz " << standard.low_db
            << " to +" << standard.high_db << " dB\n";
  EXPECT_LE(ours.worst_db(), 0.16);
  EXPECT_LE(ours_low.worst_db(), 0.05);
  EXPECT_GE(standard.worst_db(), 0.4);
}

// Noise up to the very end of the band against an interpolator of 64 taps at sixteen instants: of
// some thousand peaks the one that is read worst.
TEST_P(TruePeakReadings, AgreeWithAFinerInterpolatorOnNoise) {
  const TruePeakKernels kernels = ResolveTruePeakKernels();
  ErrorRange range;
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    Signal x = test::Noise(seed % 2 == 0 ? 1.0 : 30.0, 400, seed);
    for (float& sample : x) sample = std::clamp(sample, -1.0F, 1.0F);
    // Both over the same instants: the readings are late by kTruePeakDelayFrames.
    const double finer = test::TruePeakOf(std::span(x).subspan(100, 200));
    const std::size_t from = 100 + test::kTruePeakMargin + kTruePeakDelayFrames;
    const float ours = kernels.block_peak(x.data() + from, 200 - 2 * test::kTruePeakMargin, 0.0F);
    range.Add(static_cast<double>(ours) / finer);
  }
  std::cout << "true peak of noise: " << range.low_db << " to +" << range.high_db
            << " dB from 64 taps at 16 instants\n";
  EXPECT_LE(range.worst_db(), 0.12);
}

TEST_P(TruePeakReadings, NeverExceedTheirBound) {
  const TruePeakKernels kernels = ResolveTruePeakKernels();
  // All at full scale, with the signs that the middle of the span adds up.
  Signal x(kTruePeakHistoryFrames + 1);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const bool later = i >= x.size() / 2;
    const std::size_t from_middle = later ? i - x.size() / 2 : x.size() / 2 - 1 - i;
    x[i] = from_middle % 2 == 0 ? 1.0F : -1.0F;
  }
  const float reading = Peak(kernels, x);
  std::cout << "loudest reading of samples at 1: " << reading << '\n';
  EXPECT_LT(reading, kTruePeakOvershoot);
  EXPECT_GT(reading, 0.9F * kTruePeakOvershoot);
  EXPECT_EQ(kernels.sample_peak(x.data(), x.size()), 1.0F);
}

// The instants and the delay, from a signal whose waveform is known everywhere: a slow sine, whose
// largest magnitude between two frames is at one of the ends.
TEST_P(TruePeakReadings, TellOfTheSpanThatStartsTheDelayEarlier) {
  const TruePeakKernels kernels = ResolveTruePeakKernels();
  const double cycles = 0.013;
  const auto value = [cycles](double frame) {
    return std::abs(std::sin(2.0 * std::numbers::pi * cycles * frame));
  };
  Signal x(400);
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = static_cast<float>(std::sin(2.0 * std::numbers::pi * cycles * static_cast<double>(i)));
  }
  std::vector<float> peaks(x.size() - kTruePeakHistoryFrames);
  kernels.frame_peaks(x.data() + kTruePeakHistoryFrames, x.data() + kTruePeakHistoryFrames,
                      peaks.size(), 0.0F, peaks.data());
  for (std::size_t i = 0; i < peaks.size(); ++i) {
    const double frame = static_cast<double>(i + kTruePeakHistoryFrames - kTruePeakDelayFrames);
    double expected = 0.0;
    for (const double part : {0.0, 0.25, 0.5, 0.75, 0.875}) {
      expected = std::max(expected, value(frame + part));
    }
    ASSERT_NEAR(static_cast<double>(peaks[i]), expected, 0.006) << "frame " << i;
  }
}

TEST_P(TruePeakReadings, LoneSampleIsReadExactlyWhereItStands) {
  const TruePeakKernels kernels = ResolveTruePeakKernels();
  const Signal left = test::Impulse(164, 90, -0.7F);
  const Signal silent = test::Silence(164);
  for (const bool swapped : {false, true}) {
    std::vector<float> peaks(164 - kTruePeakHistoryFrames);
    const float* a = (swapped ? silent : left).data() + kTruePeakHistoryFrames;
    const float* b = (swapped ? left : silent).data() + kTruePeakHistoryFrames;
    kernels.frame_peaks(a, b, peaks.size(), 0.0F, peaks.data());
    const auto largest = std::max_element(peaks.begin(), peaks.end());
    EXPECT_EQ(*largest, 0.7F);
    EXPECT_EQ(static_cast<std::size_t>(largest - peaks.begin()),
              90 + kTruePeakDelayFrames - kTruePeakHistoryFrames);
  }
}

TEST_P(TruePeakReadings, DependOnNeitherLengthNorAlignmentAndWriteNothingElse) {
  const TruePeakKernels kernels = ResolveTruePeakKernels();
  const Signal left = test::Noise(1.0, 1100, 7);
  const Signal right = test::Noise(0.9, 1100, 8);
  std::vector<float> whole(1023 + 3);
  kernels.frame_peaks(left.data() + kTruePeakHistoryFrames, right.data() + kTruePeakHistoryFrames,
                      whole.size(), 0.0F, whole.data());
  constexpr float kGuard = -123.0F;
  const auto check = [&](std::size_t length) {
    for (std::size_t offset = 0; offset < 4; ++offset) {
      std::vector<float> peaks(length + 2, kGuard);
      kernels.frame_peaks(left.data() + kTruePeakHistoryFrames + offset,
                          right.data() + kTruePeakHistoryFrames + offset, length, 0.0F,
                          peaks.data() + 1);
      ASSERT_EQ(peaks.front(), kGuard);
      ASSERT_EQ(peaks.back(), kGuard);
      ASSERT_TRUE(std::equal(peaks.begin() + 1, peaks.end() - 1,
                             whole.begin() + static_cast<std::ptrdiff_t>(offset)))
          << length << " frames at " << offset;
      const float block = std::max(
          kernels.block_peak(left.data() + kTruePeakHistoryFrames + offset, length, 0.0F),
          kernels.block_peak(right.data() + kTruePeakHistoryFrames + offset, length, 0.0F));
      ASSERT_EQ(block, length == 0 ? 0.0F : *std::max_element(peaks.begin() + 1, peaks.end() - 1));
      const std::span<const float> samples(left.data() + offset, length);
      ASSERT_EQ(static_cast<double>(kernels.sample_peak(samples.data(), length)),
                length == 0 ? 0.0 : test::PeakOf(samples));
    }
  };
  for (std::size_t length = 0; length <= 17; ++length) check(length);
  for (const std::size_t length :
       {31U, 61U, 63U, 64U, 65U, 127U, 257U, 300U, 479U, 480U, 511U, 512U, 1023U}) {
    check(length);
  }
}

// What is above the floor is read as if there were none, what is not stays below it.
TEST_P(TruePeakReadings, AreWhatTheyAreAboveTheFloorAlone) {
  const TruePeakKernels kernels = ResolveTruePeakKernels();
  // Swells, so that a floor is met and left within a piece.
  Signal left = test::Noise(1.0, 4000, 9);
  Signal right = test::Noise(1.0, 4000, 10);
  for (std::size_t i = 0; i < left.size(); ++i) {
    const double swell = 0.5 + 0.5 * std::sin(static_cast<double>(i) * 0.02);
    left[i] *= static_cast<float>(swell);
    right[i] *= static_cast<float>(1.0 - swell);
  }
  const float* const l = left.data() + kTruePeakHistoryFrames;
  const float* const r = right.data() + kTruePeakHistoryFrames;
  std::vector<float> peaks(left.size() - kTruePeakHistoryFrames);
  kernels.frame_peaks(l, r, peaks.size(), 0.0F, peaks.data());
  for (const float floor : {0.2F, 0.7F, 1.0F, 1.3F, 3.0F}) {
    std::vector<float> above(peaks.size(), 77.0F);
    kernels.frame_peaks(l, r, above.size(), floor, above.data());
    for (std::size_t i = 0; i < peaks.size(); ++i) {
      if (peaks[i] > floor) {
        ASSERT_EQ(above[i], peaks[i]) << i << ' ' << floor;
      } else {
        ASSERT_LE(above[i], floor) << i;
      }
    }
  }
  // Just under the largest of a block.
  for (std::size_t at = 0; at + 64 <= peaks.size(); at += 64) {
    const float largest = kernels.block_peak(l + at, 64, 0.0F);
    ASSERT_EQ(kernels.block_peak(l + at, 64, 0.9999F * largest), largest);
    ASSERT_EQ(kernels.block_peak(l + at, 64, largest + 0.1F), largest + 0.1F);
    std::vector<float> above(64);
    kernels.frame_peaks(l + at, l + at, 64, 0.9999F * largest, above.data());
    ASSERT_EQ(*std::max_element(above.begin(), above.end()), largest);
  }
}

TEST_P(TruePeakReadings, AgreeWithEveryOtherTarget) {
  const Signal left = test::Noise(1.0, 600, 21);
  const Signal right = test::Noise(1.0, 600, 22);
  std::vector<float> ours(553);
  std::vector<float> best(553);
  ResolveTruePeakKernels().frame_peaks(left.data() + kTruePeakHistoryFrames,
                                       right.data() + kTruePeakHistoryFrames, 553, 0.0F,
                                       ours.data());
  hwy::SetSupportedTargetsForTest(0);
  ResolveTruePeakKernels().frame_peaks(left.data() + kTruePeakHistoryFrames,
                                       right.data() + kTruePeakHistoryFrames, 553, 0.0F,
                                       best.data());
  EXPECT_LE(test::LargestDifference(ours, best), 1e-6);
}

}  // namespace
}  // namespace auralis
