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

TEST_P(SpectrumProductTest, AddsUpProductsAsDoubleDoes) {
  const SpectrumProductKernels kernels = ResolveSpectrumProductKernels();
  for (const std::size_t bins : {1U, 17U, 33U, 65U, 129U, 257U}) {
    const std::size_t stride = SpectrumStride(bins);
    for (const std::size_t count : {0U, 1U, 2U, 5U, 16U}) {
      const AlignedFloats signals = Spectra(2 * stride * count, 1);
      const AlignedFloats filters = Spectra(2 * stride * count, 2);
      const AlignedFloats before = Spectra(2 * stride, 3);
      AlignedFloats sum = before;
      kernels.multiply_add(signals.data(), filters.data(), count, stride, sum.data());
      const auto at = [stride](const AlignedFloats& floats, std::size_t i, std::size_t bin) {
        const float* const spectrum = floats.data() + 2 * stride * i;
        return std::complex<double>(static_cast<double>(spectrum[bin]),
                                    static_cast<double>(spectrum[stride + bin]));
      };
      for (std::size_t bin = 0; bin < stride; ++bin) {
        std::complex<double> expected = at(before, 0, bin);
        for (std::size_t i = 0; i < count; ++i)
          expected += at(signals, i, bin) * at(filters, i, bin);
        ASSERT_NEAR(at(sum, 0, bin).real(), expected.real(), 2e-6) << bins << ' ' << count;
        ASSERT_NEAR(at(sum, 0, bin).imag(), expected.imag(), 2e-6) << bins << ' ' << count;
      }
    }
  }
}

}  // namespace
}  // namespace auralis
