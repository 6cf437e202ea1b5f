#include "dsp/stages/stereo.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "tests/dsp/stages/response.h"
#include "tests/dsp/stages/running_stage.h"
#include "tests/support/measure.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

constexpr double kRate = 48000.0;
constexpr std::size_t kSecond = 48000;

StereoImage::Params Width(float width) {
  auto params = DefaultParams<StereoImage::Params>(StereoImage::kParams);
  params.width = width;
  return params;
}

// A side of little power beside a middle, so that the guard has nothing to say.
double SideGainDb(const StereoImage::Params& params, double hz) {
  const auto middle = test::Sine(3333.0, 0.5, kRate, 2 * kSecond);
  const auto side = test::Sine(hz, 0.01, kRate, 2 * kSecond);
  test::Stereo x{middle, middle};
  for (std::size_t i = 0; i < middle.size(); ++i) {
    x.left[i] += side[i];
    x.right[i] -= side[i];
  }
  const test::Stereo y = test::RunningStage<StereoImage>(params).Feed(x);
  std::vector<float> out(kSecond);
  for (std::size_t i = 0; i < kSecond; ++i) {
    out[i] = 0.5F * (y.left[kSecond + i] - y.right[kSecond + i]);
  }
  return test::Db(test::ToneAmplitude(out, hz, kRate) / 0.01);
}

TEST(StereoImage, HalfIsTheInputBitForBit) {
  const test::Stereo x{test::Noise(0.9, 9600, 1), test::Noise(0.9, 9600, 2)};
  const test::Stereo y = test::RunningStage<StereoImage>(Width(0.5F)).Feed(x);
  EXPECT_EQ(y.left, x.left);
  EXPECT_EQ(y.right, x.right);
}

TEST(StereoImage, NothingIsMono) {
  const test::Stereo x{test::Noise(0.9, 9600, 1), test::Noise(0.9, 9600, 2)};
  const test::Stereo y = test::RunningStage<StereoImage>(Width(0.0F)).Feed(x);
  double worst = 0.0;
  for (std::size_t i = 0; i < y.left.size(); ++i) {
    worst = std::max(
        worst, 0.5 * std::abs(static_cast<double>(y.left[i]) - static_cast<double>(y.right[i])));
    ASSERT_NEAR(y.left[i], 0.5F * (x.left[i] + x.right[i]), 1e-7F);
  }
  std::printf("side at width 0: %.0f dB\n", test::Db(worst));
  EXPECT_LT(test::Db(worst), -120.0);
}

TEST(StereoImage, OneIsTwiceTheSideAboveTheBass) {
  EXPECT_NEAR(SideGainDb(Width(1.0F), 12000.0), 6.02, 0.2);
  EXPECT_NEAR(SideGainDb(Width(1.0F), 6000.0), 6.02, 0.5);
  EXPECT_NEAR(SideGainDb(Width(1.0F), 1000.0), 3.01, 0.1);
  EXPECT_NEAR(SideGainDb(Width(1.0F), 100.0), 0.0, 0.2);
  EXPECT_NEAR(SideGainDb(Width(0.75F), 12000.0), 3.52, 0.2);
  // Narrowing goes all the way down.
  for (const double hz : {40.0, 1000.0, 12000.0}) {
    EXPECT_NEAR(SideGainDb(Width(0.25F), hz), -6.02, 0.01);
  }
}

TEST(StereoImage, TakesTheSideOutOfTheBass) {
  auto params = Width(0.5F);
  params.mono_below_hz = 150.0F;
  EXPECT_NEAR(SideGainDb(params, 150.0), -3.01, 0.05);
  EXPECT_NEAR(SideGainDb(params, 75.0), -24.1, 0.2);
  EXPECT_NEAR(SideGainDb(params, 1000.0), 0.0, 0.01);
}

// Both channels are `shared` of one noise and the rest of their own.
test::Stereo NoiseOf(double shared, std::size_t frames) {
  const auto common = test::Noise(0.4, frames, 3);
  test::Stereo x{test::Noise(0.4, frames, 4), test::Noise(0.4, frames, 5)};
  const auto c = static_cast<float>(shared);
  const float own = std::sqrt(1.0F - c * c);
  for (std::size_t i = 0; i < frames; ++i) {
    x.left[i] = c * common[i] + own * x.left[i];
    x.right[i] = std::abs(c) * common[i] + own * x.right[i];
  }
  return x;
}

double PowerOf(const std::vector<float>& x, std::size_t from, std::size_t frames) {
  double power = 0.0;
  for (std::size_t i = from; i < from + frames; ++i) {
    power += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  }
  return power;
}

TEST(StereoImage, TheMonoSumStaysAndLosesNoMoreThanADecibelBesideTheStereo) {
  std::vector<std::pair<std::string, test::Stereo>> programmes;
  for (const double shared : {1.0, 0.99, 0.9, 0.5, 0.0, -0.5, -0.95, -1.0}) {
    programmes.emplace_back("correlation " + std::to_string(shared), NoiseOf(shared, 4 * kSecond));
  }
  // It changes every half second.
  test::Stereo mixed = NoiseOf(0.95, 4 * kSecond);
  const test::Stereo wide = NoiseOf(-0.3, 4 * kSecond);
  for (std::size_t i = 0; i < mixed.left.size(); ++i) {
    if (i / (kSecond / 2) % 2 == 0) continue;
    mixed.left[i] = wide.left[i];
    mixed.right[i] = wide.right[i];
  }
  programmes.emplace_back("changing", mixed);
  for (const auto& [name, x] : programmes) {
    const test::Stereo y = test::RunningStage<StereoImage>(Width(1.0F)).Feed(x);
    for (std::size_t i = 0; i < x.left.size(); ++i) {
      ASSERT_NEAR(y.left[i] + y.right[i], x.left[i] + x.right[i], 1e-6F);
    }
    double worst_db = 0.0;
    constexpr std::size_t kWindow = kSecond * 2 / 5;  // 400 ms, as loudness is heard
    for (std::size_t at = kWindow; at + kWindow <= x.left.size(); at += kWindow / 4) {
      const double before = PowerOf(x.left, at, kWindow) + PowerOf(x.right, at, kWindow);
      const double after = PowerOf(y.left, at, kWindow) + PowerOf(y.right, at, kWindow);
      worst_db = std::max(worst_db, 10.0 * std::log10(after / before));
    }
    std::printf("%-24s the mono sum loses %.2f dB\n", name.c_str(), worst_db);
    EXPECT_LE(worst_db, 1.0) << name;
  }
}

TEST(StereoImage, AlmostMonoIsWidenedFully) {
  const test::Stereo x = NoiseOf(0.99, 2 * kSecond);
  const test::Stereo y = test::RunningStage<StereoImage>(Width(1.0F)).Feed(x);
  const auto side = [](const test::Stereo& stereo) {
    std::vector<float> s(kSecond);
    for (std::size_t i = 0; i < kSecond; ++i) {
      s[i] = stereo.left[kSecond + i] - stereo.right[kSecond + i];
    }
    return s;
  };
  // White: most of its power lies above the shelf.
  EXPECT_GT(test::Db(test::RmsOf(side(y)) / test::RmsOf(side(x))), 5.0);
}

TEST(StereoImage, BalanceBoostsNothing) {
  auto params = Width(0.5F);
  params.balance = 0.25F;
  const std::vector<float> x(9600, 0.5F);
  const test::Stereo y = test::RunningStage<StereoImage>(params).Feed({x, x});
  EXPECT_EQ(y.left.back(), 0.375F);
  EXPECT_EQ(y.right.back(), 0.5F);
}

}  // namespace
}  // namespace auralis
