#include "dsp/kernels/true_peak.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/kernels/true_peak.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "dsp/kernels/true_peak_taps.h"

HWY_BEFORE_NAMESPACE();
namespace auralis {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

using true_peak_taps::kHalfPairs;
using true_peak_taps::kQuarterPairs;
using true_peak_taps::kTaps;

using Full = hn::ScalableTag<float>;
using Quad = hn::CappedTag<float, 4>;
using Single = hn::CappedTag<float, 1>;

// Halves are wanted from two frames before the first span to two after the last.
constexpr std::size_t kPieceFrames = 256;
constexpr std::size_t kHalvesBefore = 2;
constexpr std::size_t kMoreHalves = 4;
using Halves = float[kPieceFrames + kMoreHalves];

// At least one vector; the last one overlaps the one before it instead of leaving a tail.
template <class D, class Body>
HWY_INLINE void ForVectors(D d, std::size_t count, const Body& body) {
  const std::size_t last = count - hn::Lanes(d);
  for (std::size_t i = 0;; i = std::min(i + hn::Lanes(d), last)) {
    body(d, i);
    if (i == last) return;
  }
}

template <class Body>
HWY_INLINE void ForAny(std::size_t count, const Body& body) {
  if (count >= hn::Lanes(Full())) return ForVectors(Full(), count, body);
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

// Readings of the spans that start with the frames at `x`; halves[0] follows x[-2].
template <class D>
HWY_INLINE hn::Vec<D> Readings(D d, const float* x, const float* halves) {
  using V = hn::Vec<D>;
  const V frame[4] = {hn::LoadU(d, x - 1), hn::LoadU(d, x), hn::LoadU(d, x + 1),
                      hn::LoadU(d, x + 2)};
  const V half[5] = {hn::LoadU(d, halves), hn::LoadU(d, halves + 1), hn::LoadU(d, halves + 2),
                     hn::LoadU(d, halves + 3), hn::LoadU(d, halves + 4)};
  const V own = hn::Max(hn::Abs(frame[1]), hn::Abs(half[2]));
  const V first =
      Between<D>(d, {frame[1], half[1], frame[0], half[0]}, {half[2], frame[2], half[3], frame[3]});
  const V second =
      Between<D>(d, {half[2], frame[1], half[1], frame[0]}, {frame[2], half[3], frame[3], half[4]});
  return hn::Max(own, hn::Max(first, second));
}

// Of at most a piece of frames, whose spans start with the one at `x`.
HWY_INLINE void FindHalves(const float* x, std::size_t frames, float* halves) {
  const auto find = [=](auto d, std::size_t i) HWY_ATTR {
    hn::StoreU(HalfAfter(d, x - kHalvesBefore + i), d, halves + i);
  };
  ForAny(frames, find);
  // Short vectors cross a cache line less often.
  static_assert(kMoreHalves == 4);
  ForVectors(Quad(), kMoreHalves, [&](auto d, std::size_t i) HWY_ATTR { find(d, frames + i); });
}

void FramePeaks(const float* left, const float* right, std::size_t frames, float* peaks) {
  HWY_ALIGN Halves left_halves;
  HWY_ALIGN Halves right_halves;
  for (std::size_t done = 0; done < frames; done += kPieceFrames) {
    const std::size_t piece = std::min(kPieceFrames, frames - done);
    const float* const l = left + done - kTruePeakDelayFrames;
    const float* const r = right + done - kTruePeakDelayFrames;
    FindHalves(l, piece, left_halves);
    FindHalves(r, piece, right_halves);
    ForAny(piece, [&](auto d, std::size_t i) HWY_ATTR {
      const auto larger =
          hn::Max(Readings(d, l + i, left_halves + i), Readings(d, r + i, right_halves + i));
      hn::StoreU(larger, d, peaks + done + i);
    });
  }
}

float BlockPeak(const float* samples, std::size_t frames) {
  HWY_ALIGN Halves halves;
  float largest = 0.0F;
  for (std::size_t done = 0; done < frames; done += kPieceFrames) {
    const std::size_t piece = std::min(kPieceFrames, frames - done);
    const float* const x = samples + done - kTruePeakDelayFrames;
    FindHalves(x, piece, halves);
    ForAny(piece, [&](auto d, std::size_t i) HWY_ATTR {
      const auto readings = Readings(d, x + i, halves + i);
      largest = std::max(largest, hn::GetLane(hn::MaxOfLanes(d, readings)));
    });
  }
  return largest;
}

template <class D>
HWY_INLINE float SamplePeakOf(D d, const float* samples, std::size_t frames) {
  auto largest = hn::Zero(d);
  ForVectors(d, frames, [&](D, std::size_t i) HWY_ATTR {
    largest = hn::Max(largest, hn::Abs(hn::LoadU(d, samples + i)));
  });
  return hn::GetLane(hn::MaxOfLanes(d, largest));
}

float SamplePeak(const float* samples, std::size_t frames) {
  if (frames >= hn::Lanes(Full())) return SamplePeakOf(Full(), samples, frames);
  if (frames >= hn::Lanes(Quad())) return SamplePeakOf(Quad(), samples, frames);
  return frames > 0 ? SamplePeakOf(Single(), samples, frames) : 0.0F;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace auralis
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace auralis {
HWY_EXPORT(FramePeaks);
HWY_EXPORT(BlockPeak);
HWY_EXPORT(SamplePeak);

TruePeakKernels ResolveTruePeakKernels() {
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return {.frame_peaks = &HWY_DYNAMIC_DISPATCH(FramePeaks),
          .block_peak = &HWY_DYNAMIC_DISPATCH(BlockPeak),
          .sample_peak = &HWY_DYNAMIC_DISPATCH(SamplePeak)};
}
}  // namespace auralis
#endif
