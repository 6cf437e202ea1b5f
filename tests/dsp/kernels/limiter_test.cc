#include "dsp/kernels/limiter.h"

#include <gtest/gtest.h>
#include <hwy/tests/hwy_gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "tests/support/signals.h"

namespace auralis {
namespace {

class LimiterKernelsTest : public hwy::TestWithParamTarget {};
HWY_TARGET_INSTANTIATE_TEST_SUITE_P(LimiterKernelsTest);

TEST_P(LimiterKernelsTest, AsksForWhatBringsPeaksToTheCeiling) {
  const LimiterKernels kernels = ResolveLimiterKernels();
  const std::vector<float> peaks = {0.0F, 0.25F, 0.5F, 1.0F, 2.0F, 4.0F, 0.1F, 8.0F, 0.5001F,
                                    0.0F, 0.2F,  0.3F, 0.4F, 1.5F, 3.0F, 0.0F, 16.0F};
  const std::vector<float> ceilings(peaks.size(), 0.5F);
  std::vector<float> reduction(peaks.size());
  const float largest =
      kernels.ask(peaks.data(), 1.0F, ceilings.data(), peaks.size(), reduction.data());
  for (std::size_t i = 0; i < peaks.size(); ++i) {
    EXPECT_FLOAT_EQ(reduction[i], peaks[i] <= 0.5F ? 0.0F : 1.0F - 0.5F / peaks[i]) << i;
  }
  EXPECT_EQ(largest, reduction.back());
  EXPECT_EQ(kernels.ask(peaks.data(), 1.0F, ceilings.data(), 0, reduction.data()), 0.0F);
  kernels.ask(peaks.data(), 2.0F, ceilings.data(), peaks.size(), reduction.data());
  for (std::size_t i = 0; i < peaks.size(); ++i) {
    EXPECT_FLOAT_EQ(reduction[i], peaks[i] <= 0.25F ? 0.0F : 1.0F - 0.25F / peaks[i]) << i;
  }
}

TEST_P(LimiterKernelsTest, TakesBothChannelsAndTheirPeak) {
  const LimiterKernels kernels = ResolveLimiterKernels();
  for (const std::size_t frames : {0U, 1U, 16U, 77U}) {
    const auto left = test::Noise(1.0, frames, 7);
    auto right = test::Noise(0.5, frames, 8);
    if (frames > 0) right.back() = -1.5F;
    std::vector<float> left_to(frames + 1, 77.0F);
    std::vector<float> right_to(frames + 1, 77.0F);
    EXPECT_EQ(kernels.take(left.data(), right.data(), frames, left_to.data(), right_to.data()),
              frames > 0 ? 1.5F : 0.0F);
    EXPECT_TRUE(std::equal(left.begin(), left.end(), left_to.begin()));
    EXPECT_TRUE(std::equal(right.begin(), right.end(), right_to.begin()));
    EXPECT_EQ(left_to.back(), 77.0F);
    EXPECT_EQ(right_to.back(), 77.0F);
  }
}

TEST_P(LimiterKernelsTest, AsksForTheLouderOfBothChannels) {
  const LimiterKernels kernels = ResolveLimiterKernels();
  const auto left = test::Noise(1.0, 77, 5);
  const auto right = test::Noise(1.0, 77, 6);
  const std::vector<float> ceilings(left.size(), 0.3F);
  std::vector<float> reduction(left.size());
  const float largest = kernels.ask_samples(left.data(), right.data(), ceilings.data(), left.size(),
                                            reduction.data());
  for (std::size_t i = 0; i < left.size(); ++i) {
    const float peak = std::max(std::abs(left[i]), std::abs(right[i]));
    EXPECT_FLOAT_EQ(reduction[i], peak <= 0.3F ? 0.0F : 1.0F - 0.3F / peak) << i;
  }
  EXPECT_EQ(largest, *std::max_element(reduction.begin(), reduction.end()));
}

TEST_P(LimiterKernelsTest, TakesTheLargestOfFour) {
  const LimiterKernels kernels = ResolveLimiterKernels();
  const auto x = test::Noise(1.0, 1003, 4);
  for (const std::array<std::size_t, 3> back :
       {std::array<std::size_t, 3>{0, 0, 0}, {1, 2, 3}, {4, 8, 12}, {16, 17, 17}, {64, 128, 178}}) {
    const std::size_t count = x.size() - back[2];
    std::vector<float> largest(count + 1, 77.0F);
    kernels.largest({.from = x.data() + back[2], .back = back, .to = largest.data()}, count);
    for (std::size_t i = back[2]; i < x.size(); ++i) {
      ASSERT_EQ(largest[i - back[2]],
                std::max({x[i], x[i - back[0]], x[i - back[1]], x[i - back[2]]}))
          << back[0] << ' ' << i;
    }
    EXPECT_EQ(largest.back(), 77.0F) << "writes past the end";
  }
}

LimiterRelease Release(float pole, float slow_pole) {
  LimiterRelease release;
  release.SetPoles(pole, slow_pole);
  release.Reset();
  return release;
}

// The larger of a release and of one that follows it in groups, slowly down.
std::vector<double> Released(const std::vector<float>& held, double pole, double slow_pole) {
  std::vector<double> expected(held.size());
  double released = 0.0;
  double from = 0.0;
  double to = 0.0;
  double mean = 0.0;
  for (std::size_t i = 0; i < held.size(); ++i) {
    const std::size_t frame = i % kReleaseGroup;
    released = std::max(static_cast<double>(held[i]), pole * released);
    mean = (frame == 0 ? 0.0 : mean) + released / kReleaseGroup;
    expected[i] =
        std::max(released, from + (to - from) * static_cast<double>(frame + 1) / kReleaseGroup);
    if (frame + 1 < kReleaseGroup) continue;
    from = to;
    to = mean + std::pow(mean > to ? pole : slow_pole, kReleaseGroup) * (to - mean);
  }
  return expected;
}

// Averages over `first` and `second` of a release, however it is cut.
std::vector<float> Smoothed(std::vector<float> held, std::size_t first, std::size_t second,
                            std::size_t cut, LimiterRelease& release) {
  const LimiterKernels kernels = ResolveLimiterKernels();
  LimiterAverages averages;
  averages.Prepare(first, second);
  const std::vector<float> shares(held.size(), 1.0F);
  for (std::size_t at = 0; at < held.size(); at += cut) {
    kernels.smooth(held.data() + at, shares.data() + at, std::min(cut, held.size() - at), release,
                   averages);
  }
  return held;
}

// Never less than what is asked for; the release's time constant; and nothing left in the end.
TEST_P(LimiterKernelsTest, ReleasesFromAboveAndToNothing) {
  constexpr float kPole = 0.999F;
  auto held = test::Noise(0.9, 3000, 1);
  for (float& v : held) v = v < 0.7F ? 0.0F : v;
  held.resize(120000, 0.0F);
  for (const auto& [first, second] : {std::pair{1U, 1U}, std::pair{5U, 37U}}) {
    LimiterRelease release = Release(kPole, 0.9998F);
    const auto smoothed = Smoothed(held, first, second, 61, release);
    LimiterRelease again = Release(kPole, 0.9998F);
    EXPECT_EQ(Smoothed(held, first, second, held.size(), again), smoothed);
    auto expected = Released(held, static_cast<double>(kPole), static_cast<double>(0.9998F));
    for (const std::size_t length : {first, second}) {
      auto averaged = expected;
      for (std::size_t i = 0; i < expected.size(); ++i) {
        averaged[i] = 0.0;
        for (std::size_t j = 0; j < std::min(length, i + 1); ++j) averaged[i] += expected[i - j];
        averaged[i] /= static_cast<double>(length);
      }
      expected = averaged;
    }
    for (std::size_t i = 0; i < held.size(); ++i) {
      if (first == 1) {
        ASSERT_GE(smoothed[i], held[i]) << i;
      }
      ASSERT_NEAR(static_cast<double>(smoothed[i]), expected[i], 5e-6) << i;
    }
    EXPECT_EQ(smoothed.back(), 0.0F);
    EXPECT_TRUE(release.done());
  }
}

TEST_P(LimiterKernelsTest, AppliesAndClamps) {
  const LimiterKernels kernels = ResolveLimiterKernels();
  const auto x = test::Noise(2.0, 1003, 2);
  auto reduction = test::Noise(0.5, x.size(), 3);
  for (float& v : reduction) v = std::abs(v);
  const std::vector<float> ceilings(x.size(), 0.6F);
  auto reversed = x;
  std::reverse(reversed.begin(), reversed.end());
  std::vector<float> left(x.size());
  std::vector<float> right(x.size());
  const float largest = kernels.apply(reduction.data(), ceilings.data(), x.size(), x.data(),
                                      reversed.data(), {left.data(), right.data(), x.size()});
  for (std::size_t i = 0; i < x.size(); ++i) {
    ASSERT_EQ(left[i], std::clamp(x[i] * (1.0F - reduction[i]), -0.6F, 0.6F)) << i;
    ASSERT_EQ(right[i], std::clamp(reversed[i] * (1.0F - reduction[i]), -0.6F, 0.6F)) << i;
  }
  EXPECT_EQ(largest, *std::max_element(reduction.begin(), reduction.end()));
}

}  // namespace
}  // namespace auralis
