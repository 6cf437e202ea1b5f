#include "dsp/kernels/polyphase.h"

#include <gtest/gtest.h>
#include <hwy/highway.h>
#include <hwy/tests/hwy_gtest.h>

#include <array>
#include <cmath>
#include <vector>

#include "tests/support/signals.h"

namespace auralis {
namespace {

constexpr std::size_t kPhases = 8;

class Polyphase : public hwy::TestWithParamTarget {};
HWY_TARGET_INSTANTIATE_TEST_SUITE_P(Polyphase);

TEST_P(Polyphase, RaiseIsAFilterForEveryPhase) {
  const PolyphaseKernels kernels = ResolvePolyphaseKernels();
  for (const std::size_t count : {1U, 7U, 32U}) {
    const auto taps = test::Noise(1.0, count * kPhases, 3);
    for (const std::size_t frames : {1U, 5U, 16U, 63U, 200U}) {
      const auto x = test::Noise(1.0, frames + count - 1, 4);
      std::array<std::vector<float>, kPhases> planes;
      std::array<float*, kPhases> pointers{};
      for (std::size_t p = 0; p < kPhases; ++p) {
        planes[p].assign(frames + 1, -7.0F);
        pointers[p] = planes[p].data();
      }
      kernels.raise(x.data(), taps.data(), count, kPhases, frames, pointers.data());
      for (std::size_t p = 0; p < kPhases; ++p) {
        EXPECT_EQ(planes[p][frames], -7.0F) << "written past the end";
        for (std::size_t i = 0; i < frames; ++i) {
          double sum = 0.0;
          for (std::size_t k = 0; k < count; ++k) {
            sum += static_cast<double>(taps[k * kPhases + p]) * static_cast<double>(x[i + k]);
          }
          ASSERT_NEAR(static_cast<double>(planes[p][i]), sum, 3e-6) << frames << ' ' << p;
        }
      }
    }
  }
}

TEST_P(Polyphase, LowerAddsEveryPhaseFiltered) {
  const PolyphaseKernels kernels = ResolvePolyphaseKernels();
  for (const std::size_t count : {1U, 7U, 65U}) {
    const auto taps = test::Noise(0.1, count * kPhases, 5);
    for (const std::size_t frames : {1U, 5U, 16U, 63U, 200U}) {
      std::array<std::vector<float>, kPhases> planes;
      std::array<const float*, kPhases> newest{};
      for (std::size_t p = 0; p < kPhases; ++p) {
        planes[p] = test::Noise(1.0, frames + count - 1, static_cast<std::uint32_t>(10 + p));
        newest[p] = planes[p].data() + count - 1;
      }
      const auto before = test::Noise(1.0, frames, 6);
      auto out = before;
      kernels.lower(newest.data(), taps.data(), count, kPhases, frames, out.data());
      for (std::size_t i = 0; i < frames; ++i) {
        auto sum = static_cast<double>(before[i]);
        for (std::size_t p = 0; p < kPhases; ++p) {
          for (std::size_t k = 0; k < count; ++k) {
            sum += static_cast<double>(taps[p * count + k]) *
                   static_cast<double>(planes[p][i + count - 1 - k]);
          }
        }
        ASSERT_NEAR(static_cast<double>(out[i]), sum, 1e-5) << frames;
      }
    }
  }
}

}  // namespace
}  // namespace auralis
