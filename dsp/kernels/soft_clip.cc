#include "dsp/kernels/soft_clip.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/kernels/soft_clip.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace auralis {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

// What is taken of a signal that is z over the threshold: nothing below 0, z^2 / 4h up to 2h, z - h
// above.
template <class D, class V = hn::Vec<D>>
struct Curve {
  HWY_INLINE Curve(D d, V threshold)
      : end(hn::Mul(hn::Set(d, 2.0F * kClipKneeShare), threshold)),
        scale(hn::Div(hn::Set(d, 0.25F / kClipKneeShare), threshold)) {}

  HWY_INLINE V At(D d, V z) const {
    const V bent = hn::Min(hn::Max(z, hn::Zero(d)), end);
    return hn::MulAdd(hn::Mul(scale, bent), bent, hn::Max(hn::Sub(z, end), hn::Zero(d)));
  }
  // Integral from a to b. Every difference is one of what lies close together, not of integrals
  // that are large: floats will do.
  HWY_INLINE V Between(D d, V a, V b) const {
    const V zero = hn::Zero(d);
    const V bent_a = hn::Min(hn::Max(a, zero), end);
    const V bent_b = hn::Min(hn::Max(b, zero), end);
    const V third = hn::Set(d, 1.0F / 3.0F);
    // (b^3 - a^3) / 3 = (b - a) (a^2 + a b + b^2) / 3
    const V squares =
        hn::MulAdd(bent_a, bent_a, hn::MulAdd(bent_a, bent_b, hn::Mul(bent_b, bent_b)));
    const V bent = hn::Mul(hn::Mul(hn::Mul(scale, third), squares), hn::Sub(bent_b, bent_a));
    // Past the end z - h is end / 2 at its beginning and rises by 1. How much of the way lies there
    // is what the rest leaves: of a way that is all there, all, and not all but for a rounding.
    const V below = hn::Sub(hn::Min(b, zero), hn::Min(a, zero));
    const V far = hn::Sub(hn::Sub(hn::Sub(b, a), below), hn::Sub(bent_b, bent_a));
    const V far_sum = hn::Add(hn::Max(hn::Sub(a, end), zero), hn::Max(hn::Sub(b, end), zero));
    return hn::MulAdd(hn::Mul(hn::Set(d, 0.5F), hn::Add(end, far_sum)), far, bent);
  }

  V end;
  V scale;
};

template <class D>
HWY_INLINE hn::Vec<D> MeanTaken(D d, const Curve<D>& curve, hn::Vec<D> a, hn::Vec<D> b) {
  const auto way = hn::Sub(b, a);
  // On so short a way the curve is as good as a point.
  const auto stands = hn::Lt(hn::Abs(way), hn::Set(d, 1e-6F));
  const auto divisor = hn::IfThenElse(stands, hn::Set(d, 1.0F), way);
  return hn::IfThenElse(stands, curve.At(d, b), hn::Div(curve.Between(d, a, b), divisor));
}

template <class D>
HWY_INLINE hn::Vec<D> FrameChanges(D d, const float* const* instants, const float* thresholds,
                                   std::size_t i, float* const* changes) {
  const auto threshold = hn::LoadU(d, thresholds + i);
  const Curve<D> curve(d, threshold);
  auto from = hn::LoadU(d, instants[kClipInstants - 1] + i - 1);
  auto largest = hn::Zero(d);
  for (std::size_t p = 0; p < kClipInstants; ++p) {
    const auto to = hn::LoadU(d, instants[p] + i);
    const auto above = MeanTaken(d, curve, hn::Sub(from, threshold), hn::Sub(to, threshold));
    const auto below =
        MeanTaken(d, curve, hn::Sub(hn::Neg(from), threshold), hn::Sub(hn::Neg(to), threshold));
    hn::StoreU(hn::Sub(below, above), d, changes[p] + i);
    largest = hn::Max(largest, hn::Max(above, below));
    from = to;
  }
  return largest;
}

bool MeanChanges(const float* const* instants, const float* thresholds, std::size_t frames,
                 float* const* changes) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  auto largest = hn::Zero(d);
  auto largest_one = hn::Zero(one);
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= frames; i += hn::Lanes(d)) {
    largest = hn::Max(largest, FrameChanges(d, instants, thresholds, i, changes));
  }
  for (; i < frames; ++i) {
    largest_one = hn::Max(largest_one, FrameChanges(one, instants, thresholds, i, changes));
  }
  return hn::GetLane(hn::MaxOfLanes(d, largest)) > 0.0F || hn::GetLane(largest_one) > 0.0F;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace auralis
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace auralis {
HWY_EXPORT(MeanChanges);

SoftClipKernels ResolveSoftClipKernels() {
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return {.mean_changes = &HWY_DYNAMIC_DISPATCH(MeanChanges)};
}
}  // namespace auralis
#endif
