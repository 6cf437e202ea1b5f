#include "dsp/kernels/limiter.h"

#include <gtest/gtest.h>
#include <hwy/tests/hwy_gtest.h>

#include <algorithm>
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
  const float largest = kernels.ask(peaks.data(), ceilings.data(), peaks.size(), reduction.data());
  for (std::size_t i = 0; i < peaks.size(); ++i) {
    EXPECT_FLOAT_EQ(reduction[i], peaks[i] <= 0.5F ? 0.0F : 1.0F - 0.5F / peaks[i]) << i;
  }
  EXPECT_EQ(largest, reduction.back());
  EXPECT_EQ(kernels.ask(peaks.data(), ceilings.data(), 0, reduction.data()), 0.0F);
}

TEST_P(LimiterKernelsTest, TakesTheLargerOfTwo) {
  const LimiterKernels kernels = ResolveLimiterKernels();
  const auto x = test::Noise(1.0, 1003, 4);
  for (const std::size_t back : {0U, 1U, 10U, 64U}) {
    std::vector<float> larger(x.size() - back + 1, 77.0F);
    kernels.larger(x.data() + back, back, x.size() - back, larger.data());
    for (std::size_t i = back; i < x.size(); ++i) {
      ASSERT_EQ(larger[i - back], std::max(x[i], x[i - back])) << back << ' ' << i;
    }
    EXPECT_EQ(larger.back(), 77.0F) << "writes past the end";
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
  auto left = x;
  auto right = x;
  std::reverse(right.begin(), right.end());
  const auto reversed = right;
  const float largest =
      kernels.apply(reduction.data(), ceilings.data(), x.size(), left.data(), right.data());
  for (std::size_t i = 0; i < x.size(); ++i) {
    ASSERT_EQ(left[i], std::clamp(x[i] * (1.0F - reduction[i]), -0.6F, 0.6F)) << i;
    ASSERT_EQ(right[i], std::clamp(reversed[i] * (1.0F - reduction[i]), -0.6F, 0.6F)) << i;
  }
  EXPECT_EQ(largest, *std::max_element(reduction.begin(), reduction.end()));
}

}  // namespace
}  // namespace auralis
