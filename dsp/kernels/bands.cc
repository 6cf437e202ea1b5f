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

// Two at once: each waits for itself, and one hides the other's waiting.
void CrossTwo(const CornerBlock& first, const CornerBlock& second, std::size_t frames,
              Crossover& first_crossover, Crossover& second_crossover, float* lanes) {
  const Lanes d;
  for (std::size_t at = 0; at < kBandLanes; at += hn::Lanes(d)) {
    Section<Lanes> a1(d, first_crossover.sections[0], at);
    Section<Lanes> a2(d, first_crossover.sections[1], at);
    Section<Lanes> b1(d, second_crossover.sections[0], at);
    Section<Lanes> b2(d, second_crossover.sections[1], at);
    for (std::size_t i = 0; i < frames; ++i) {
      float* const frame = lanes + i * kBandLanes + at;
      const auto ga = hn::Set(d, first.g[i]);
      const auto aa = hn::Set(d, first.a[i]);
      const auto gb = hn::Set(d, second.g[i]);
      const auto ab = hn::Set(d, second.a[i]);
      const auto between = a2.Next(a1.Next(hn::LoadU(d, frame), ga, aa), ga, aa);
      hn::StoreU(b2.Next(b1.Next(between, gb, ab), gb, ab), d, frame);
    }
    a1.Keep(d, first_crossover.sections[0], at);
    a2.Keep(d, first_crossover.sections[1], at);
    b1.Keep(d, second_crossover.sections[0], at);
    b2.Keep(d, second_crossover.sections[1], at);
  }
}

// One way to `asked`: with the attack's pole while it grows, the release's while it shrinks.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Follow(D d, V now, V asked, V attack_pole, V release_pole) {
  const V left = hn::Sub(now, asked);
  const V pole = hn::IfThenElse(hn::Lt(left, hn::Zero(d)), attack_pole, release_pole);
  return hn::MulAdd(pole, left, asked);
}

// While values move, frame by frame.
HWY_INLINE void CompressMoving(const float* lanes, std::size_t frames, std::size_t at,
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
    for (std::size_t k = 0; k < BandDynamics::kValues; ++k) value[k] = hn::Add(value[k], step[k]);
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
  for (std::size_t k = 0; k < BandDynamics::kValues; ++k) {
    hn::StoreU(value[k], d, dynamics.value[k].data() + at);
  }
  hn::StoreU(mean_square, d, dynamics.mean_square.data() + at);
  hn::StoreU(fast_db, d, dynamics.reduction_db.data() + at);
  hn::StoreU(slow_db, d, dynamics.slow_reduction_db.data() + at);
  hn::StoreU(mean_db, d, dynamics.mean_reduction_db.data() + at);
  hn::StoreU(largest_db, d, dynamics.largest_reduction_db.data() + at);
}

// Values that stand still: what does not depend on the frame before is done for whole vectors of
// frames and bands, and the recursions between are all that waits. A piece stays in the first
// cache.
constexpr std::size_t kPieceFrames = 32;
using PieceOfBands = float[kPieceFrames * kMostBands];

// The bands' values side by side, as often as a vector has room for.
class Repeated {
 public:
  explicit Repeated(const BandDynamics& dynamics) {
    for (std::size_t k = 0; k < BandDynamics::kValues; ++k) {
      for (std::size_t i = 0; i < kBandLanes; ++i) {
        values_[k][i] = dynamics.value[k][i % kMostBands];
      }
    }
    for (std::size_t i = 0; i < kBandLanes; ++i) {
      const float knee_db = values_[BandDynamics::kKneeDb][i];
      half_by_knee_[i] = 0.5F / (knee_db < 1e-6F ? 1e-6F : knee_db);
    }
  }
  HWY_INLINE hn::Vec<Lanes> operator()(BandDynamics::Value k, std::size_t at) const {
    return hn::Load(Lanes(), values_[k] + at % kBandLanes);
  }
  HWY_INLINE hn::Vec<Lanes> half_by_knee(std::size_t at) const {
    return hn::Load(Lanes(), half_by_knee_ + at % kBandLanes);
  }
  bool all_peak_shares_are(float share) const {
    for (const float value : values_[BandDynamics::kPeakShare]) {
      if (value != share) return false;
    }
    return true;
  }

 private:
  HWY_ALIGN float values_[BandDynamics::kValues][kBandLanes];
  HWY_ALIGN float half_by_knee_[kBandLanes];
};

// Squares of the louder channel and their means.
HWY_INLINE void MeanSquares(const float* lanes, std::size_t frames, std::size_t at,
                            BandDynamics& dynamics, float* squares, float* means) {
  const Bands d;
  const auto pole = hn::Set(d, dynamics.rms_pole);
  const auto input = hn::Set(d, 1.0F - dynamics.rms_pole);
  auto mean = hn::LoadU(d, dynamics.mean_square.data() + at);
  for (std::size_t i = 0; i < frames; ++i) {
    const auto left = hn::LoadU(d, lanes + i * kBandLanes + at);
    const auto right = hn::LoadU(d, lanes + i * kBandLanes + kMostBands + at);
    const auto square = hn::Max(hn::Mul(left, left), hn::Mul(right, right));
    mean = hn::MulAdd(pole, mean, hn::Mul(input, square));
    hn::Store(square, d, squares + i * kMostBands + at);
    hn::Store(mean, d, means + i * kMostBands + at);
  }
  hn::StoreU(mean, d, dynamics.mean_square.data() + at);
}

// `means` become levels in dB, `squares` the reductions that are asked for.
template <class PowerOf>
HWY_INLINE void AskEach(const Repeated& values, std::size_t count, float* squares, float* means,
                        PowerOf power_of) {
  const Lanes d;
  for (std::size_t at = 0; at < count; at += hn::Lanes(d)) {
    const auto level_db =
        PowerDb(d, power_of(hn::Load(d, squares + at), hn::Load(d, means + at), at));
    const auto knee_db = values(BandDynamics::kKneeDb, at);
    const auto half = hn::Mul(hn::Set(d, 0.5F), knee_db);
    const auto over = hn::Sub(level_db, values(BandDynamics::kThresholdDb, at));
    const auto into = hn::Min(hn::Max(hn::Add(over, half), hn::Zero(d)), knee_db);
    const auto straight = hn::Max(hn::Sub(over, half), hn::Zero(d));
    const auto bent = hn::MulAdd(hn::Mul(into, into), values.half_by_knee(at), straight);
    hn::Store(level_db, d, means + at);
    hn::Store(hn::Mul(values(BandDynamics::kSlope, at), bent), d, squares + at);
  }
}

HWY_INLINE void AskAll(const Repeated& values, std::size_t count, float* squares, float* means) {
  using V = hn::Vec<Lanes>;
  if (values.all_peak_shares_are(0.0F)) {
    AskEach(values, count, squares, means, [](V, V mean, std::size_t) HWY_ATTR { return mean; });
  } else if (values.all_peak_shares_are(1.0F)) {
    AskEach(values, count, squares, means,
            [](V square, V, std::size_t) HWY_ATTR { return square; });
  } else {
    AskEach(values, count, squares, means, [&](V square, V mean, std::size_t at) HWY_ATTR {
      const V rms = hn::Sqrt(mean);
      const V amplitude =
          hn::MulAdd(values(BandDynamics::kPeakShare, at), hn::Sub(hn::Sqrt(square), rms), rms);
      return hn::Mul(amplitude, amplitude);
    });
  }
}

// Reductions that are asked for become gains in dB.
HWY_INLINE void FollowAll(const float* levels_db, const float* asked_db, std::size_t frames,
                          std::size_t at, BandDynamics& dynamics, float* gains_db) {
  using V = hn::Vec<Bands>;
  const Bands d;
  const auto value = [&](BandDynamics::Value k)
                         HWY_ATTR { return hn::LoadU(d, dynamics.value[k].data() + at); };
  const V one = hn::Set(d, 1.0F);
  const V zero = hn::Zero(d);
  const V attack = value(BandDynamics::kAttackPole);
  const V release = value(BandDynamics::kReleasePole);
  const V slow = value(BandDynamics::kSlowPole);
  const V attack_input = hn::Sub(one, attack);
  const V release_input = hn::Sub(one, release);
  const V slow_input = hn::Sub(one, slow);
  // As in dynamics.cc: of both ways the larger is right where the attack is the faster, else the
  // smaller.
  const auto faster_attack = hn::Le(attack, release);
  const V slow_share = value(BandDynamics::kSlowShare);
  const V mean_input = hn::Set(d, 1.0F - dynamics.mean_pole);
  const V mean_pole = hn::Set(d, dynamics.mean_pole);
  const V makeup = value(BandDynamics::kAutoMakeup);
  V fast_db = hn::LoadU(d, dynamics.reduction_db.data() + at);
  V slow_db = hn::LoadU(d, dynamics.slow_reduction_db.data() + at);
  V mean_db = hn::LoadU(d, dynamics.mean_reduction_db.data() + at);
  V largest_db = hn::LoadU(d, dynamics.largest_reduction_db.data() + at);
  for (std::size_t i = 0; i < frames; ++i) {
    const V asked = hn::Load(d, asked_db + i * kMostBands + at);
    const V attacked = hn::MulAdd(attack, fast_db, hn::Mul(attack_input, asked));
    const V released = hn::MulAdd(release, fast_db, hn::Mul(release_input, asked));
    fast_db =
        hn::IfThenElse(faster_attack, hn::Max(attacked, released), hn::Min(attacked, released));
    slow_db = hn::MulAdd(slow, slow_db, hn::Mul(slow_input, fast_db));
    const V held_db = hn::MulAdd(slow_share, hn::Max(hn::Sub(slow_db, fast_db), zero), fast_db);
    largest_db = hn::Max(largest_db, held_db);
    const auto learns =
        hn::Gt(hn::Load(d, levels_db + i * kMostBands + at), hn::Set(d, kMakeupGateDb));
    mean_db = hn::MulAdd(hn::IfThenElse(learns, mean_pole, one), mean_db,
                         hn::IfThenElseZero(learns, hn::Mul(mean_input, held_db)));
    const V gain_db = hn::MulSub(makeup, hn::Min(mean_db, hn::Set(d, kMostAutoMakeupDb)), held_db);
    hn::Store(gain_db, d, gains_db + i * kMostBands + at);
  }
  hn::StoreU(fast_db, d, dynamics.reduction_db.data() + at);
  hn::StoreU(slow_db, d, dynamics.slow_reduction_db.data() + at);
  hn::StoreU(mean_db, d, dynamics.mean_reduction_db.data() + at);
  hn::StoreU(largest_db, d, dynamics.largest_reduction_db.data() + at);
}

HWY_INLINE void GainsOfDb(const Repeated& values, std::size_t count, float* gains) {
  const Lanes d;
  const auto one = hn::Set(d, 1.0F);
  for (std::size_t at = 0; at < count; at += hn::Lanes(d)) {
    const auto gain =
        hn::Mul(values(BandDynamics::kMakeupGain, at), DbGain(d, hn::Load(d, gains + at)));
    const auto mixed = hn::MulAdd(values(BandDynamics::kShare, at), hn::Sub(gain, one), one);
    hn::StoreU(hn::Mul(values(BandDynamics::kLevel, at), mixed), d, gains + at);
  }
}

void Compress(const float* lanes, std::size_t frames, bool moving, BandDynamics& dynamics,
              float* gains) {
  const std::size_t width = hn::Lanes(Bands());
  if (moving) {
    for (std::size_t at = 0; at < kMostBands; at += width) {
      CompressMoving(lanes, frames, at, dynamics, gains);
    }
    return;
  }
  const Repeated values(dynamics);
  HWY_ALIGN PieceOfBands squares = {};
  HWY_ALIGN PieceOfBands means = {};
  HWY_ALIGN PieceOfBands piece = {};
  for (std::size_t done = 0; done < frames; done += kPieceFrames) {
    const std::size_t count = frames - done < kPieceFrames ? frames - done : kPieceFrames;
    for (std::size_t at = 0; at < kMostBands; at += width) {
      MeanSquares(lanes + done * kBandLanes, count, at, dynamics, squares, means);
    }
    AskAll(values, count * kMostBands, squares, means);
    for (std::size_t at = 0; at < kMostBands; at += width) {
      FollowAll(means, squares, count, at, dynamics, piece);
    }
    GainsOfDb(values, count * kMostBands, piece);
    for (std::size_t i = 0; i < count * kMostBands; ++i) gains[done * kMostBands + i] = piece[i];
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
HWY_EXPORT(CrossTwo);
HWY_EXPORT(Compress);
HWY_EXPORT(Sum);

BandKernels ResolveBandKernels() {
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return {.cross = &HWY_DYNAMIC_DISPATCH(Cross),
          .cross_two = &HWY_DYNAMIC_DISPATCH(CrossTwo),
          .compress = &HWY_DYNAMIC_DISPATCH(Compress),
          .sum = &HWY_DYNAMIC_DISPATCH(Sum)};
}
}  // namespace auralis
#endif
