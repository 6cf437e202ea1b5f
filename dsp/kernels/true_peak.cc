#include "dsp/kernels/true_peak.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/kernels/true_peak.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace auralis {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

// Taps of the three interpolated instants, by distance from the middle of the span: [0] belongs to
// its two ends. The instant 1/4 is even + odd, 3/4 its mirror image even - odd, 1/2 is symmetric.
//
// Weighted minimax design (Lawson's iteration, unit gain at DC) over 0..0.41 of the rate, for
// D(f) = 1 + 0.4 (1 / cos(pi f / 4) - 1) with f in cycles a frame and an error that may double
// with (f / 0.41)^3. The lift D centres the reading: on a grid of quarters the crest of a sine
// falls up to 1/8 frame off an instant, which alone reads it low by up to cos(pi f / 4).
constexpr int kPairs = 6;
constexpr float kEven[kPairs] = {0.599746153F,   -0.146064391F, 0.0744017165F,
                                 -0.0402470535F, 0.0228113552F, -0.0106477802F};
constexpr float kOdd[kPairs] = {0.303001851F,    -0.026127693F,  0.00786714194F,
                                -0.00304694521F, 0.00128038375F, -0.000495343251F};
constexpr float kHalf[kPairs] = {0.635067235F,   -0.199444843F, 0.103725081F,
                                 -0.0564236512F, 0.0320633604F, -0.0149871816F};

// Readings of the frames at `x` and the lanes after it.
template <class D>
HWY_INLINE hn::Vec<D> Readings(D d, const float* x) {
  const float* earlier = x - 6;
  const float* later = x - 5;
  const auto at_frame = hn::LoadU(d, earlier);
  auto sum = hn::Add(at_frame, hn::LoadU(d, later));
  auto difference = hn::Sub(at_frame, hn::LoadU(d, later));
  auto even = hn::Mul(hn::Set(d, kEven[0]), sum);
  auto odd = hn::Mul(hn::Set(d, kOdd[0]), difference);
  auto half = hn::Mul(hn::Set(d, kHalf[0]), sum);
  for (int pair = 1; pair < kPairs; ++pair) {
    const auto a = hn::LoadU(d, earlier - pair);
    const auto b = hn::LoadU(d, later + pair);
    sum = hn::Add(a, b);
    difference = hn::Sub(a, b);
    even = hn::MulAdd(hn::Set(d, kEven[pair]), sum, even);
    odd = hn::MulAdd(hn::Set(d, kOdd[pair]), difference, odd);
    half = hn::MulAdd(hn::Set(d, kHalf[pair]), sum, half);
  }
  // max(|even + odd|, |even - odd|) is |even| + |odd|.
  const auto quarters = hn::Add(hn::Abs(even), hn::Abs(odd));
  return hn::Max(hn::Max(hn::Abs(at_frame), hn::Abs(half)), quarters);
}

// At least one vector of frames; the last one overlaps the one before it instead of leaving a tail.
template <class D>
HWY_INLINE void StorePeaks(D d, const float* left, const float* right, std::size_t frames,
                           float* peaks) {
  const std::size_t last = frames - hn::Lanes(d);
  for (std::size_t i = 0;; i = std::min(i + hn::Lanes(d), last)) {
    hn::StoreU(hn::Max(Readings(d, left + i), Readings(d, right + i)), d, peaks + i);
    if (i == last) return;
  }
}

template <class D>
HWY_INLINE float LargestPeak(D d, const float* samples, std::size_t frames) {
  const std::size_t last = frames - hn::Lanes(d);
  auto largest = hn::Zero(d);
  for (std::size_t i = 0;; i = std::min(i + hn::Lanes(d), last)) {
    largest = hn::Max(largest, Readings(d, samples + i));
    if (i == last) return hn::GetLane(hn::MaxOfLanes(d, largest));
  }
}

using Full = hn::ScalableTag<float>;
using Quad = hn::CappedTag<float, 4>;
using Single = hn::CappedTag<float, 1>;

void FramePeaks(const float* left, const float* right, std::size_t frames, float* peaks) {
  if (frames >= hn::Lanes(Full())) return StorePeaks(Full(), left, right, frames, peaks);
  if (frames >= hn::Lanes(Quad())) return StorePeaks(Quad(), left, right, frames, peaks);
  if (frames > 0) StorePeaks(Single(), left, right, frames, peaks);
}

float BlockPeak(const float* samples, std::size_t frames) {
  if (frames >= hn::Lanes(Full())) return LargestPeak(Full(), samples, frames);
  if (frames >= hn::Lanes(Quad())) return LargestPeak(Quad(), samples, frames);
  return frames > 0 ? LargestPeak(Single(), samples, frames) : 0.0F;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace auralis
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace auralis {
HWY_EXPORT(FramePeaks);
HWY_EXPORT(BlockPeak);

TruePeakKernels ResolveTruePeakKernels() {
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return {.frame_peaks = &HWY_DYNAMIC_DISPATCH(FramePeaks),
          .block_peak = &HWY_DYNAMIC_DISPATCH(BlockPeak)};
}
}  // namespace auralis
#endif
