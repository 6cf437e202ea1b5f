// The two steps of the true-peak interpolator, for vectors of any length. Compiled once for each of
// Highway's targets.

#if defined(AURALIS_DSP_KERNELS_TRUE_PEAK_STEPS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef AURALIS_DSP_KERNELS_TRUE_PEAK_STEPS_INL_H_
#undef AURALIS_DSP_KERNELS_TRUE_PEAK_STEPS_INL_H_
#else
#define AURALIS_DSP_KERNELS_TRUE_PEAK_STEPS_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>

#include "dsp/kernels/true_peak_taps.h"

HWY_BEFORE_NAMESPACE();
namespace auralis {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using true_peak_taps::kHalfPairs;
using true_peak_taps::kQuarterPairs;
using true_peak_taps::kTaps;

using Full = hn::ScalableTag<float>;
using Eight = hn::CappedTag<float, 8>;
using Quad = hn::CappedTag<float, 4>;
using Single = hn::CappedTag<float, 1>;

// Halves are wanted from two frames before the first span to two after the last.
inline constexpr std::size_t kHalvesBefore = 2;
inline constexpr std::size_t kMoreHalves = 4;

// At least one vector; the last one overlaps the one before it instead of leaving a tail.
template <class D, class Body>
HWY_INLINE void ForVectors(D d, std::size_t count, const Body& body) {
  const std::size_t last = count - hn::Lanes(d);
  for (std::size_t i = 0;; i = std::min(i + hn::Lanes(d), last)) {
    body(d, i);
    if (i == last) return;
  }
}

// Of the longest that there are enough for.
template <class Body>
HWY_INLINE void ForAny(std::size_t count, const Body& body) {
  if (count >= hn::Lanes(Full())) return ForVectors(Full(), count, body);
  if (count >= hn::Lanes(Eight())) return ForVectors(Eight(), count, body);
  if (count >= hn::Lanes(Quad())) return ForVectors(Quad(), count, body);
  if (count > 0) ForVectors(Single(), count, body);
}

// Half-way between frame `x` and the one after, and of the lanes after that.
template <class D>
HWY_INLINE hn::Vec<D> HalfAfter(D d, const float* x) {
  auto half = hn::Zero(d);
  for (int pair = 0; pair < kHalfPairs; ++pair) {
    const auto sum = hn::Add(hn::LoadU(d, x - pair), hn::LoadU(d, x + 1 + pair));
    half = hn::MulAdd(hn::Set(d, kTaps.half[pair]), sum, half);
  }
  return half;
}

// The largest magnitude of the three instants in the middle of eight values.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Between(D d, const V (&earlier)[kQuarterPairs], const V (&later)[kQuarterPairs]) {
  V even = hn::Zero(d);
  V odd = hn::Zero(d);
  V middle = hn::Zero(d);
  for (int pair = 0; pair < kQuarterPairs; ++pair) {
    const V sum = hn::Add(earlier[pair], later[pair]);
    const V difference = hn::Sub(earlier[pair], later[pair]);
    even = hn::MulAdd(hn::Set(d, kTaps.even[pair]), sum, even);
    odd = hn::MulAdd(hn::Set(d, kTaps.odd[pair]), difference, odd);
    middle = hn::MulAdd(hn::Set(d, kTaps.middle[pair]), sum, middle);
  }
  // max(|even + odd|, |even - odd|) is |even| + |odd|.
  return hn::Max(hn::Abs(middle), hn::Add(hn::Abs(even), hn::Abs(odd)));
}

// Readings of the spans from frame[1] to frame[2], with half[2] in their middle.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Readings(D d, const V* frame, const V* half) {
  const V own = hn::Max(hn::Abs(frame[1]), hn::Abs(half[2]));
  const V first =
      Between<D>(d, {frame[1], half[1], frame[0], half[0]}, {half[2], frame[2], half[3], frame[3]});
  const V second =
      Between<D>(d, {half[2], frame[1], half[1], frame[0]}, {frame[2], half[3], frame[3], half[4]});
  return hn::Max(own, hn::Max(first, second));
}

}  // namespace HWY_NAMESPACE
}  // namespace auralis
HWY_AFTER_NAMESPACE();

#endif  // one of two toggles
