#include "dsp/kernels/spectrum_product.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/kernels/spectrum_product.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace auralis {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, 16>;

// real, imaginary += x * h for one vector of bins.
template <class V>
HWY_INLINE void AddProduct(V x_real, V x_imaginary, V h_real, V h_imaginary, V& real,
                           V& imaginary) {
  real = hn::MulAdd(x_real, h_real, real);
  imaginary = hn::MulAdd(x_real, h_imaginary, imaginary);
  real = hn::NegMulAdd(x_imaginary, h_imaginary, real);
  imaginary = hn::MulAdd(x_imaginary, h_real, imaginary);
}

// Two vectors of bins through all spectra, sums in registers: one spectrum after the other would
// load and store the sum for each. Two, so that one's additions need not wait for the other's.
void MultiplyAdd(const float* signals, const float* filters, std::size_t count, std::size_t stride,
                 float* sum) {
  const D d;
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t bin = 0; bin < stride; bin += 2 * lanes) {
    const std::size_t next = bin + lanes;
    auto real = hn::Load(d, sum + bin);
    auto imaginary = hn::Load(d, sum + stride + bin);
    auto next_real = hn::Load(d, sum + next);
    auto next_imaginary = hn::Load(d, sum + stride + next);
    for (std::size_t i = 0; i < count; ++i) {
      const float* x = signals + 2 * stride * i;
      const float* h = filters + 2 * stride * i;
      AddProduct(hn::Load(d, x + bin), hn::Load(d, x + stride + bin), hn::Load(d, h + bin),
                 hn::Load(d, h + stride + bin), real, imaginary);
      AddProduct(hn::Load(d, x + next), hn::Load(d, x + stride + next), hn::Load(d, h + next),
                 hn::Load(d, h + stride + next), next_real, next_imaginary);
    }
    hn::Store(real, d, sum + bin);
    hn::Store(imaginary, d, sum + stride + bin);
    hn::Store(next_real, d, sum + next);
    hn::Store(next_imaginary, d, sum + stride + next);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace auralis
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace auralis {
HWY_EXPORT(MultiplyAdd);

SpectrumProductKernels ResolveSpectrumProductKernels() {
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return {.multiply_add = &HWY_DYNAMIC_DISPATCH(MultiplyAdd)};
}
}  // namespace auralis
#endif
