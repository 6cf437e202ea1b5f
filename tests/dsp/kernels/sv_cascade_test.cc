#include "dsp/kernels/sv_cascade.h"

#include <gtest/gtest.h>
#include <hwy/tests/hwy_gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "dsp/filter_design.h"
#include "dsp/sv_bank.h"
#include "tests/dsp/kernels/sv_reference.h"
#include "tests/support/measure.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

constexpr double kRate = test::kSvRateHz;

constexpr std::size_t kFewSections[] = {1, 2, SvCascade::kFewSections};
constexpr std::size_t kLengths[] = {1, 2, 3, 5, 7, 8, 15, 16, 17, 31, 63, 64, 65, 127, 480, 1024};

class SvCascadeTest : public hwy::TestWithParamTarget {};
HWY_TARGET_INSTANTIATE_TEST_SUITE_P(SvCascadeTest);

TEST_P(SvCascadeTest, AgreesWithTheDoubleReference) {
  const SvCascadeKernels kernels = ResolveSvCascadeKernels();
  double worst = 0.0;
  for (const std::size_t sections : kFewSections) {
    test::RandomCascade cascade(sections, static_cast<unsigned>(sections));
    const double error =
        cascade.LargestError(kLengths, [&](float* left, float* right, std::size_t frames) {
          kernels.few(*cascade.product, left, right, frames);
        });
    worst = std::max(worst, error);
    EXPECT_LE(worst, 1e-6) << sections << " sections";
  }
  std::printf("worst difference from double: %.2g of full scale\n", worst);
}

TEST_P(SvCascadeTest, DoesNotDependOnTheCut) {
  const SvCascadeKernels kernels = ResolveSvCascadeKernels();
  constexpr std::size_t kFrames = 3000;
  const auto x = test::Noise(0.25, kFrames, 7);
  for (const std::size_t sections : {1U, 3U, 5U, 16U, 33U}) {
    for (const bool moving : {false, true}) {
      if (!moving && sections > SvCascade::kFewSections) continue;
      const auto run = [&](auto next_length) {
        const test::RandomCascade cascade(sections, 5);
        const test::RandomCascade other(sections, 6);
        SvCascade& product = *cascade.product;
        for (std::size_t ch = 0; ch < 2; ++ch) {
          for (std::size_t c = 0; c < SvCascade::kCoefficients; ++c) {
            for (std::size_t s = 0; s < sections; ++s) {
              product.change[ch][c][s] = other.product->value[ch][c][s] - product.value[ch][c][s];
            }
          }
        }
        auto left = x;
        auto right = x;
        for (std::size_t at = 0; at < kFrames;) {
          const std::size_t frames = std::min<std::size_t>(next_length(), kFrames - at);
          if (moving) {
            const SvRamp ramp{.elapsed_frames = at, .ramp_frames = kFrames};
            kernels.moving(product, ramp, left.data() + at, right.data() + at, frames);
          } else {
            kernels.few(product, left.data() + at, right.data() + at, frames);
          }
          at += frames;
        }
        left.insert(left.end(), right.begin(), right.end());
        return left;
      };
      std::minstd_rand cuts(9);
      EXPECT_EQ(run([] { return kFrames; }), run([&] { return 1 + cuts() % 200; }))
          << sections << (moving ? " moving" : " settled");
    }
  }
}

TEST_P(SvCascadeTest, MovesItsCoefficientsFrameByFrame) {
  // One section whose output coefficient alone moves: y = d0(i) x.
  const SvCascadeKernels kernels = ResolveSvCascadeKernels();
  constexpr std::size_t kFrames = 960;
  for (const std::size_t sections : {1U, 20U}) {
    auto cascade = std::make_unique<SvCascade>();
    cascade->sections = sections;
    for (std::size_t ch = 0; ch < 2; ++ch) {
      for (std::size_t s = 0; s < sections; ++s) cascade->value[ch][SvCascade::kD0][s] = 1.0F;
      cascade->change[ch][SvCascade::kD0][sections - 1] = -0.75F;
    }
    std::vector<float> left(kFrames, 1.0F);
    std::vector<float> right(kFrames, -1.0F);
    kernels.moving(*cascade, {.elapsed_frames = 0, .ramp_frames = kFrames}, left.data(),
                   right.data(), kFrames);
    for (std::size_t i = 0; i < kFrames; ++i) {
      const double u = static_cast<double>(i + 1) / kFrames;
      const double expected = 1.0 - 0.75 * u * u * (3.0 - 2.0 * u);
      ASSERT_NEAR(left[i], expected, 1e-6) << i;
      ASSERT_NEAR(right[i], -expected, 1e-6) << i;
    }
  }
}

TEST_P(SvCascadeTest, IdentitySectionsReturnTheInputBitForBit) {
  const SvCascadeKernels kernels = ResolveSvCascadeKernels();
  const auto x = test::Noise(1.0, 500, 8);
  auto cascade = std::make_unique<SvCascade>();
  cascade->sections = SvCascade::kFewSections;
  for (std::size_t ch = 0; ch < 2; ++ch) {
    for (std::size_t s = 0; s < cascade->sections; ++s) {
      test::SetSection(*cascade, ch, s, DesignFilter(FilterType::kBell, 1000.0, 12.0, 1.0, kRate));
      cascade->value[ch][SvCascade::kD0][s] = 1.0F;
      cascade->value[ch][SvCascade::kD1][s] = cascade->value[ch][SvCascade::kD2][s] = 0.0F;
    }
  }
  auto left = x;
  auto right = x;
  kernels.few(*cascade, left.data(), right.data(), x.size());
  EXPECT_EQ(left, x);
  EXPECT_EQ(right, x);
}

TEST_P(SvCascadeTest, WritesOnlyTheFramesItWasGiven) {
  const SvCascadeKernels kernels = ResolveSvCascadeKernels();
  constexpr float kGuard = 12345.0F;
  for (const std::size_t sections : {1U, 3U, 16U, 19U}) {
    for (const std::size_t length : kLengths) {
      const test::RandomCascade cascade(sections, 3);
      std::vector<float> left(length + 64, kGuard);
      std::vector<float> right(length + 64, kGuard);
      std::fill_n(left.begin() + 32, length, 0.1F);
      std::fill_n(right.begin() + 32, length, 0.1F);
      if (sections <= SvCascade::kFewSections) {
        kernels.few(*cascade.product, left.data() + 32, right.data() + 32, length);
      } else {
        kernels.moving(*cascade.product, {.elapsed_frames = 0, .ramp_frames = 4096},
                       left.data() + 32, right.data() + 32, length);
      }
      for (std::size_t i = 0; i < 32; ++i) {
        ASSERT_EQ(left[i], kGuard);
        ASSERT_EQ(right[i], kGuard);
        ASSERT_EQ(left[32 + length + i], kGuard);
        ASSERT_EQ(right[32 + length + i], kGuard);
      }
    }
  }
}

TEST_P(SvCascadeTest, StaysBoundedWhileExtremeFiltersTurnIntoEachOther) {
  // All-pass filters of any frequency and Q, turning into each other at any moment: the energy of
  // the states cannot grow by the movement, so the output stays near the input.
  const SvCascadeKernels kernels = ResolveSvCascadeKernels();
  constexpr std::size_t kFrames = 64;
  std::minstd_rand generator(12);
  auto cascade = std::make_unique<SvCascade>();
  cascade->sections = 1;
  const auto random_filter = [&] {
    const auto uniform = [&] {
      return static_cast<double>(generator()) / static_cast<double>(std::minstd_rand::max());
    };
    // One after the other: compilers differ in which argument they work out first.
    const double q = 0.1 * std::pow(1000.0, uniform());
    const double frequency_hz = 10.0 * std::pow(2352.0, uniform());
    return MakeSvTarget(DesignFilter(FilterType::kAllPass, frequency_hz, 0.0, q, kRate),
                        SvTarget::Side::kBoth)
        .coefficients;
  };
  auto now = random_filter();
  double largest = 0.0;
  for (int round = 0; round < 20000; ++round) {
    const auto next = random_filter();
    for (std::size_t ch = 0; ch < 2; ++ch) {
      for (std::size_t c = 0; c < SvCascade::kCoefficients; ++c) {
        cascade->value[ch][c][0] = now[c];
        cascade->change[ch][c][0] = next[c] - now[c];
      }
    }
    now = next;
    auto left = test::Noise(0.5, kFrames, static_cast<unsigned>(round) + 1);
    auto right = left;
    kernels.moving(*cascade, {.elapsed_frames = 0, .ramp_frames = kFrames}, left.data(),
                   right.data(), kFrames);
    largest = std::max(largest, test::PeakOf(left));
  }
  EXPECT_LT(largest, 10.0);
}

}  // namespace
}  // namespace auralis
