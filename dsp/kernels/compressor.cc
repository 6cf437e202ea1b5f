#include "dsp/kernels/compressor.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/kernels/compressor.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "dsp/kernels/decibels-inl.h"
#include "dsp/kernels/group_follower-inl.h"
#include "dsp/kernels/group_recursions-inl.h"
#include "dsp/kernels/groups-inl.h"

HWY_BEFORE_NAMESPACE();
namespace auralis {
namespace HWY_NAMESPACE {
namespace {

// What does not wait for the frame before.
template <class D>
class Curve {
 public:
  using V = hn::Vec<D>;
  explicit Curve(const CompressorValues& values)
      : values_(values),
        // (s peak + (1 - s) rms)^2, by powers: one root instead of two.
        peaks_(values.peak_share * values.peak_share),
        means_((1.0F - values.peak_share) * (1.0F - values.peak_share)),
        both_(2.0F * values.peak_share * (1.0F - values.peak_share)),
        half_knee_db_(0.5F * values.knee_db),
        half_by_knee_(0.5F / std::max(values.knee_db, 1e-6F)),
        wet_(values.share * values.makeup_gain),
        dry_(1.0F - values.share) {}

  HWY_INLINE V LevelDb(V square, V mean) const {
    const D d;
    V power = hn::MulAdd(hn::Set(d, peaks_), square, hn::Mul(hn::Set(d, means_), mean));
    if (both_ != 0.0F) {
      power = hn::MulAdd(hn::Set(d, both_), hn::Sqrt(hn::Mul(square, mean)), power);
    }
    return PowerDb(d, power);
  }
  // The reduction that is asked for.
  HWY_INLINE V AskedDb(V level_db) const {
    const D d;
    const V half = hn::Set(d, half_knee_db_);
    const V over = hn::Sub(level_db, hn::Set(d, values_.threshold_db));
    const V into = hn::Min(hn::Max(hn::Add(over, half), hn::Zero(d)), hn::Set(d, values_.knee_db));
    const V straight = hn::Max(hn::Sub(over, half), hn::Zero(d));
    return hn::Mul(hn::Set(d, values_.slope),
                   hn::MulAdd(hn::Mul(into, into), hn::Set(d, half_by_knee_), straight));
  }
  // How far the makeup's mean goes toward the reduction.
  HWY_INLINE V Learning(V level_db) const {
    const D d;
    return hn::IfThenElseZero(hn::Gt(level_db, hn::Set(d, kMakeupGateDb)),
                              hn::Set(d, 1.0F - values_.mean_pole));
  }
  HWY_INLINE V MadeUpDb(V held_db, V mean_db) const {
    const D d;
    const V made_up = hn::Min(mean_db, hn::Set(d, kMostAutoMakeupDb));
    return hn::NegMulAdd(hn::Set(d, values_.auto_makeup), made_up, held_db);
  }
  // `lowered_db` is a reduction, less what is made up for.
  HWY_INLINE V Gain(V lowered_db) const {
    const D d;
    const V gain = Exp2(d, -kOctavesPerDb, lowered_db);
    return hn::MulAdd(hn::Set(d, wet_), gain, hn::Set(d, dry_));
  }

 private:
  const CompressorValues& values_;
  float peaks_, means_, both_, half_knee_db_, half_by_knee_, wet_, dry_;
};

// One channel of the side chain's section, frame by frame.
class SectionFrames {
 public:
  SectionFrames(const SvCascade& cascade, std::size_t channel)
      : b1_(cascade.value[channel][SvCascade::kB1][0]),
        b2_(cascade.value[channel][SvCascade::kB2][0]),
        b3_(cascade.value[channel][SvCascade::kB3][0]),
        d0_(cascade.value[channel][SvCascade::kD0][0]),
        d1_(cascade.value[channel][SvCascade::kD1][0]),
        d2_(cascade.value[channel][SvCascade::kD2][0]),
        s1_(cascade.state[channel][SvCascade::kS1][0]),
        s2_(cascade.state[channel][SvCascade::kS2][0]) {}
  void Keep(SvCascade& cascade, std::size_t channel) const {
    cascade.state[channel][SvCascade::kS1][0] = s1_;
    cascade.state[channel][SvCascade::kS2][0] = s2_;
  }
  HWY_INLINE float Next(float x) {
    const float y = d0_ * x + d1_ * s1_ + d2_ * s2_;
    const float difference = x - s2_;
    const float next1 = s1_ + b1_ * s1_ + b2_ * difference;
    s2_ = s2_ + b2_ * s1_ + b3_ * difference;
    s1_ = next1;
    return y;
  }

 private:
  float b1_, b2_, b3_, d0_, d1_, d2_, s1_, s2_;
};

// What is less than a piece, and all there is without lanes.
void FrameByFrame(SvCascade& sidechain, const CompressorPlan& plan, CompressorState& state,
                  const float* left, const float* right, std::size_t frames, float* gains) {
  const hn::CappedTag<float, 1> d;
  const CompressorValues values = plan.values;
  const FollowerPlan follower = plan.narrow.follower;
  const Curve<decltype(d)> curve(values);
  SectionFrames left_section(sidechain, 0);
  SectionFrames right_section(sidechain, 1);
  CompressorState now = state;  // not what `gains` might be: it stays in registers
  for (std::size_t i = 0; i < frames; ++i) {
    const bool filters = sidechain.sections > 0;
    const float l = filters ? left_section.Next(left[i]) : left[i];
    const float r = filters ? right_section.Next(right[i]) : right[i];
    now.last_sidechain = {l, r};
    const float square = std::max(l * l, r * r);
    now.mean_square = values.rms_pole * now.mean_square + (1.0F - values.rms_pole) * square;
    const auto level_db = curve.LevelDb(hn::Set(d, square), hn::Set(d, now.mean_square));
    const float asked = hn::GetLane(curve.AskedDb(level_db));
    auto& [fast, slow] = now.reduction;
    const float attacked = follower.attack_pole * fast + follower.attack_input * asked;
    const float released = follower.release_pole * fast + follower.release_input * asked;
    fast = follower.attack_pole <= follower.release_pole ? std::max(attacked, released)
                                                         : std::min(attacked, released);
    slow = values.slow_share == 0.0F ? fast
                                     : values.slow_pole * slow + (1.0F - values.slow_pole) * fast;
    const float held = fast + values.slow_share * std::max(slow - fast, 0.0F);
    now.largest_reduction_db = std::max(now.largest_reduction_db, held);
    const float learning = hn::GetLane(curve.Learning(level_db));
    now.mean_reduction_db += learning * (held - now.mean_reduction_db);
    gains[i] = hn::GetLane(
        curve.Gain(curve.MadeUpDb(hn::Set(d, held), hn::Set(d, now.mean_reduction_db))));
  }
  state = now;
  if (sidechain.sections == 0) return;
  left_section.Keep(sidechain, 0);
  right_section.Keep(sidechain, 1);
}

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
  const Curve<D> curve_;
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
  FrameByFrame(sidechain, plan, state, left + done, right + done, frames - done, gains + done);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace auralis
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace auralis {
HWY_EXPORT(PlanCompressor);
HWY_EXPORT(CompressorGains);

CompressorKernels ResolveCompressorKernels() {
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return {.plan = &HWY_DYNAMIC_DISPATCH(PlanCompressor),
          .gains = &HWY_DYNAMIC_DISPATCH(CompressorGains)};
}
}  // namespace auralis
#endif
