#include "dsp/kernels/compressor.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/kernels/compressor.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "dsp/kernels/compressor_curve-inl.h"
#include "dsp/kernels/compressor_frames-inl.h"
#include "dsp/kernels/group_follower-inl.h"
#include "dsp/kernels/group_recursions-inl.h"
#include "dsp/kernels/groups-inl.h"

HWY_BEFORE_NAMESPACE();
namespace auralis {
namespace HWY_NAMESPACE {
namespace {

#if HWY_TARGET == HWY_SCALAR
constexpr std::size_t kWideGroups = 4;
#else
constexpr std::size_t kWideGroups = hn::MaxLanes(hn::CappedTag<float, kMostGroups>());

// Whole pieces, all recursions of one for all its groups at once.
template <class D, bool kFasterAttack>
class Pieces {
 public:
  static constexpr std::size_t kFrames = kGroupFrames * hn::MaxLanes(D());
  struct Asked {
    HWY_INLINE Asked() {}
    Groups<D> db;
    Groups<D> learning;
  };
  Pieces(const SvCascade& sidechain, const CompressorPlan& plan, const CompressorGroups& groups,
         const CompressorState& state)
      : values_(plan.values),
        groups_(groups),
        filters_(sidechain.sections > 0),
        curve_(plan.values),
        left_section_(sidechain, 0),
        right_section_(sidechain, 1),
        mean_square_(state.mean_square),
        follower_(groups.follower, state.reduction.fast_db),
        slow_(state.reduction.slow_db),
        mean_db_(state.mean_reduction_db),
        largest_db_(hn::Set(D(), state.largest_reduction_db)) {}
  void Keep(SvCascade& sidechain, CompressorState& state) const {
    if (filters_) {
      left_section_.Keep(sidechain, 0);
      right_section_.Keep(sidechain, 1);
    }
    state.mean_square = mean_square_.state();
    state.reduction.fast_db = follower_.state();
    state.reduction.slow_db = values_.slow_share != 0.0F ? slow_.state() : follower_.state();
    state.mean_reduction_db = mean_db_.state();
    state.largest_reduction_db = hn::GetLane(hn::MaxOfLanes(D(), largest_db_));
    state.last_sidechain = {hn::GetLane(LastEverywhere(D(), last_left_)),
                            hn::GetLane(LastEverywhere(D(), last_right_))};
  }

  HWY_INLINE Asked Ask(const float* left, const float* right) {
    const D d;
    Groups<D> l = LoadGroups(d, left);
    Groups<D> r = LoadGroups(d, right);
    if (filters_) {
      l = left_section_.Run(groups_.sidechain, l);
      r = right_section_.Run(groups_.sidechain, r);
    }
    last_left_ = l.frame[kGroupFrames - 1];
    last_right_ = r.frame[kGroupFrames - 1];
    Groups<D> square;
    for (std::size_t k = 0; k < kGroupFrames; ++k) {
      square.frame[k] = hn::Max(hn::Mul(l.frame[k], l.frame[k]), hn::Mul(r.frame[k], r.frame[k]));
    }
    const Groups<D> mean = mean_square_.Run(groups_.mean_square, square);
    Asked asked;
    for (std::size_t k = 0; k < kGroupFrames; ++k) {
      const V level_db = curve_.LevelDb(square.frame[k], mean.frame[k]);
      asked.db.frame[k] = curve_.AskedDb(level_db);
      asked.learning.frame[k] = curve_.Learning(level_db);
    }
    return asked;
  }
  HWY_INLINE void Follow(const Asked& asked, float* gains) {
    const D d;
    Groups<D> held = follower_.Run(asked.db);
    if (values_.slow_share != 0.0F) held = Slowed(held);
    for (const V& db : held.frame) largest_db_ = hn::Max(largest_db_, db);
    Groups<D> lowered = held;
    if (values_.auto_makeup != 0.0F) {
      const Groups<D> mean = mean_db_.Run(asked.learning, held);
      for (std::size_t k = 0; k < kGroupFrames; ++k) {
        lowered.frame[k] = curve_.MadeUpDb(held.frame[k], mean.frame[k]);
      }
    } else {
      mean_db_.Advance(asked.learning, held);
    }
    Groups<D> gain;
    for (std::size_t k = 0; k < kGroupFrames; ++k) gain.frame[k] = curve_.Gain(lowered.frame[k]);
    StoreGroups(d, gain, gains);
  }

 private:
  using V = hn::Vec<D>;
  HWY_INLINE Groups<D> Slowed(const Groups<D>& fast) {
    const D d;
    const Groups<D> slow = slow_.Run(groups_.slow, fast);
    Groups<D> held;
    for (std::size_t k = 0; k < kGroupFrames; ++k) {
      const V ahead = hn::Max(hn::Sub(slow.frame[k], fast.frame[k]), hn::Zero(d));
      held.frame[k] = hn::MulAdd(hn::Set(d, values_.slow_share), ahead, fast.frame[k]);
    }
    return held;
  }

  const CompressorValues& values_;
  const CompressorGroups& groups_;
  const bool filters_;
  const CompressorCurve<D> curve_;
  SectionGroups<D> left_section_, right_section_;
  PoleGroups<D> mean_square_;
  FollowerGroups<kFasterAttack, D> follower_;
  PoleGroups<D> slow_;
  MovingPoleGroups<D> mean_db_;
  V largest_db_;
  V last_left_ = hn::Zero(D());
  V last_right_ = hn::Zero(D());
};

// The next piece's levels are begun before this one's reductions wait for each other.
template <class D, bool kFasterAttack>
void RunPieces(SvCascade& sidechain, const CompressorPlan& plan, const CompressorGroups& groups,
               CompressorState& state, const float* left, const float* right, std::size_t frames,
               float* gains) {
  using All = Pieces<D, kFasterAttack>;
  All all(sidechain, plan, groups, state);
  typename All::Asked asked = all.Ask(left, right);
  for (std::size_t at = 0; at < frames; at += All::kFrames) {
    typename All::Asked next = asked;
    if (at + All::kFrames < frames)
      next = all.Ask(left + at + All::kFrames, right + at + All::kFrames);
    all.Follow(asked, gains + at);
    asked = next;
  }
  all.Keep(sidechain, state);
}

// As many pieces as there are whole ones; returns their frames.
template <class D>
std::size_t RunWhole(D, SvCascade& sidechain, const CompressorPlan& plan,
                     const CompressorGroups& groups, CompressorState& state, const float* left,
                     const float* right, std::size_t frames, float* gains) {
  const std::size_t whole = frames - frames % Pieces<D, true>::kFrames;
  if (whole == 0) return 0;
  if (plan.values.attack_pole <= plan.values.release_pole) {
    RunPieces<D, true>(sidechain, plan, groups, state, left, right, whole, gains);
  } else {
    RunPieces<D, false>(sidechain, plan, groups, state, left, right, whole, gains);
  }
  return whole;
}
#endif

void PlanCompressor(const SvCascade& sidechain, const CompressorValues& values,
                    CompressorPlan& plan) {
  const auto groups = [&](std::size_t count) -> CompressorGroups {
    return {.sidechain = PlanSection(sidechain, count),
            .mean_square = PlanPole(values.rms_pole, count),
            .slow = PlanPole(values.slow_pole, count),
            .follower = PlanFollower(values.attack_pole, values.release_pole)};
  };
  plan = {.values = values, .wide = groups(kWideGroups), .narrow = groups(4)};
}

void CompressorGains(SvCascade& sidechain, const CompressorPlan& plan, CompressorState& state,
                     const float* left, const float* right, std::size_t frames, float* gains) {
  std::size_t done = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::CappedTag<float, kMostGroups> wide;
  const hn::CappedTag<float, 4> narrow;
  done = RunWhole(wide, sidechain, plan, plan.wide, state, left, right, frames, gains);
  if (kWideGroups > 4) {
    done += RunWhole(narrow, sidechain, plan, plan.narrow, state, left + done, right + done,
                     frames - done, gains + done);
  }
#endif
  if (done == frames) return;
  CompressorFrames rest(sidechain, plan, state);
  while (done < frames) {
    const std::size_t piece = std::min(CompressorFrames::kMost, frames - done);
    rest.Run(left + done, right + done, piece, gains + done);
    done += piece;
  }
}

void ApplyGains(const float* gains, std::size_t frames, float* left, float* right) {
  const auto apply = [=](auto d, std::size_t i) HWY_ATTR {
    const auto gain = hn::LoadU(d, gains + i);
    hn::StoreU(hn::Mul(hn::LoadU(d, left + i), gain), d, left + i);
    hn::StoreU(hn::Mul(hn::LoadU(d, right + i), gain), d, right + i);
  };
  const hn::ScalableTag<float> d;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= frames; i += hn::Lanes(d)) apply(d, i);
  for (; i < frames; ++i) apply(hn::CappedTag<float, 1>(), i);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace auralis
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace auralis {
HWY_EXPORT(PlanCompressor);
HWY_EXPORT(CompressorGains);
HWY_EXPORT(ApplyGains);

CompressorKernels ResolveCompressorKernels() {
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return {.plan = &HWY_DYNAMIC_DISPATCH(PlanCompressor),
          .gains = &HWY_DYNAMIC_DISPATCH(CompressorGains),
          .apply = &HWY_DYNAMIC_DISPATCH(ApplyGains)};
}
}  // namespace auralis
#endif
