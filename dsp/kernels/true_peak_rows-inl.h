// A piece of one channel dealt out to four rows: every fourth frame lies side by side. A vector of
// one row then needs what the same vectors of the other three need as well, moved on by one, so
// that four are found from 50 loads, where each takes 44 by itself. Compiled once for each of
// Highway's targets.

#if defined(AURALIS_DSP_KERNELS_TRUE_PEAK_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef AURALIS_DSP_KERNELS_TRUE_PEAK_ROWS_INL_H_
#undef AURALIS_DSP_KERNELS_TRUE_PEAK_ROWS_INL_H_
#else
#define AURALIS_DSP_KERNELS_TRUE_PEAK_ROWS_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>

#include "dsp/kernels/true_peak_steps-inl.h"

HWY_BEFORE_NAMESPACE();
namespace auralis {
namespace HWY_NAMESPACE {

class TruePeakRows {
 public:
  static constexpr std::size_t kRows = 4;
  static constexpr std::size_t kMostFrames = 256;

  // Of `frames` spans, the first of which starts at `x`: a multiple of four, four quads at least.
  // Then FindFirstHalves(), which hides that stores are still on their way, and FindHalves().
  HWY_INLINE void Deal(const float* x, std::size_t frames) {
    ForAny(frames / kRows + kMoreColumns, [&](auto d, std::size_t at) HWY_ATTR {
      hn::Vec<decltype(d)> row[kRows];
      hn::LoadInterleaved4(d, x - kFramesBefore + kRows * at, row[0], row[1], row[2], row[3]);
      for (std::size_t j = 0; j < kRows; ++j) hn::StoreU(row[j], d, frames_[j] + at);
    });
  }
  HWY_INLINE void FindFirstHalves(const float* x) {
    static_assert(kMoreHalves == kRows);
    HWY_ALIGN float first[kRows];
    ForVectors(Quad(), kRows, [&](auto d, std::size_t i) HWY_ATTR {
      hn::StoreU(HalfAfter(d, x - kHalvesBefore + i), d, first + i);
    });
    for (std::size_t j = 0; j < kRows; ++j) halves_[j][0] = first[j];
  }
  HWY_INLINE void FindHalves(std::size_t frames) {
    ForAny(frames / kRows, [&](auto d, std::size_t at) HWY_ATTR { FindHalves(d, at); });
  }

  // readings[j] of the spans 4 (at + lane) + j; all 0 where none is above `floor`.
  template <class D, class V = hn::Vec<D>>
  HWY_INLINE void Read(D d, std::size_t at, V floor, V (&readings)[kRows]) const {
    V frame[kRows + 3];
    V half[kRows + 4];
    for (std::size_t i = 0; i < kRows + 3; ++i) frame[i] = Frames(d, at, kFramesBefore - 1 + i);
    for (std::size_t i = 0; i < kRows + 4; ++i) {
      half[i] = hn::LoadU(d, halves_[i % kRows] + at + i / kRows);
    }
    V loudest = hn::Zero(d);
    for (const V& v : frame) loudest = hn::Max(loudest, hn::Abs(v));
    for (const V& v : half) loudest = hn::Max(loudest, hn::Abs(v));
    if (hn::AllTrue(d, hn::Le(hn::Mul(loudest, hn::Set(d, kTruePeakStepOvershoot)), floor))) {
      for (V& reading : readings) reading = hn::Zero(d);
      return;
    }
    for (std::size_t j = 0; j < kRows; ++j) readings[j] = Readings(d, frame + j, half + j);
  }

 private:
  static constexpr std::size_t kFramesBefore = 20;  // before `x` in the rows
  static constexpr std::size_t kMoreColumns = 11;   // for those, and 24 behind
  static constexpr std::size_t kColumns = kMostFrames / kRows + 16;
  static_assert(kRows * kMoreColumns == kFramesBefore + kTruePeakDelayFrames);
  static_assert(kFramesBefore >= kHalfPairs - kHalvesBefore);

  // x[4 (at + lane) + i - kFramesBefore].
  template <class D>
  HWY_INLINE hn::Vec<D> Frames(D d, std::size_t at, std::size_t i) const {
    return hn::LoadU(d, frames_[i % kRows] + at + i / kRows);
  }

  // In all rows at once: what comes nearest to the halves moves on from row to row, and with each
  // pair one vector more is loaded on either side.
  template <class D>
  HWY_INLINE void FindHalves(D d, std::size_t at) {
    using V = hn::Vec<D>;
    constexpr std::size_t kMiddle = kFramesBefore + kHalvesBefore;
    V earlier[kRows];
    V later[kRows];
    V half[kRows];
    for (std::size_t j = 0; j < kRows; ++j) {
      earlier[j] = Frames(d, at, kMiddle + j);
      later[j] = Frames(d, at, kMiddle + 1 + j);
      half[j] = hn::Zero(d);
    }
#pragma GCC unroll 32
    for (std::size_t pair = 0; pair < kHalfPairs; ++pair) {
      const V tap = hn::Set(d, kTaps.half[pair]);
      for (std::size_t j = 0; j < kRows; ++j) {
        half[j] = hn::MulAdd(tap, hn::Add(earlier[j], later[j]), half[j]);
      }
      if (pair + 1 == kHalfPairs) break;
      std::copy_backward(earlier, earlier + kRows - 1, earlier + kRows);
      earlier[0] = Frames(d, at, kMiddle - pair - 1);
      std::copy(later + 1, later + kRows, later);
      later[kRows - 1] = Frames(d, at, kMiddle + kRows + pair + 1);
    }
    for (std::size_t j = 0; j < kRows; ++j) hn::StoreU(half[j], d, halves_[j] + at + 1);
  }

  HWY_ALIGN float frames_[kRows][kColumns];
  HWY_ALIGN float halves_[kRows][kColumns];  // [i % 4][i / 4] follows x[i - kHalvesBefore]
};

// Calls piece(at, frames) until all frames were in one: pieces are multiples of four frames, and
// the last one overlaps the one before it. False where there are too few for one.
template <class Piece>
HWY_INLINE bool ForPieces(std::size_t frames, const Piece& piece) {
  constexpr std::size_t kRows = TruePeakRows::kRows;
  std::size_t least = kRows * hn::Lanes(Full());
  if (frames < least) least = kRows * hn::Lanes(Eight());
  if (frames < least) least = kRows * hn::Lanes(Quad());
  if (frames < least) return false;
  for (std::size_t done = 0; done < frames;) {
    const std::size_t rest = frames - done;
    const std::size_t down = rest / kRows * kRows;
    const std::size_t up = (rest + kRows - 1) / kRows * kRows;
    const std::size_t whole = done == 0 ? down : std::max(up, least);
    const std::size_t count = std::min(whole, TruePeakRows::kMostFrames);
    const std::size_t at = std::min(done, frames - count);
    piece(at, count);
    done = at + count;
  }
  return true;
}

}  // namespace HWY_NAMESPACE
}  // namespace auralis
HWY_AFTER_NAMESPACE();

#endif  // one of two toggles
