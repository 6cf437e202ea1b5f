#include "dsp/kernels/dynamics.h"

#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/kernels/dynamics.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "dsp/kernels/decibels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace auralis {
namespace HWY_NAMESPACE {
namespace {

// Calls `body(d, i)` for whole vectors, then for single frames.
template <class Body>
HWY_INLINE void ForFrames(std::size_t frames, const Body& body) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= frames; i += hn::Lanes(d)) body(d, i);
  for (; i < frames; ++i) body(one, i);
}

void PowerToDb(const float* power, std::size_t frames, float* db) {
  ForFrames(frames, [=](auto d, std::size_t i)
                        HWY_ATTR { hn::StoreU(PowerDb(d, hn::LoadU(d, power + i)), d, db + i); });
}

void DbToGain(const float* db, std::size_t frames, float* gain) {
  ForFrames(frames, [=](auto d, std::size_t i)
                        HWY_ATTR { hn::StoreU(DbGain(d, hn::LoadU(d, db + i)), d, gain + i); });
}

void Reduction(const float* level_db, const KneeCurve& curve, std::size_t frames,
               float* reduction_db) {
  ForFrames(frames, [=](auto d, std::size_t i) HWY_ATTR {
    const auto reduction =
        KneeReduction(d, hn::LoadU(d, level_db + i), hn::LoadU(d, curve.threshold_db + i),
                      hn::LoadU(d, curve.slope + i), hn::LoadU(d, curve.knee_db + i));
    hn::StoreU(reduction, d, reduction_db + i);
  });
}

using One = hn::CappedTag<float, 1>;

void Level(const float* left, const float* right, std::size_t frames, float pole,
           float& mean_square, float* power, float* mean) {
  ForFrames(frames, [=](auto d, std::size_t i) HWY_ATTR {
    const auto l = hn::LoadU(d, left + i);
    const auto r = hn::LoadU(d, right + i);
    hn::StoreU(hn::Max(hn::Mul(l, l), hn::Mul(r, r)), d, power + i);
  });
  const One d;
  const auto feedback = hn::Set(d, pole);
  const auto input =
      hn::Set(d, 1.0F - pole);  // of the rounded pole: a steady level is read exactly
  auto sum = hn::Set(d, mean_square);
  for (std::size_t i = 0; i < frames; ++i) {
    sum = hn::MulAdd(feedback, sum, hn::Mul(input, hn::LoadU(d, power + i)));
    hn::StoreU(sum, d, mean + i);
  }
  mean_square = hn::GetLane(sum);
}

void MixLevel(const float* mean, float peak_share, std::size_t frames, float* power) {
  ForFrames(frames, [=](auto d, std::size_t i) HWY_ATTR {
    const auto rms = hn::Sqrt(hn::LoadU(d, mean + i));
    const auto peak = hn::Sqrt(hn::LoadU(d, power + i));
    const auto amplitude = hn::MulAdd(hn::Set(d, peak_share), hn::Sub(peak, rms), rms);
    hn::StoreU(hn::Mul(amplitude, amplitude), d, power + i);
  });
}

// One way to what is asked for, with two poles. Both results are worked out and the right one is
// the larger: where the attack's pole is the smaller, it is ahead of the release's while the
// reduction grows and behind while it shrinks; else it is the other way round. So the loop waits
// for a multiply-add and a comparison, and for no choice between two.
template <bool kAttackIsFaster>
struct Follower {
  using V = hn::Vec<One>;
  Follower(float attack, float release, float from)
      : attack_pole(hn::Set(One(), attack)),
        release_pole(hn::Set(One(), release)),
        attack_input(hn::Set(One(), 1.0F - attack)),
        release_input(hn::Set(One(), 1.0F - release)),
        now(hn::Set(One(), from)) {}
  HWY_INLINE V Next(V asked) {
    const V attacked = hn::MulAdd(attack_pole, now, hn::Mul(attack_input, asked));
    const V released = hn::MulAdd(release_pole, now, hn::Mul(release_input, asked));
    now = kAttackIsFaster ? hn::Max(attacked, released) : hn::Min(attacked, released);
    return now;
  }
  V attack_pole, release_pole, attack_input, release_input, now;
};

template <class Fast, class Slow>
HWY_INLINE float Follow(Fast fast, Slow slow, float slow_share, ReductionState& state,
                        std::size_t frames, float* reduction_db) {
  const One d;
  const auto share = hn::Set(d, slow_share);
  auto largest = hn::Zero(d);
  for (std::size_t i = 0; i < frames; ++i) {
    const auto quick = fast.Next(hn::LoadU(d, reduction_db + i));
    const auto ahead = hn::Max(hn::Sub(slow.Next(quick), quick), hn::Zero(d));
    const auto held = hn::MulAdd(share, ahead, quick);
    largest = hn::Max(largest, held);
    hn::StoreU(held, d, reduction_db + i);
  }
  state = {.fast_db = hn::GetLane(fast.now), .slow_db = hn::GetLane(slow.now)};
  return hn::GetLane(largest);
}

float FollowReduction(const ReductionPoles& poles, ReductionState& state, std::size_t frames,
                      float* reduction_db) {
  const auto with_slow = [&](auto fast) HWY_ATTR {
    if (poles.slow_attack <= poles.slow_release) {
      const Follower<true> slow(poles.slow_attack, poles.slow_release, state.slow_db);
      return Follow(fast, slow, poles.slow_share, state, frames, reduction_db);
    }
    const Follower<false> slow(poles.slow_attack, poles.slow_release, state.slow_db);
    return Follow(fast, slow, poles.slow_share, state, frames, reduction_db);
  };
  if (poles.attack <= poles.release) {
    return with_slow(Follower<true>(poles.attack, poles.release, state.fast_db));
  }
  return with_slow(Follower<false>(poles.attack, poles.release, state.fast_db));
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace auralis
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace auralis {
HWY_EXPORT(Level);
HWY_EXPORT(MixLevel);
HWY_EXPORT(FollowReduction);
HWY_EXPORT(PowerToDb);
HWY_EXPORT(DbToGain);
HWY_EXPORT(Reduction);

DynamicsKernels ResolveDynamicsKernels() {
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return {.level = &HWY_DYNAMIC_DISPATCH(Level),
          .mix_level = &HWY_DYNAMIC_DISPATCH(MixLevel),
          .follow = &HWY_DYNAMIC_DISPATCH(FollowReduction),
          .power_to_db = &HWY_DYNAMIC_DISPATCH(PowerToDb),
          .db_to_gain = &HWY_DYNAMIC_DISPATCH(DbToGain),
          .reduction = &HWY_DYNAMIC_DISPATCH(Reduction)};
}
}  // namespace auralis
#endif
