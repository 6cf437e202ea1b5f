#include "dsp/kernels/true_peak.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/kernels/true_peak.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "dsp/kernels/true_peak_rows-inl.h"
#include "dsp/kernels/true_peak_steps-inl.h"

HWY_BEFORE_NAMESPACE();
namespace auralis {
namespace HWY_NAMESPACE {
namespace {

// Fewer frames than rows begin with.
constexpr std::size_t kFewFrames = 16;

// Calls body(d, i, readings) for spans that start at `x`.
template <class Body>
HWY_INLINE void ReadFew(const float* x, std::size_t frames, const Body& body) {
  if (frames == 0) return;
  HWY_ALIGN float halves[kFewFrames + kMoreHalves];
  const auto find = [&](auto d, std::size_t i) HWY_ATTR {
    hn::StoreU(HalfAfter(d, x - kHalvesBefore + i), d, halves + i);
  };
  ForVectors(Quad(), kMoreHalves, [&](auto d, std::size_t i) HWY_ATTR { find(d, frames + i); });
  const auto read = [&](auto d, std::size_t i) HWY_ATTR {
    hn::Vec<decltype(d)> frame[4];
    hn::Vec<decltype(d)> half[5];
    for (std::size_t k = 0; k < 4; ++k) frame[k] = hn::LoadU(d, x + i + k - 1);
    for (std::size_t k = 0; k < 5; ++k) half[k] = hn::LoadU(d, halves + i + k);
    body(d, i, Readings(d, frame, half));
  };
  if (frames >= hn::Lanes(Quad())) {
    ForVectors(Quad(), frames, find);
    ForVectors(Quad(), frames, read);
  } else {
    ForVectors(Single(), frames, find);
    ForVectors(Single(), frames, read);
  }
}

void FramePeaks(const float* left, const float* right, std::size_t frames, float floor,
                float* peaks) {
  const float* const l = left - kTruePeakDelayFrames;
  const float* const r = right - kTruePeakDelayFrames;
  TruePeakRows left_rows;
  TruePeakRows right_rows;
  const bool done = ForPieces(frames, [&](std::size_t from, std::size_t count) HWY_ATTR {
    left_rows.Deal(l + from, count);
    right_rows.Deal(r + from, count);
    left_rows.FindFirstHalves(l + from);
    right_rows.FindFirstHalves(r + from);
    left_rows.FindHalves(count);
    right_rows.FindHalves(count);
    ForAny(count / TruePeakRows::kRows, [&](auto d, std::size_t at) HWY_ATTR {
      hn::Vec<decltype(d)> a[TruePeakRows::kRows];
      hn::Vec<decltype(d)> b[TruePeakRows::kRows];
      left_rows.Read(d, at, hn::Set(d, floor), a);
      right_rows.Read(d, at, hn::Set(d, floor), b);
      hn::StoreInterleaved4(hn::Max(a[0], b[0]), hn::Max(a[1], b[1]), hn::Max(a[2], b[2]),
                            hn::Max(a[3], b[3]), d, peaks + from + TruePeakRows::kRows * at);
    });
  });
  if (done) return;
  ReadFew(l, frames, [=](auto d, std::size_t i, auto readings) HWY_ATTR {
    hn::StoreU(readings, d, peaks + i);
  });
  ReadFew(r, frames, [=](auto d, std::size_t i, auto readings) HWY_ATTR {
    hn::StoreU(hn::Max(readings, hn::LoadU(d, peaks + i)), d, peaks + i);
  });
}

float BlockPeak(const float* samples, std::size_t frames, float floor) {
  const float* const x = samples - kTruePeakDelayFrames;
  float largest = floor;
  TruePeakRows rows;
  const bool done = ForPieces(frames, [&](std::size_t from, std::size_t count) HWY_ATTR {
    rows.Deal(x + from, count);
    rows.FindFirstHalves(x + from);
    rows.FindHalves(count);
    ForAny(count / TruePeakRows::kRows, [&](auto d, std::size_t at) HWY_ATTR {
      hn::Vec<decltype(d)> readings[TruePeakRows::kRows];
      rows.Read(d, at, hn::Set(d, largest), readings);
      const auto larger =
          hn::Max(hn::Max(readings[0], readings[1]), hn::Max(readings[2], readings[3]));
      largest = std::max(largest, hn::GetLane(hn::MaxOfLanes(d, larger)));
    });
  });
  if (done) return largest;
  ReadFew(x, frames, [&](auto d, std::size_t, auto readings) HWY_ATTR {
    largest = std::max(largest, hn::GetLane(hn::MaxOfLanes(d, readings)));
  });
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
