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

using true_peak_taps::kMirrored;
using true_peak_taps::kPairs;
using true_peak_taps::kTaps;

// Readings of the frames at `x` and the lanes after it.
template <class D>
HWY_INLINE hn::Vec<D> Readings(D d, const float* x) {
  const float* const earlier = x - kTruePeakDelayFrames;
  const float* const later = earlier + 1;
  auto half = hn::Zero(d);
  hn::Vec<D> even[kMirrored];
  hn::Vec<D> odd[kMirrored];
  for (int m = 0; m < kMirrored; ++m) even[m] = odd[m] = hn::Zero(d);
  for (int pair = 0; pair < kPairs; ++pair) {
    const auto a = hn::LoadU(d, earlier - pair);
    const auto b = hn::LoadU(d, later + pair);
    const auto sum = hn::Add(a, b);
    const auto difference = hn::Sub(a, b);
    half = hn::MulAdd(hn::Set(d, kTaps.half[pair]), sum, half);
    for (int m = 0; m < kMirrored; ++m) {
      even[m] = hn::MulAdd(hn::Set(d, kTaps.even[pair][m]), sum, even[m]);
      odd[m] = hn::MulAdd(hn::Set(d, kTaps.odd[pair][m]), difference, odd[m]);
    }
  }
  auto largest = hn::Max(hn::Abs(hn::LoadU(d, earlier)), hn::Abs(half));
  // max(|even + odd|, |even - odd|) is |even| + |odd|.
  for (int m = 0; m < kMirrored; ++m) {
    largest = hn::Max(largest, hn::Add(hn::Abs(even[m]), hn::Abs(odd[m])));
  }
  return largest;
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

// The largest of what `read` gives for the vectors at `samples`, cut in the same way.
template <class D, class Read>
HWY_INLINE float Largest(D d, const float* samples, std::size_t frames, const Read& read) {
  const std::size_t last = frames - hn::Lanes(d);
  auto largest = hn::Zero(d);
  for (std::size_t i = 0;; i = std::min(i + hn::Lanes(d), last)) {
    largest = hn::Max(largest, read(d, samples + i));
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

template <class Read>
HWY_INLINE float LargestOfAny(const float* samples, std::size_t frames, const Read& read) {
  if (frames >= hn::Lanes(Full())) return Largest(Full(), samples, frames, read);
  if (frames >= hn::Lanes(Quad())) return Largest(Quad(), samples, frames, read);
  return frames > 0 ? Largest(Single(), samples, frames, read) : 0.0F;
}

float BlockPeak(const float* samples, std::size_t frames) {
  return LargestOfAny(samples, frames,
                      [](auto d, const float* x) HWY_ATTR { return Readings(d, x); });
}

float SamplePeak(const float* samples, std::size_t frames) {
  return LargestOfAny(samples, frames,
                      [](auto d, const float* x) HWY_ATTR { return hn::Abs(hn::LoadU(d, x)); });
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
