// The limiter's releases, in groups of frames that vectors hold whole or in parts. Compiled once
// for each of Highway's targets.

#if defined(AURALIS_DSP_KERNELS_LIMITER_RELEASE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef AURALIS_DSP_KERNELS_LIMITER_RELEASE_INL_H_
#undef AURALIS_DSP_KERNELS_LIMITER_RELEASE_INL_H_
#else
#define AURALIS_DSP_KERNELS_LIMITER_RELEASE_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>

#include "dsp/kernels/lane_shifts-inl.h"
#include "dsp/kernels/limiter.h"

HWY_BEFORE_NAMESPACE();
namespace auralis {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using LimiterTag = hn::CappedTag<float, kReleaseGroup>;
using LimiterVec = hn::Vec<LimiterTag>;
inline constexpr std::size_t kLimiterLanes = hn::MaxLanes(LimiterTag());
inline constexpr std::size_t kReleaseVectors = kReleaseGroup / kLimiterLanes;

// With a floor added to it, kNoReduction, a release is a product, so that the largest of all
// products up to each frame is found in shifts.
class LimiterReleaser {
 public:
  explicit LimiterReleaser(const LimiterRelease& release)
      : before_(hn::Set(LimiterTag(), release.released)) {
    const LimiterTag d;
    powers_ = hn::LoadU(d, release.powers.data());
    all_power_ = hn::Set(d, release.powers[kLimiterLanes - 1]);
    for (std::size_t k = 0; (std::size_t{1} << k) < kLimiterLanes; ++k) {
      const auto power = hn::Set(d, release.powers[(std::size_t{1} << k) - 1]);
      factor_[k] = hn::IfThenElseZero(shifts_.exists[k], power);
    }
  }
  void Keep(LimiterRelease& release) const { release.released = hn::GetLane(before_); }
  // What is released and the floor, in all lanes; Release() moves it on.
  LimiterVec before() const { return before_; }
  void SetBefore(LimiterVec before) { before_ = before; }

  // Of whole groups, as vectors.
  template <std::size_t kVectors>
  HWY_INLINE void Release(const float* held, LimiterVec (&out)[kVectors]) {
    const LimiterTag d;
    const LimiterVec floor = hn::Set(d, kNoReduction);
    LimiterVec most[kVectors];
    for (std::size_t v = 0; v < kVectors; ++v) {
      out[v] = hn::LoadU(d, held + v * kLimiterLanes);
      most[v] = hn::Add(out[v], floor);
    }
    for (std::size_t k = 0; (std::size_t{1} << k) < kLimiterLanes; ++k) {
      for (LimiterVec& m : most) {
        m = hn::Max(m, hn::Mul(factor_[k], hn::TableLookupLanes(m, shifts_.from[k])));
      }
    }
    for (std::size_t v = 0; v < kVectors; ++v) {
      const LimiterVec after =
          hn::Max(shifts_.LastEverywhere(most[v]), hn::Mul(all_power_, before_));
      most[v] = hn::Max(most[v], hn::Mul(powers_, before_));
      // Not less than was asked for, whatever the sum was rounded to.
      out[v] = hn::Max(out[v], hn::Sub(most[v], floor));
      before_ = after;
    }
  }

 private:
  LaneShifts<LimiterTag> shifts_;
  LimiterVec before_;
  LimiterVec powers_;
  LimiterVec all_power_;
  LimiterVec factor_[kMostLaneShifts];
};

// What the group comes to decides where the slow release goes in the next one.
class LimiterSlowReleaser {
 public:
  explicit LimiterSlowReleaser(const LimiterRelease& release)
      : from_(release.slow_from),
        to_(release.slow_to),
        power_(release.powers[kReleaseGroup - 1]),
        slow_power_(release.slow_power) {}
  void Keep(LimiterRelease& release) const {
    release.slow_from = from_;
    release.slow_to = to_;
  }
  // Of the group's frames from `frame` on.
  HWY_INLINE LimiterVec At(LimiterVec frame) const {
    const LimiterTag d;
    const LimiterVec step = hn::Set(d, (to_ - from_) / kReleaseGroup);
    return hn::MulAdd(step, frame, hn::Set(d, from_));
  }
  HWY_INLINE void Follow(const LimiterVec* group) {
    LimiterVec sum = group[0];
    for (std::size_t v = 1; v < kReleaseVectors; ++v) sum = hn::Add(sum, group[v]);
    const float mean = hn::GetLane(hn::SumOfLanes(LimiterTag(), sum)) / kReleaseGroup;
    const float power = mean > to_ ? power_ : slow_power_;
    // Falls toward a little less than nothing, so that it gets to nothing.
    const float next = mean + power * (to_ - mean) - kNoReduction * (1.0F - power);
    from_ = to_;
    to_ = std::max(next, 0.0F);
  }

 private:
  float from_;
  float to_;
  float power_;
  float slow_power_;
};

}  // namespace HWY_NAMESPACE
}  // namespace auralis
HWY_AFTER_NAMESPACE();

#endif  // one of two toggles
