#include "dsp/kernels/head_filter.h"

#include <gtest/gtest.h>
#include <hwy/highway.h>
#include <hwy/tests/hwy_gtest.h>

#include <utility>
#include <vector>

#include "dsp/kernels/polyphase.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

class HeadFilter : public hwy::TestWithParamTarget {};
HWY_TARGET_INSTANTIATE_TEST_SUITE_P(HeadFilter);

TEST_P(HeadFilter, AddsTheFilteredTickAndWhatPartsOfItGiveToTheBit) {
  constexpr std::size_t kFrames = kHeadFilterFrames;
  const auto taps = test::Noise(0.2, kFrames, 1);
  const auto x = test::Noise(1.0, 2 * kFrames, 2);
  const auto before = test::Noise(1.0, kFrames, 3);
  const float* const newest = x.data() + kFrames;
  auto out = before;
  out.push_back(-7.0F);
  ResolveHeadFilterKernel()(newest, taps.data(), out.data());
  EXPECT_EQ(out[kFrames], -7.0F) << "written past the end";
  auto in_parts = before;
  for (const auto& [at, frames] :
       std::vector<std::pair<std::size_t, std::size_t>>{{0, 5}, {5, 59}}) {
    const float* const runs[4] = {newest + at, newest + at - 16, newest + at - 32,
                                  newest + at - 48};
    ResolvePolyphaseKernels().lower(runs, taps.data(), 16, 4, frames, in_parts.data() + at);
  }
  for (std::size_t i = 0; i < kFrames; ++i) {
    auto sum = static_cast<double>(before[i]);
    for (std::size_t k = 0; k < kFrames; ++k) {
      sum += static_cast<double>(taps[k]) * static_cast<double>(x[kFrames + i - k]);
    }
    ASSERT_NEAR(static_cast<double>(out[i]), sum, 3e-6) << i;
    ASSERT_EQ(out[i], in_parts[i]) << i;
  }
}

}  // namespace
}  // namespace auralis
