#include "dsp/kernels/spectrum_product.h"

#include <gtest/gtest.h>
#include <hwy/tests/hwy_gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>

#include "dsp/aligned_floats.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

class SpectrumProductTest : public hwy::TestWithParamTarget {};
HWY_TARGET_INSTANTIATE_TEST_SUITE_P(SpectrumProductTest);

AlignedFloats Spectra(std::size_t floats, unsigned seed) {
  const auto noise = test::Noise(1.0, floats, seed);
  return {noise.begin(), noise.end()};
}

// Two runs of spectra, in a ring with room between them.
TEST_P(SpectrumProductTest, AddsUpProductsAsDoubleDoes) {
  const SpectrumProductKernels kernels = ResolveSpectrumProductKernels();
  constexpr std::size_t kRoom = kGroupBins;
  for (const std::size_t groups : {1U, 2U, 5U}) {
    for (const std::size_t count : {0U, 1U, 2U, 5U, 16U}) {
      for (const std::size_t wrap : {std::size_t{0}, count / 2, std::size_t{count}}) {
        const std::size_t signal_stride = kGroupFloats * groups + kRoom;
        const std::size_t filter_stride = kGroupFloats * count;
        const AlignedFloats signals = Spectra(signal_stride * count, 1);
        const AlignedFloats filters = Spectra(filter_stride * groups + 1, 2);
        // The ring begins anew after `wrap`.
        const SpectrumRun runs[2] = {
            {signals.data() + signal_stride * (count - wrap), filters.data(), wrap},
            {signals.data(), filters.data() + kGroupFloats * wrap, count - wrap}};
        AlignedFloats sum = Spectra(kGroupFloats * groups + 1, 3);
        sum.back() = 77.0F;
        kernels.sum_products(runs, 2, signal_stride, filter_stride, groups, sum.data());
        EXPECT_EQ(sum.back(), 77.0F) << "writes past the end";
        const auto at = [](const float* group, std::size_t bin) {
          return std::complex<double>(static_cast<double>(group[bin]),
                                      static_cast<double>(group[kGroupBins + bin]));
        };
        for (std::size_t bin = 0; bin < groups * kGroupBins; ++bin) {
          const std::size_t group = bin / kGroupBins;
          std::complex<double> expected = 0.0;
          for (std::size_t i = 0; i < count; ++i) {
            const std::size_t place = (count - wrap + i) % count;
            const float* const x = signals.data() + place * signal_stride + kGroupFloats * group;
            const float* const h = filters.data() + group * filter_stride + kGroupFloats * i;
            expected += at(x, bin % kGroupBins) * at(h, bin % kGroupBins);
          }
          const auto got = at(sum.data() + group * kGroupFloats, bin % kGroupBins);
          ASSERT_NEAR(got.real(), expected.real(), 2e-6) << groups << ' ' << count << ' ' << wrap;
          ASSERT_NEAR(got.imag(), expected.imag(), 2e-6) << groups << ' ' << count << ' ' << wrap;
        }
      }
    }
  }
}

}  // namespace
}  // namespace auralis
