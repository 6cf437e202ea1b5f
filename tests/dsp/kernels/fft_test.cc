#include "dsp/kernels/fft.h"

#include <gtest/gtest.h>
#include <hwy/tests/hwy_gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdio>
#include <numbers>
#include <stdexcept>
#include <vector>

#include "dsp/real_fft.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

class FftKernelsTest : public hwy::TestWithParamTarget {};
HWY_TARGET_INSTANTIATE_TEST_SUITE_P(FftKernelsTest);

// One bin by its definition, in double.
std::complex<double> Bin(const std::vector<float>& x, std::size_t bin) {
  const std::complex<double> turn = std::polar(
      1.0, -2.0 * std::numbers::pi * static_cast<double>(bin) / static_cast<double>(x.size()));
  std::complex<double> phasor = 1.0;
  std::complex<double> sum = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    sum += static_cast<double>(x[i]) * phasor;
    phasor = (i + 1) % 64 != 0 ? phasor * turn
                               : std::polar(1.0, -2.0 * std::numbers::pi *
                                                     static_cast<double>(bin * (i + 1) % x.size()) /
                                                     static_cast<double>(x.size()));
  }
  return sum;
}

// Relative to the root of the length, which is what noise comes to.
TEST_P(FftKernelsTest, RealTransformsAreThoseOfTheDefinition) {
  double worst = 0.0;
  double worst_back = 0.0;
  for (std::size_t length = RealFft::kShortest; length <= 65536; length *= 2) {
    const RealFft fft(length);
    ASSERT_EQ(fft.length(), length);
    const auto x = test::Noise(1.0, length, 3);
    std::vector<float> real(fft.bins() + 1, 77.0F);
    std::vector<float> imaginary(fft.bins() + 1, 77.0F);
    fft.Forward(x.data(), real.data(), imaginary.data());
    EXPECT_EQ(real.back(), 77.0F) << "writes past the end";
    EXPECT_EQ(imaginary.back(), 77.0F) << "writes past the end";
    const double scale = 1.0 / std::sqrt(static_cast<double>(length));
    for (std::size_t bin = 0; bin <= length / 2; bin += std::max<std::size_t>(1, length / 128)) {
      for (const std::size_t b : {bin, length / 2 - std::min(length / 2, bin + 3)}) {
        const auto expected = Bin(x, b);
        const std::complex<double> got(static_cast<double>(real[b]),
                                       static_cast<double>(imaginary[b]));
        worst = std::max(worst, scale * std::abs(got - expected));
      }
    }
    std::vector<float> back(length + 1, 77.0F);
    fft.Inverse(real.data(), imaginary.data(), back.data());
    EXPECT_EQ(back.back(), 77.0F) << "writes past the end";
    for (std::size_t i = 0; i < length; ++i) {
      const double error =
          static_cast<double>(back[i]) / static_cast<double>(length) - static_cast<double>(x[i]);
      worst_back = std::max(worst_back, std::abs(error));
    }
  }
  std::printf("transforms: within %.2g, there and back %.2g\n", worst, worst_back);
  EXPECT_LT(worst, 1e-6);
  EXPECT_LT(worst_back, 1e-6);
}

TEST_P(FftKernelsTest, StereoPowersAreThoseOfBothChannels) {
  const FftKernels kernels = ResolveFftKernels();
  for (const std::size_t points : {16U, 32U, 64U, 2048U, 8192U}) {
    FftTables tables(points);
    const auto left = test::Noise(1.0, points, 4);
    const auto right = test::Noise(0.5, points, 5);
    std::vector<float> both(2 * points);
    for (std::size_t i = 0; i < points; ++i) {
      both[2 * i] = left[i];
      both[2 * i + 1] = right[i];
    }
    std::vector<float> power(points / 2 + 2, 77.0F);
    kernels.stereo_power(tables, both.data(), power.data());
    EXPECT_EQ(power.back(), 77.0F) << "writes past the end";
    for (std::size_t bin = 0; bin <= points / 2; bin += std::max<std::size_t>(1, points / 128)) {
      const double expected = 2.0 * (std::norm(Bin(left, bin)) + std::norm(Bin(right, bin)));
      EXPECT_NEAR(static_cast<double>(power[bin]), expected, 1e-5 * static_cast<double>(points))
          << points << ' ' << bin;
    }
  }
}

TEST(RealFft, SaysWhichLengthsItTakes) {
  for (const std::size_t length : {0U, 16U, 48U, 4095U}) {
    EXPECT_THROW(RealFft{length}, std::invalid_argument) << length;
  }
}

}  // namespace
}  // namespace auralis
