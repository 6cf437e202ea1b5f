#include "dsp/kernels/limiter.h"

#include <gtest/gtest.h>
#include <hwy/tests/hwy_gtest.h>

#include <algorithm>
#include <cmath>
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

// Never less than what is asked for, however it is cut; the release's time constant; and nothing
// left in the end.
TEST_P(LimiterKernelsTest, ReleasesFromAboveAndToNothing) {
  const LimiterKernels kernels = ResolveLimiterKernels();
  constexpr float kPole = 0.999F;
  auto held = test::Noise(0.9, 3000, 1);
  for (float& v : held) v = v < 0.7F ? 0.0F : v;
  held.resize(120000, 0.0F);
  const std::vector<float> shares(held.size(), 1.0F);
  const auto run = [&](std::size_t cut, LimiterRelease& release) {
    auto work = held;
    std::vector<std::int32_t> whole(held.size());
    for (std::size_t at = 0; at < held.size(); at += cut) {
      kernels.release(work.data() + at, shares.data() + at, std::min(cut, held.size() - at),
                      release, whole.data() + at);
    }
    return whole;
  };
  LimiterRelease release{.pole = kPole, .slow_pole = 0.9998F};
  const auto whole = run(61, release);
  LimiterRelease again{.pole = kPole, .slow_pole = 0.9998F};
  EXPECT_EQ(run(held.size(), again), whole);
  double released = 0.0;
  double slow = 0.0;
  for (std::size_t i = 0; i < held.size(); ++i) {
    const double got = static_cast<double>(whole[i]) / static_cast<double>(kWholeReduction);
    ASSERT_GE(got, static_cast<double>(held[i])) << i;
    released = std::max(static_cast<double>(held[i]), static_cast<double>(kPole) * released);
    slow = released + static_cast<double>(released > slow ? kPole : 0.9998F) * (slow - released);
    ASSERT_NEAR(got, std::max(released, slow), 5e-6) << i;
  }
  EXPECT_EQ(whole.back(), 0);
  EXPECT_EQ(release.released, 0.0F);
  EXPECT_EQ(release.slow, 0.0F);
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
