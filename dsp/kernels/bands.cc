#include "dsp/kernels/bands.h"

#include <numbers>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/kernels/bands.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "dsp/kernels/decibels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace auralis {
namespace HWY_NAMESPACE {
namespace {

using Lanes = hn::CappedTag<float, kBandLanes>;
using Bands = hn::CappedTag<float, kMostBands>;

template <class D>
struct Section {
  using V = hn::Vec<D>;

  HWY_INLINE Section(D d, const Crossover::Section& from, std::size_t at)
      : x_share(hn::LoadU(d, from.x_share.data() + at)),
        band_share(hn::LoadU(d, from.band_share.data() + at)),
        low_share(hn::LoadU(d, from.low_share.data() + at)),
        state1(hn::LoadU(d, from.state1.data() + at)),
        state2(hn::LoadU(d, from.state2.data() + at)) {}
  HWY_INLINE void Keep(D d, Crossover::Section& to, std::size_t at) const {
    hn::StoreU(state1, d, to.state1.data() + at);
    hn::StoreU(state2, d, to.state2.data() + at);
  }
  HWY_INLINE V Next(V x, V g, V a) {
    const V band = hn::Mul(a, hn::MulAdd(g, hn::Sub(x, state2), state1));
    const V low = hn::MulAdd(g, band, state2);
    state1 = hn::Sub(hn::Add(band, band), state1);
    state2 = hn::Sub(hn::Add(low, low), state2);
    return hn::MulAdd(x_share, x, hn::MulAdd(band_share, band, hn::Mul(low_share, low)));
  }

  V x_share, band_share, low_share, state1, state2;
};

void Cross(const float* g, const float* a, std::size_t frames, Crossover& crossover, float* lanes) {
  const Lanes d;
  for (std::size_t at = 0; at < kBandLanes; at += hn::Lanes(d)) {
    Section<Lanes> first(d, crossover.sections[0], at);
    Section<Lanes> second(d, crossover.sections[1], at);
    for (std::size_t i = 0; i < frames; ++i) {
      float* const frame = lanes + i * kBandLanes + at;
      const auto vg = hn::Set(d, g[i]);
      const auto va = hn::Set(d, a[i]);
      hn::StoreU(second.Next(first.Next(hn::LoadU(d, frame), vg, va), vg, va), d, frame);
    }
    first.Keep(d, crossover.sections[0], at);
    second.Keep(d, crossover.sections[1], at);
  }
}

// One way to `asked`: with the attack's pole while it grows, the release's while it shrinks.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Follow(D d, V now, V asked, V attack_pole, V release_pole) {
  const V left = hn::Sub(now, asked);
  const V pole = hn::IfThenElse(hn::Lt(left, hn::Zero(d)), attack_pole, release_pole);
  return hn::MulAdd(pole, left, asked);
}

template <bool kMoving>
HWY_INLINE void CompressGroup(const float* lanes, std::size_t frames, std::size_t at,
                              BandDynamics& dynamics, float* gains) {
  using V = hn::Vec<Bands>;
  const Bands d;
  const V zero = hn::Zero(d);
  const V one = hn::Set(d, 1.0F);
  const V rms_pole = hn::Set(d, dynamics.rms_pole);
  const V rms_input = hn::Set(d, 1.0F - dynamics.rms_pole);
  const V mean_input = hn::Set(d, 1.0F - dynamics.mean_pole);
  V value[BandDynamics::kValues];
  V step[BandDynamics::kValues];
  for (std::size_t k = 0; k < BandDynamics::kValues; ++k) {
    value[k] = hn::LoadU(d, dynamics.value[k].data() + at);
    step[k] = hn::LoadU(d, dynamics.step[k].data() + at);
  }
  V mean_square = hn::LoadU(d, dynamics.mean_square.data() + at);
  V fast_db = hn::LoadU(d, dynamics.reduction_db.data() + at);
  V slow_db = hn::LoadU(d, dynamics.slow_reduction_db.data() + at);
  V mean_db = hn::LoadU(d, dynamics.mean_reduction_db.data() + at);
  V largest_db = hn::LoadU(d, dynamics.largest_reduction_db.data() + at);
  for (std::size_t i = 0; i < frames; ++i) {
    if constexpr (kMoving) {
      for (std::size_t k = 0; k < BandDynamics::kValues; ++k) value[k] = hn::Add(value[k], step[k]);
    }
    const V left = hn::LoadU(d, lanes + i * kBandLanes + at);
    const V right = hn::LoadU(d, lanes + i * kBandLanes + kMostBands + at);
    const V square = hn::Max(hn::Mul(left, left), hn::Mul(right, right));
    mean_square = hn::MulAdd(rms_pole, mean_square, hn::Mul(rms_input, square));
    const V rms = hn::Sqrt(mean_square);
    const V amplitude =
        hn::MulAdd(value[BandDynamics::kPeakShare], hn::Sub(hn::Sqrt(square), rms), rms);
    const V level_db = PowerDb(d, hn::Mul(amplitude, amplitude));
    const V asked_db = KneeReduction(d, level_db, value[BandDynamics::kThresholdDb],
                                     value[BandDynamics::kSlope], value[BandDynamics::kKneeDb]);
    fast_db = Follow(d, fast_db, asked_db, value[BandDynamics::kAttackPole],
                     value[BandDynamics::kReleasePole]);
    slow_db =
        Follow(d, slow_db, fast_db, value[BandDynamics::kSlowPole], value[BandDynamics::kSlowPole]);
    const V held_db = hn::MulAdd(value[BandDynamics::kSlowShare],
                                 hn::Max(hn::Sub(slow_db, fast_db), zero), fast_db);
    largest_db = hn::Max(largest_db, held_db);
    const V learnt = hn::IfThenElseZero(hn::Gt(level_db, hn::Set(d, kMakeupGateDb)), mean_input);
    mean_db = hn::MulAdd(learnt, hn::Sub(held_db, mean_db), mean_db);
    const V gain_db = hn::MulSub(value[BandDynamics::kAutoMakeup],
                                 hn::Min(mean_db, hn::Set(d, kMostAutoMakeupDb)), held_db);
    const V gain = hn::Mul(value[BandDynamics::kMakeupGain], DbGain(d, gain_db));
    const V mixed = hn::MulAdd(value[BandDynamics::kShare], hn::Sub(gain, one), one);
    hn::StoreU(hn::Mul(value[BandDynamics::kLevel], mixed), d, gains + i * kMostBands + at);
  }
  if constexpr (kMoving) {
    for (std::size_t k = 0; k < BandDynamics::kValues; ++k) {
      hn::StoreU(value[k], d, dynamics.value[k].data() + at);
    }
  }
  hn::StoreU(mean_square, d, dynamics.mean_square.data() + at);
  hn::StoreU(fast_db, d, dynamics.reduction_db.data() + at);
  hn::StoreU(slow_db, d, dynamics.slow_reduction_db.data() + at);
  hn::StoreU(mean_db, d, dynamics.mean_reduction_db.data() + at);
  hn::StoreU(largest_db, d, dynamics.largest_reduction_db.data() + at);
}

void Compress(const float* lanes, std::size_t frames, bool moving, BandDynamics& dynamics,
              float* gains) {
  for (std::size_t at = 0; at < kMostBands; at += hn::Lanes(Bands())) {
    if (moving) {
      CompressGroup<true>(lanes, frames, at, dynamics, gains);
    } else {
      CompressGroup<false>(lanes, frames, at, dynamics, gains);
    }
  }
}

void Sum(const float* lanes, const float* gains, std::size_t frames, float* left, float* right) {
  const Bands d;
  for (std::size_t i = 0; i < frames; ++i) {
    auto sum_left = hn::Zero(d);
    auto sum_right = hn::Zero(d);
    for (std::size_t at = 0; at < kMostBands; at += hn::Lanes(d)) {
      const auto gain = hn::LoadU(d, gains + i * kMostBands + at);
      const float* const frame = lanes + i * kBandLanes + at;
      sum_left = hn::MulAdd(gain, hn::LoadU(d, frame), sum_left);
      sum_right = hn::MulAdd(gain, hn::LoadU(d, frame + kMostBands), sum_right);
    }
    left[i] = hn::GetLane(hn::SumOfLanes(d, sum_left));
    right[i] = hn::GetLane(hn::SumOfLanes(d, sum_right));
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace auralis
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace auralis {
HWY_EXPORT(Cross);
HWY_EXPORT(Compress);
HWY_EXPORT(Sum);

BandKernels ResolveBandKernels() {
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return {.cross = &HWY_DYNAMIC_DISPATCH(Cross),
          .compress = &HWY_DYNAMIC_DISPATCH(Compress),
          .sum = &HWY_DYNAMIC_DISPATCH(Sum)};
}
}  // namespace auralis
#endif
