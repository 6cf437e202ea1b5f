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

using D = hn::CappedTag<float, kGroupBins>;

// One vector of bins through all spectra, sums in registers. Four sums, so that none waits for
// another: the real part is the first less the second, the imaginary part the other two together.
void SumProducts(const SpectrumRun* runs, std::size_t run_count, std::size_t signal_stride,
                 std::size_t filter_stride, std::size_t groups, float* sum) {
  const D d;
  for (std::size_t group = 0; group < groups; ++group) {
    for (std::size_t lane = 0; lane < kGroupBins; lane += hn::Lanes(d)) {
      auto real_real = hn::Zero(d);
      auto imaginary_imaginary = hn::Zero(d);
      auto real_imaginary = hn::Zero(d);
      auto imaginary_real = hn::Zero(d);
      for (std::size_t run = 0; run < run_count; ++run) {
        const float* x = runs[run].signals + group * kGroupFloats + lane;
        const float* h = runs[run].filters + group * filter_stride + lane;
        for (std::size_t i = 0; i < runs[run].count; ++i, x += signal_stride, h += kGroupFloats) {
          const auto x_real = hn::Load(d, x);
          const auto x_imaginary = hn::Load(d, x + kGroupBins);
          const auto h_real = hn::Load(d, h);
          const auto h_imaginary = hn::Load(d, h + kGroupBins);
          real_real = hn::MulAdd(x_real, h_real, real_real);
          imaginary_imaginary = hn::MulAdd(x_imaginary, h_imaginary, imaginary_imaginary);
          real_imaginary = hn::MulAdd(x_real, h_imaginary, real_imaginary);
          imaginary_real = hn::MulAdd(x_imaginary, h_real, imaginary_real);
        }
      }
      float* const to = sum + group * kGroupFloats + lane;
      hn::Store(hn::Sub(real_real, imaginary_imaginary), d, to);
      hn::Store(hn::Add(real_imaginary, imaginary_real), d, to + kGroupBins);
    }
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace auralis
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace auralis {
HWY_EXPORT(SumProducts);

SpectrumProductKernels ResolveSpectrumProductKernels() {
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return {.sum_products = &HWY_DYNAMIC_DISPATCH(SumProducts)};
}
}  // namespace auralis
#endif
