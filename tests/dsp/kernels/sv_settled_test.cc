#include "dsp/kernels/sv_settled.h"

#include <gtest/gtest.h>
#include <hwy/tests/hwy_gtest.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <random>
#include <vector>

#include "dsp/filter_design.h"
#include "tests/dsp/kernels/sv_reference.h"
#include "tests/support/measure.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

constexpr std::size_t kSections[] = {1,  2,  3,  4,  5,  7,  8,  9,  15, 16,
                                     17, 23, 25, 31, 32, 33, 40, 64, 256};
constexpr std::size_t kLengths[] = {1,  2,  3,  5,  7,  8,  9,   15,  16,   17,
                                    23, 31, 32, 33, 63, 64, 127, 480, 1024, 2500};

std::unique_ptr<SvSettled> Settled(const SvCascade& cascade) {
  auto settled = std::make_unique<SvSettled>();
  Settle(cascade, *settled);
  return settled;
}

class SvSettledTest : public hwy::TestWithParamTarget {};
HWY_TARGET_INSTANTIATE_TEST_SUITE_P(SvSettledTest);

TEST_P(SvSettledTest, AgreesWithTheDoubleReference) {
  const SvSettledKernel kernel = ResolveSvSettledKernel();
  double worst = 0.0;
  for (const std::size_t sections : kSections) {
    test::RandomCascade cascade(sections, static_cast<unsigned>(sections));
    const auto settled = Settled(*cascade.product);
    const double error =
        cascade.LargestError(kLengths, [&](float* left, float* right, std::size_t frames) {
          kernel(*settled, left, right, frames);
        });
    worst = std::max(worst, error);
    EXPECT_LE(worst, 1e-6) << sections << " sections";
  }
  std::printf("worst difference from double: %.2g of full scale\n", worst);
}

// Poles near -1 (high), near 1 (low and sharp), one near each (broad and deep).
TEST_P(SvSettledTest, ExtremeSectionsAreAsExact) {
  struct Extreme {
    double frequency_hz, gain_db, q, most_error;
  };
  constexpr Extreme kExtremes[] = {{20000.0, 3.0, 0.7, 3e-6},    {23500.0, 3.0, 0.7, 3e-6},
                                   {23900.0, 3.0, 0.7, 3e-6},    {23980.0, -6.0, 0.7, 3e-6},
                                   {23980.0, 3.0, 20.0, 3e-6},   {20.0, 3.0, 20.0, 3e-6},
                                   {150.0, -24.0, 0.01, 3e-7},   {4000.0, -24.0, 0.01, 3e-7},
                                   {12000.0, -24.0, 0.01, 1e-6}, {18000.0, -24.0, 0.01, 3e-6}};
  const SvSettledKernel kernel = ResolveSvSettledKernel();
  for (const Extreme& extreme : kExtremes) {
    test::RandomCascade cascade(25, 2);
    const SvFilter filter = DesignFilter(FilterType::kBell, extreme.frequency_hz, extreme.gain_db,
                                         extreme.q, test::kSvRateHz);
    for (const std::size_t s : {0U, 11U, 24U}) {
      for (std::size_t ch = 0; ch < 2; ++ch) {
        test::SetSection(*cascade.product, ch, s, filter);
        cascade.reference[ch][s].filter = filter;
      }
    }
    const auto settled = Settled(*cascade.product);
    auto x = test::Sine(100.0, 0.5, test::kSvRateHz, 5000);
    const auto noise = test::Noise(0.25, x.size(), 3);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] += noise[i];
    for (int turn = 0; turn < 2; ++turn) {  // by way of the other form
      auto left = x;
      auto right = x;
      kernel(*settled, left.data(), right.data(), x.size());
      const double worst = std::max(test::LargestDifference(left, cascade.Expected(0, x)),
                                    test::LargestDifference(right, cascade.Expected(1, x)));
      EXPECT_LE(worst, extreme.most_error) << extreme.frequency_hz << " Hz, Q " << extreme.q;
      TakeStates(*settled, *cascade.product);
      Settle(*cascade.product, *settled);
    }
  }
}

TEST_P(SvSettledTest, DoesNotDependOnTheCut) {
  const SvSettledKernel kernel = ResolveSvSettledKernel();
  constexpr std::size_t kFrames = 3000;
  const auto x = test::Noise(0.25, kFrames, 7);
  for (const std::size_t sections : {1U, 5U, 16U, 32U, 33U}) {
    const auto run = [&](auto next_length) {
      const test::RandomCascade cascade(sections, 5);
      const auto settled = Settled(*cascade.product);
      auto left = x;
      auto right = x;
      for (std::size_t at = 0; at < kFrames;) {
        const std::size_t frames = std::min<std::size_t>(next_length(), kFrames - at);
        kernel(*settled, left.data() + at, right.data() + at, frames);
        at += frames;
      }
      left.insert(left.end(), right.begin(), right.end());
      return left;
    };
    std::minstd_rand cuts(9);
    const auto whole = run([] { return kFrames; });
    EXPECT_EQ(whole, run([&] { return 1 + cuts() % 200; })) << sections;
    EXPECT_EQ(whole, run([&] { return 1 + cuts() % 20; })) << sections;
  }
}

// Half in this form, half in the one that may move, and back.
TEST_P(SvSettledTest, HandsItsStatesToTheOtherFormAndBack) {
  const SvSettledKernel kernel = ResolveSvSettledKernel();
  const SvCascadeKernels moving = ResolveSvCascadeKernels();
  constexpr std::size_t kFrames = 480;
  for (const std::size_t sections : {1U, 25U}) {
    test::RandomCascade cascade(sections, 11);
    const auto settled = std::make_unique<SvSettled>();
    for (unsigned turn = 0; turn < 8; ++turn) {
      const auto x = test::Noise(0.25, kFrames, turn + 1);
      auto left = x;
      auto right = x;
      if (turn % 2 == 0) {
        Settle(*cascade.product, *settled);
        kernel(*settled, left.data(), right.data(), kFrames);
        TakeStates(*settled, *cascade.product);
      } else {
        moving.moving(*cascade.product, {.elapsed_frames = 0, .ramp_frames = 1}, left.data(),
                      right.data(), kFrames);
      }
      ASSERT_LE(test::LargestDifference(left, cascade.Expected(0, x)), 1e-6) << turn;
      ASSERT_LE(test::LargestDifference(right, cascade.Expected(1, x)), 1e-6) << turn;
    }
  }
}

TEST_P(SvSettledTest, FewerSectionsThanBeforeLeaveNothingBehind) {
  const SvSettledKernel kernel = ResolveSvSettledKernel();
  const auto settled = std::make_unique<SvSettled>();
  for (const std::size_t sections : {33U, 6U, 13U, 4U}) {
    test::RandomCascade cascade(sections, 4);
    Settle(*cascade.product, *settled);
    const auto x = test::Noise(0.25, 1000, 3);
    auto left = x;
    auto right = x;
    kernel(*settled, left.data(), right.data(), x.size());
    EXPECT_LE(test::LargestDifference(left, cascade.Expected(0, x)), 1e-6) << sections;
    EXPECT_LE(test::LargestDifference(right, cascade.Expected(1, x)), 1e-6) << sections;
  }
}

TEST_P(SvSettledTest, IdentitySectionsReturnTheInputBitForBit) {
  const SvSettledKernel kernel = ResolveSvSettledKernel();
  const auto x = test::Noise(1.0, 500, 8);
  auto cascade = std::make_unique<SvCascade>();
  cascade->sections = 21;
  for (std::size_t ch = 0; ch < 2; ++ch) {
    for (std::size_t s = 0; s < cascade->sections; ++s) {
      test::SetSection(*cascade, ch, s,
                       DesignFilter(FilterType::kBell, 1000.0, 12.0, 1.0, test::kSvRateHz));
      cascade->value[ch][SvCascade::kD0][s] = 1.0F;
      cascade->value[ch][SvCascade::kD1][s] = cascade->value[ch][SvCascade::kD2][s] = 0.0F;
    }
  }
  const auto settled = Settled(*cascade);
  auto left = x;
  auto right = x;
  kernel(*settled, left.data(), right.data(), x.size());
  EXPECT_EQ(left, x);
  EXPECT_EQ(right, x);
}

TEST_P(SvSettledTest, WritesOnlyTheFramesItWasGiven) {
  const SvSettledKernel kernel = ResolveSvSettledKernel();
  constexpr float kGuard = 12345.0F;
  for (const std::size_t sections : {1U, 16U, 19U}) {
    for (const std::size_t length : kLengths) {
      const test::RandomCascade cascade(sections, 3);
      const auto settled = Settled(*cascade.product);
      std::vector<float> left(length + 64, kGuard);
      std::vector<float> right(length + 64, kGuard);
      std::fill_n(left.begin() + 32, length, 0.1F);
      std::fill_n(right.begin() + 32, length, 0.1F);
      kernel(*settled, left.data() + 32, right.data() + 32, length);
      for (std::size_t i = 0; i < 32; ++i) {
        ASSERT_EQ(left[i], kGuard);
        ASSERT_EQ(right[i], kGuard);
        ASSERT_EQ(left[32 + length + i], kGuard);
        ASSERT_EQ(right[32 + length + i], kGuard);
      }
    }
  }
}

}  // namespace
}  // namespace auralis
