#include "dsp/kernels/sv_cascade.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/kernels/sv_cascade.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace auralis {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

// Sections run side by side in lanes, skewed in time: at step t the lane of section s works on
// frame t - s, and what it puts out reaches the next lane a step later. The skew is drained at the
// end of each call, so the cascade adds no latency. Both channels run in one loop: each is one
// chain of dependent operations, and one hides the other's waiting.
using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;

// The sections of one pass: `count` from `first` on, at most as many as there are lanes.
struct Pass {
  std::size_t first;
  std::size_t count;
};

struct Lanes {
  // Written out: what the compiler makes by itself is not for NEON.
  HWY_INLINE Lanes(const SvCascade& cascade, std::size_t channel, Pass pass) {
    const D d;
    const auto& value = cascade.value[channel];
    b1 = hn::LoadU(d, value[SvCascade::kB1] + pass.first);
    b2 = hn::LoadU(d, value[SvCascade::kB2] + pass.first);
    b3 = hn::LoadU(d, value[SvCascade::kB3] + pass.first);
    d0 = hn::LoadU(d, value[SvCascade::kD0] + pass.first);
    d1 = hn::LoadU(d, value[SvCascade::kD1] + pass.first);
    d2 = hn::LoadU(d, value[SvCascade::kD2] + pass.first);
    s1 = hn::LoadU(d, cascade.state[channel][SvCascade::kS1] + pass.first);
    s2 = hn::LoadU(d, cascade.state[channel][SvCascade::kS2] + pass.first);
  }
  V b1, b2, b3, d0, d1, d2;
  V s1, s2;
};

// Coefficients of each lane's own frame, `at` along the ramp.
HWY_INLINE void MoveLanes(const SvCascade& cascade, std::size_t channel, Pass pass, V at,
                          Lanes& lanes) {
  const D d;
  const auto& value = cascade.value[channel];
  const auto& change = cascade.change[channel];
  const auto moved = [&](std::size_t c) HWY_ATTR {
    return hn::MulAdd(at, hn::LoadU(d, change[c] + pass.first),
                      hn::LoadU(d, value[c] + pass.first));
  };
  lanes.b1 = moved(SvCascade::kB1);
  lanes.b2 = moved(SvCascade::kB2);
  lanes.b3 = moved(SvCascade::kB3);
  lanes.d0 = moved(SvCascade::kD0);
  lanes.d1 = moved(SvCascade::kD1);
  lanes.d2 = moved(SvCascade::kD2);
}

// One frame a lane. x meets y in a single multiply-add: that path is the loop's critical one.
template <class Keep>
HWY_INLINE V Step(Lanes& lanes, V x, Keep keep) {
  const V y = hn::MulAdd(lanes.d0, x, hn::MulAdd(lanes.d1, lanes.s1, hn::Mul(lanes.d2, lanes.s2)));
  const V difference = hn::Sub(x, lanes.s2);
  const V s1 = hn::MulAdd(lanes.b2, difference, hn::MulAdd(lanes.b1, lanes.s1, lanes.s1));
  const V s2 = hn::MulAdd(lanes.b3, difference, hn::MulAdd(lanes.b2, lanes.s1, lanes.s2));
  lanes.s1 = keep(s1, lanes.s1);
  lanes.s2 = keep(s2, lanes.s2);
  return y;
}

template <bool kMoving>
HWY_INLINE void RunPass(SvCascade& cascade, Pass pass, SvRamp ramp, float* left, float* right,
                        std::size_t frames) {
  const D d;
  const std::size_t skew = pass.count - 1;
  // Every lane hands on to the next; the last section's output lands in lane 0, where it is taken
  // out and the next input put in.
  HWY_ALIGN int32_t from_lane[16] = {static_cast<int32_t>(skew)};
  for (std::size_t lane = 1; lane < hn::Lanes(d); ++lane) {
    from_lane[lane] = static_cast<int32_t>(lane) - 1;
  }
  const auto hand_on = hn::SetTableIndices(d, from_lane);
  const auto is_first = hn::FirstN(d, 1);
  const V section = hn::Iota(d, 0.0F);
  const V per_frame = hn::Set(d, 1.0F / static_cast<float>(ramp.ramp_frames));

  Lanes l(cascade, 0, pass);
  Lanes r(cascade, 1, pass);
  V to_left = hn::Zero(d);
  V to_right = hn::Zero(d);

  const auto run_step = [&](std::size_t t, float in_left, float in_right, auto keep) HWY_ATTR {
    if (kMoving) {
      const V frame = hn::Sub(hn::Set(d, static_cast<float>(ramp.elapsed_frames + 1 + t)), section);
      const V u = hn::Mul(frame, per_frame);
      const V at = hn::Mul(hn::Mul(u, u), hn::NegMulAdd(hn::Set(d, 2.0F), u, hn::Set(d, 3.0F)));
      MoveLanes(cascade, 0, pass, at, l);
      MoveLanes(cascade, 1, pass, at, r);
    }
    const V x_left = hn::IfThenElse(is_first, hn::Set(d, in_left), to_left);
    const V x_right = hn::IfThenElse(is_first, hn::Set(d, in_right), to_right);
    to_left = hn::TableLookupLanes(Step(l, x_left, keep), hand_on);
    to_right = hn::TableLookupLanes(Step(r, x_right, keep), hand_on);
  };
  // While the skew fills and drains, lanes without a frame keep their state.
  const auto run_partial_step = [&](std::size_t t) HWY_ATTR {
    const V first_section = hn::Set(d, static_cast<float>(t) - static_cast<float>(frames));
    const auto has_frame =
        hn::And(hn::Le(section, hn::Set(d, static_cast<float>(t))), hn::Gt(section, first_section));
    const bool has_input = t < frames;
    run_step(t, has_input ? left[t] : 0.0F, has_input ? right[t] : 0.0F,
             [&](V fresh, V old) HWY_ATTR { return hn::IfThenElse(has_frame, fresh, old); });
    if (t < skew) return;
    left[t - skew] = hn::GetLane(to_left);
    right[t - skew] = hn::GetLane(to_right);
  };

  std::size_t t = 0;
  for (; t < skew; ++t) run_partial_step(t);
  for (; t < frames; ++t) {
    run_step(t, left[t], right[t], [](V fresh, V) HWY_ATTR { return fresh; });
    left[t - skew] = hn::GetLane(to_left);
    right[t - skew] = hn::GetLane(to_right);
  }
  for (; t < frames + skew; ++t) run_partial_step(t);

  hn::StoreU(l.s1, d, cascade.state[0][SvCascade::kS1] + pass.first);
  hn::StoreU(l.s2, d, cascade.state[0][SvCascade::kS2] + pass.first);
  hn::StoreU(r.s1, d, cascade.state[1][SvCascade::kS1] + pass.first);
  hn::StoreU(r.s2, d, cascade.state[1][SvCascade::kS2] + pass.first);
}

template <bool kMoving>
HWY_INLINE void Run(SvCascade& cascade, SvRamp ramp, float* left, float* right,
                    std::size_t frames) {
  if (frames == 0) return;
  const std::size_t lanes = hn::Lanes(D());
  for (std::size_t first = 0; first < cascade.sections; first += lanes) {
    const Pass pass{first, std::min(lanes, cascade.sections - first)};
    RunPass<kMoving>(cascade, pass, ramp, left, right, frames);
  }
}

#if HWY_TARGET != HWY_SCALAR
// Few sections would leave most lanes without work, and the skew's permutes would cost more than
// the sections: there both channels are two lanes, and sections follow each other within a frame.
using Pair = hn::CappedTag<float, 2>;

struct PairSection {
  using V2 = hn::Vec<Pair>;
  PairSection(const SvCascade& cascade, std::size_t s)
      : b1(Of(cascade.value, SvCascade::kB1, s)),
        b2(Of(cascade.value, SvCascade::kB2, s)),
        b3(Of(cascade.value, SvCascade::kB3, s)),
        d0(Of(cascade.value, SvCascade::kD0, s)),
        d1(Of(cascade.value, SvCascade::kD1, s)),
        d2(Of(cascade.value, SvCascade::kD2, s)),
        s1(Of(cascade.state, SvCascade::kS1, s)),
        s2(Of(cascade.state, SvCascade::kS2, s)) {}
  template <std::size_t N>
  static HWY_INLINE V2 Of(const SvCascade::Plane (&planes)[2][N], std::size_t plane,
                          std::size_t s) {
    HWY_ALIGN const float both[2] = {planes[0][plane][s], planes[1][plane][s]};
    return hn::Load(Pair(), both);
  }
  void Keep(SvCascade& cascade, std::size_t s) const {
    HWY_ALIGN float both[2];
    hn::Store(s1, Pair(), both);
    for (std::size_t ch = 0; ch < 2; ++ch) cascade.state[ch][SvCascade::kS1][s] = both[ch];
    hn::Store(s2, Pair(), both);
    for (std::size_t ch = 0; ch < 2; ++ch) cascade.state[ch][SvCascade::kS2][s] = both[ch];
  }
  HWY_INLINE V2 Next(V2 x) {
    const V2 y = hn::MulAdd(d0, x, hn::MulAdd(d1, s1, hn::Mul(d2, s2)));
    const V2 difference = hn::Sub(x, s2);
    const V2 next1 = hn::MulAdd(b2, difference, hn::MulAdd(b1, s1, s1));
    s2 = hn::MulAdd(b3, difference, hn::MulAdd(b2, s1, s2));
    s1 = next1;
    return y;
  }
  V2 b1, b2, b3, d0, d1, d2, s1, s2;
};

template <class... Sections>
HWY_INLINE void RunFew(float* left, float* right, std::size_t frames, Sections&... sections) {
  constexpr std::size_t kPiece = 64;
  const Pair d;
  HWY_ALIGN float both[2 * kPiece];
  for (std::size_t done = 0; done < frames; done += kPiece) {
    const std::size_t count = std::min(kPiece, frames - done);
    for (std::size_t i = 0; i < count; ++i) {
      both[2 * i] = left[done + i];
      both[2 * i + 1] = right[done + i];
    }
    for (std::size_t i = 0; i < count; ++i) {
      auto x = hn::Load(d, both + 2 * i);
      ((x = sections.Next(x)), ...);
      hn::Store(x, d, both + 2 * i);
    }
    for (std::size_t i = 0; i < count; ++i) {
      left[done + i] = both[2 * i];
      right[done + i] = both[2 * i + 1];
    }
  }
}

void Few(SvCascade& cascade, float* left, float* right, std::size_t frames) {
  if (cascade.sections == 0) return;
  PairSection first(cascade, 0);
  if (cascade.sections == 1) {
    RunFew(left, right, frames, first);
  } else {
    PairSection second(cascade, 1);
    if (cascade.sections == 2) {
      RunFew(left, right, frames, first, second);
    } else {
      PairSection third(cascade, 2);
      RunFew(left, right, frames, first, second, third);
      third.Keep(cascade, 2);
    }
    second.Keep(cascade, 1);
  }
  first.Keep(cascade, 0);
}
#else
void Few(SvCascade& cascade, float* left, float* right, std::size_t frames) {
  Run<false>(cascade, {.elapsed_frames = 0, .ramp_frames = 1}, left, right, frames);
}
#endif

void Moving(SvCascade& cascade, SvRamp ramp, float* left, float* right, std::size_t frames) {
  Run<true>(cascade, ramp, left, right, frames);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace auralis
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace auralis {
HWY_EXPORT(Few);
HWY_EXPORT(Moving);

SvCascadeKernels ResolveSvCascadeKernels() {
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return {.few = &HWY_DYNAMIC_DISPATCH(Few), .moving = &HWY_DYNAMIC_DISPATCH(Moving)};
}
}  // namespace auralis
#endif
