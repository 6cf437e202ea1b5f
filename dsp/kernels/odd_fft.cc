#include "dsp/kernels/odd_fft.h"

#include <cmath>
#include <numbers>

#include "dsp/kernels/spectrum_product.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/kernels/odd_fft.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "dsp/kernels/fft-inl.h"

HWY_BEFORE_NAMESPACE();
namespace auralis {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

HWY_INLINE std::size_t PlaceOf(std::size_t bin, std::size_t group_stride) {
  return bin / kGroupBins * group_stride + bin % kGroupBins;
}

// One half of the window as real parts, the other one as imaginary parts, turned by a fraction of a
// bin: bin k is the window's frequency 2k + 1/2, and all others are the conjugates of these.
template <class Tag>
HWY_INLINE void ForwardOf(Tag d, OddFftTables& tables, FftSteps steps, const float* window,
                          float* spectrum, std::size_t group_stride) {
  const float* const later = window + tables.fft.points();
  const float* const cosines = tables.cosines.data();
  const float* const sines = tables.sines.data();
  Transform(
      d, tables.fft, steps,
      [=](Tag tag, std::size_t at) HWY_ATTR {
        using V = hn::Vec<Tag>;
        const V a = hn::LoadU(tag, window + at);
        const V b = hn::LoadU(tag, later + at);
        const V cosine = hn::Load(tag, cosines + at);
        const V sine = hn::Load(tag, sines + at);
        return Complex<V>(hn::MulAdd(b, sine, hn::Mul(a, cosine)),
                          hn::NegMulAdd(b, cosine, hn::Mul(a, sine)));
      },
      [=](auto tag, std::size_t at, auto y) HWY_ATTR {
        float* const to = spectrum + PlaceOf(at, group_stride);
        hn::Store(y.re, tag, to);
        hn::Store(y.im, tag, to + kGroupBins);
      });
}

// Backwards, with real and imaginary parts in each other's place, and so the result.
template <class Tag>
HWY_INLINE void InverseOf(Tag d, OddFftTables& tables, FftSteps steps, const float* spectrum,
                          float* half) {
  const float* const cosines = tables.cosines.data();
  const float* const sines = tables.sines.data();
  Transform(
      d, tables.fft, steps,
      [=](Tag tag, std::size_t at) HWY_ATTR {
        const float* const from = spectrum + PlaceOf(at, kGroupFloats);
        return LoadAt(tag, from + kGroupBins, from);
      },
      [=](auto tag, std::size_t at, auto y) HWY_ATTR {
        hn::StoreU(hn::NegMulAdd(y.re, hn::Load(tag, cosines + at),
                                 hn::Mul(y.im, hn::Load(tag, sines + at))),
                   tag, half + at);
      });
}

void Forward(OddFftTables& tables, FftSteps steps, const float* window, float* spectrum,
             std::size_t group_stride) {
  if (tables.fft.points() < 64) {
    return ForwardOf(Quad(), tables, steps, window, spectrum, group_stride);
  }
  ForwardOf(FftTag(), tables, steps, window, spectrum, group_stride);
}

void Inverse(OddFftTables& tables, FftSteps steps, const float* spectrum, float* half) {
  if (tables.fft.points() < 64) return InverseOf(Quad(), tables, steps, spectrum, half);
  InverseOf(FftTag(), tables, steps, spectrum, half);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace auralis
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace auralis {

OddFftTables::OddFftTables(std::size_t bins) : fft(bins) {
  for (std::size_t n = 0; n < bins; ++n) {
    const double angle =
        std::numbers::pi * static_cast<double>(n) / (2.0 * static_cast<double>(bins));
    cosines.push_back(static_cast<float>(std::cos(angle)));
    sines.push_back(static_cast<float>(-std::sin(angle)));
  }
}

HWY_EXPORT(Forward);
HWY_EXPORT(Inverse);

OddFftKernels ResolveOddFftKernels() {
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return {.forward = &HWY_DYNAMIC_DISPATCH(Forward), .inverse = &HWY_DYNAMIC_DISPATCH(Inverse)};
}
}  // namespace auralis
#endif
