#include "dsp/kernels/odd_fft.h"

#include <gtest/gtest.h>
#include <hwy/tests/hwy_gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdio>
#include <numbers>
#include <stdexcept>
#include <vector>

#include "dsp/aligned_floats.h"
#include "dsp/odd_fft.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

class OddFftKernelsTest : public hwy::TestWithParamTarget {};
HWY_TARGET_INSTANTIATE_TEST_SUITE_P(OddFftKernelsTest);

AlignedFloats Aligned(const std::vector<float>& floats) { return {floats.begin(), floats.end()}; }

// Frequency 2 bin + 1/2 of the window by its definition, in double.
std::complex<double> Bin(const AlignedFloats& x, std::size_t bin) {
  std::complex<double> sum = 0.0;
  const std::size_t quarters = 4 * x.size();
  for (std::size_t n = 0; n < x.size(); ++n) {
    const auto turns = static_cast<double>((8 * bin + 2) * n % quarters);
    sum += static_cast<double>(x[n]) *
           std::polar(1.0, -2.0 * std::numbers::pi * turns / static_cast<double>(quarters));
  }
  return sum;
}

// Relative to the root of the length, which is what noise comes to.
TEST_P(OddFftKernelsTest, IsTheTransformOfTheDefinitionAndBack) {
  double worst = 0.0;
  double worst_back = 0.0;
  for (std::size_t bins = 16; bins <= 32768; bins *= 2) {
    const OddFft fft(bins);
    ASSERT_EQ(fft.bins(), bins);
    const AlignedFloats x = Aligned(test::Noise(1.0, 2 * bins, 3));
    const std::size_t stride = kGroupFloats + kGroupBins;  // one spectrum of several
    AlignedFloats apart(bins / kGroupBins * stride, 77.0F);
    fft.Forward(fft.all(), x.data(), apart.data(), stride);
    AlignedFloats spectrum;
    for (std::size_t group = 0; group < bins / kGroupBins; ++group) {
      const float* const from = apart.data() + group * stride;
      spectrum.insert(spectrum.end(), from, from + kGroupFloats);
      for (std::size_t i = kGroupFloats; i < stride; ++i) {
        ASSERT_EQ(from[i], 77.0F) << "writes past the group";
      }
    }
    const double scale = 1.0 / std::sqrt(static_cast<double>(2 * bins));
    for (std::size_t bin = 0; bin < bins; bin += std::max<std::size_t>(1, bins / 63)) {
      const float* const at = spectrum.data() + bin / kGroupBins * kGroupFloats + bin % kGroupBins;
      const std::complex<double> got(static_cast<double>(at[0]),
                                     static_cast<double>(at[kGroupBins]));
      worst = std::max(worst, scale * std::abs(got - Bin(x, bin)));
    }
    std::vector<float> back(bins + 1, 77.0F);
    fft.Inverse(fft.all(), spectrum.data(), back.data());
    EXPECT_EQ(back.back(), 77.0F) << "writes past the end";
    for (std::size_t i = 0; i < bins; ++i) {
      const double error = static_cast<double>(back[i]) / static_cast<double>(bins) -
                           static_cast<double>(x[bins + i]);
      worst_back = std::max(worst_back, std::abs(error));
    }
  }
  std::printf("transforms: within %.2g, there and back %.2g\n", worst, worst_back);
  EXPECT_LT(worst, 1e-6);
  EXPECT_LT(worst_back, 1e-6);
}

TEST_P(OddFftKernelsTest, InPartsItIsTheSameBitForBit) {
  for (const std::size_t bins : {16U, 32U, 64U, 512U, 4096U, 8192U}) {
    const OddFft fft(bins);
    const AlignedFloats x = Aligned(test::Noise(1.0, 2 * bins, 3));
    AlignedFloats whole(2 * bins);
    fft.Forward(fft.all(), x.data(), whole.data(), kGroupFloats);
    std::vector<float> back(bins);
    fft.Inverse(fft.all(), whole.data(), back.data());
    for (std::size_t step = 1; step < fft.steps(); step += 1 + step / 3) {
      AlignedFloats parts(2 * bins);
      std::vector<float> parts_back(bins);
      for (std::size_t at = 0; at < fft.steps(); at += step) {
        const FftSteps steps{at, std::min(at + step, fft.steps())};
        fft.Forward(steps, x.data(), parts.data(), kGroupFloats);
      }
      for (std::size_t at = 0; at < fft.steps(); at += step) {
        const FftSteps steps{at, std::min(at + step, fft.steps())};
        fft.Inverse(steps, whole.data(), parts_back.data());
      }
      EXPECT_EQ(parts, whole) << bins << ' ' << step;
      EXPECT_EQ(parts_back, back) << bins << ' ' << step;
    }
  }
}

TEST(OddFft, SaysHowManyBinsItTakes) {
  for (const std::size_t bins : {0U, 8U, 48U, 4095U}) {
    EXPECT_THROW(OddFft{bins}, std::invalid_argument) << bins;
  }
}

}  // namespace
}  // namespace auralis
