#include "dsp/kernels/bands.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/kernels/bands.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "dsp/kernels/decibels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace auralis {
namespace HWY_NAMESPACE {
namespace {

using Wide = hn::CappedTag<float, 2 * kMostSlots>;
constexpr std::size_t kWide = 2 * kMostSlots;
template <std::size_t kSlots>
using Bands = hn::CappedTag<float, kSlots>;

// The squares of the louder channel in the pairs at `rows`.
template <class D>
HWY_INLINE hn::Vec<D> Square(D d, const float* rows) {
  hn::Vec<D> left;
  hn::Vec<D> right;
  hn::LoadInterleaved2(d, rows, left, right);
  return hn::Max(hn::Mul(left, left), hn::Mul(right, right));
}

// One way to `asked`: with the attack's pole while it grows, the release's while it shrinks.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Follow(D d, V now, V asked, V attack_pole, V release_pole) {
  const V left = hn::Sub(now, asked);
  const V pole = hn::IfThenElse(hn::Lt(left, hn::Zero(d)), attack_pole, release_pole);
  return hn::MulAdd(pole, left, asked);
}

// While values move, frame by frame.
template <std::size_t kSlots>
HWY_INLINE void CompressMoving(const float* rows, std::size_t frames, std::size_t at,
                               BandDynamics& dynamics, float* gains) {
  const Bands<kSlots> d;
  using V = hn::Vec<Bands<kSlots>>;
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
    const V square = Square(d, rows + 2 * (i * kSlots + at));
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
    hn::StoreU(hn::Mul(value[BandDynamics::kLevel], mixed), d, gains + i * kSlots + at);
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
using PieceOfBands = float[kPieceFrames * kMostSlots];

// The bands' values side by side, as often as a vector has room for.
template <std::size_t kSlots>
class Repeated {
 public:
  using Row = float[kWide];
  explicit Repeated(const BandDynamics& dynamics) {
    for (std::size_t at = 0; at < kSlots; at += hn::Lanes(d_)) Take(dynamics, at);
  }
  HWY_INLINE hn::Vec<Wide> operator()(const Row& values, std::size_t at) const {
    return hn::Load(Wide(), values + at % kWide);
  }

  HWY_ALIGN float threshold_db[kWide];
  HWY_ALIGN float slope[kWide];
  HWY_ALIGN float knee_db[kWide];
  HWY_ALIGN float half_by_knee[kWide];
  HWY_ALIGN float peaks[kWide];
  HWY_ALIGN float means[kWide];
  HWY_ALIGN float both[kWide];
  HWY_ALIGN float wet[kWide];
  HWY_ALIGN float dry[kWide];
  bool mixes = false;

 private:
  using V = hn::Vec<Bands<kSlots>>;
  HWY_INLINE void Take(const BandDynamics& dynamics, std::size_t at) {
    const auto value = [&](BandDynamics::Value k)
                           HWY_ATTR { return hn::LoadU(d_, dynamics.value[k].data() + at); };
    const auto repeat = [&](V v, Row& row) HWY_ATTR {
      for (std::size_t i = at; i < kWide; i += kSlots) hn::Store(v, d_, row + i);
    };
    const V one = hn::Set(d_, 1.0F);
    const V knee = value(BandDynamics::kKneeDb);
    repeat(value(BandDynamics::kThresholdDb), threshold_db);
    repeat(value(BandDynamics::kSlope), slope);
    repeat(knee, knee_db);
    repeat(hn::Div(hn::Set(d_, 0.5F), hn::Max(knee, hn::Set(d_, 1e-6F))), half_by_knee);
    // (s peak + (1 - s) rms)^2, by powers: one root instead of two.
    const V peak = value(BandDynamics::kPeakShare);
    const V rms = hn::Sub(one, peak);
    const V mixed = hn::Mul(hn::Add(peak, peak), rms);
    repeat(hn::Mul(peak, peak), peaks);
    repeat(hn::Mul(rms, rms), means);
    repeat(mixed, both);
    mixes = mixes || !hn::AllFalse(d_, hn::Ne(mixed, hn::Zero(d_)));
    // level (1 + share (makeup gain - 1))
    const V level = value(BandDynamics::kLevel);
    const V share = value(BandDynamics::kShare);
    repeat(hn::Mul(hn::Mul(level, share), value(BandDynamics::kMakeupGain)), wet);
    repeat(hn::Mul(level, hn::Sub(one, share)), dry);
  }
  Bands<kSlots> d_;
};

HWY_INLINE void Squares(const float* rows, std::size_t count, float* squares) {
  const Wide d;
  for (std::size_t at = 0; at < count; at += hn::Lanes(d)) {
    hn::Store(Square(d, rows + 2 * at), d, squares + at);
  }
}

template <std::size_t kSlots>
HWY_INLINE void MeanSquares(const float* squares, std::size_t frames, std::size_t at,
                            BandDynamics& dynamics, float* means) {
  const Bands<kSlots> d;
  const auto pole = hn::Set(d, dynamics.rms_pole);
  const auto input = hn::Set(d, 1.0F - dynamics.rms_pole);
  auto mean = hn::LoadU(d, dynamics.mean_square.data() + at);
  for (std::size_t i = 0; i < frames; ++i) {
    mean = hn::MulAdd(pole, mean, hn::Mul(input, hn::Load(d, squares + i * kSlots + at)));
    hn::Store(mean, d, means + i * kSlots + at);
  }
  hn::StoreU(mean, d, dynamics.mean_square.data() + at);
}

// `squares` become the reductions that are asked for, `means` how fast the makeup learns from them.
template <bool kMixes, std::size_t kSlots>
HWY_INLINE void Ask(const Repeated<kSlots>& values, float mean_pole, std::size_t count,
                    float* squares, float* means) {
  const Wide d;
  const auto mean_input = hn::Set(d, 1.0F - mean_pole);
  for (std::size_t at = 0; at < count; at += hn::Lanes(d)) {
    const auto square = hn::Load(d, squares + at);
    const auto mean = hn::Load(d, means + at);
    auto power =
        hn::MulAdd(values(values.peaks, at), square, hn::Mul(values(values.means, at), mean));
    if (kMixes) power = hn::MulAdd(values(values.both, at), hn::Sqrt(hn::Mul(square, mean)), power);
    const auto level_db = PowerDb(d, power);
    const auto knee_db = values(values.knee_db, at);
    const auto half = hn::Mul(hn::Set(d, 0.5F), knee_db);
    const auto over = hn::Sub(level_db, values(values.threshold_db, at));
    const auto into = hn::Min(hn::Max(hn::Add(over, half), hn::Zero(d)), knee_db);
    const auto straight = hn::Max(hn::Sub(over, half), hn::Zero(d));
    const auto bent = hn::MulAdd(hn::Mul(into, into), values(values.half_by_knee, at), straight);
    hn::Store(hn::IfThenElseZero(hn::Gt(level_db, hn::Set(d, kMakeupGateDb)), mean_input), d,
              means + at);
    hn::Store(hn::Mul(values(values.slope, at), bent), d, squares + at);
  }
}

// Reductions that are asked for become those that are there, less what is made up for, in place.
// `kFasterAttacks`: all are at least as fast as their releases. `kSlows`, `kMakesUp`: some release
// by programme, some make up. Without the slow release, that one is where the fast one is.
template <std::size_t kSlots, bool kFasterAttacks, bool kSlows, bool kMakesUp>
HWY_INLINE void FollowAll(const float* learning, std::size_t frames, std::size_t at,
                          BandDynamics& dynamics, float* db) {
  const Bands<kSlots> d;
  using V = hn::Vec<Bands<kSlots>>;
  const auto value = [&](BandDynamics::Value k)
                         HWY_ATTR { return hn::LoadU(d, dynamics.value[k].data() + at); };
  const V one = hn::Set(d, 1.0F);
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
  const V makeup = value(BandDynamics::kAutoMakeup);
  V fast_db = hn::LoadU(d, dynamics.reduction_db.data() + at);
  V slow_db = hn::LoadU(d, dynamics.slow_reduction_db.data() + at);
  V mean_db = hn::LoadU(d, dynamics.mean_reduction_db.data() + at);
  V largest_db = hn::LoadU(d, dynamics.largest_reduction_db.data() + at);
  for (std::size_t i = 0; i < frames; ++i) {
    const V asked = hn::Load(d, db + i * kSlots + at);
    const V attacked = hn::MulAdd(attack, fast_db, hn::Mul(attack_input, asked));
    const V released = hn::MulAdd(release, fast_db, hn::Mul(release_input, asked));
    fast_db = hn::Max(attacked, released);
    if (!kFasterAttacks) {
      fast_db = hn::IfThenElse(faster_attack, fast_db, hn::Min(attacked, released));
    }
    V held_db = fast_db;
    if (kSlows) {
      slow_db = hn::MulAdd(slow, slow_db, hn::Mul(slow_input, fast_db));
      held_db = hn::MulAdd(slow_share, hn::Max(hn::Sub(slow_db, fast_db), hn::Zero(d)), fast_db);
    }
    largest_db = hn::Max(largest_db, held_db);
    mean_db =
        hn::MulAdd(hn::Load(d, learning + i * kSlots + at), hn::Sub(held_db, mean_db), mean_db);
    V lowered_db = held_db;
    if (kMakesUp) {
      const V made_up_db = hn::Min(mean_db, hn::Set(d, kMostAutoMakeupDb));
      lowered_db = hn::NegMulAdd(makeup, made_up_db, held_db);
    }
    hn::Store(lowered_db, d, db + i * kSlots + at);
  }
  hn::StoreU(fast_db, d, dynamics.reduction_db.data() + at);
  hn::StoreU(kSlows ? slow_db : fast_db, d, dynamics.slow_reduction_db.data() + at);
  hn::StoreU(mean_db, d, dynamics.mean_reduction_db.data() + at);
  hn::StoreU(largest_db, d, dynamics.largest_reduction_db.data() + at);
}

template <std::size_t kSlots>
HWY_INLINE void GainsOfDb(const Repeated<kSlots>& values, const float* lowered_db,
                          std::size_t count, float* gains) {
  const Wide d;
  for (std::size_t at = 0; at < count; at += hn::Lanes(d)) {
    const auto gain = Exp2(d, -kOctavesPerDb, hn::Load(d, lowered_db + at));
    hn::StoreU(hn::MulAdd(values(values.wet, at), gain, values(values.dry, at)), d, gains + at);
  }
}

template <std::size_t kSlots>
void CompressSlots(const float* rows, std::size_t frames, bool moving, BandDynamics& dynamics,
                   float* gains) {
  const std::size_t width = hn::Lanes(Bands<kSlots>());
  if (moving) {
    for (std::size_t at = 0; at < kSlots; at += width) {
      CompressMoving<kSlots>(rows, frames, at, dynamics, gains);
    }
    return;
  }
  const Repeated<kSlots> values(dynamics);
  bool faster_attacks = true;
  bool slows = false;
  bool makes_up = false;
  for (std::size_t slot = 0; slot < kSlots; ++slot) {
    slows = slows || dynamics.value[BandDynamics::kSlowShare][slot] != 0.0F;
    makes_up = makes_up || dynamics.value[BandDynamics::kAutoMakeup][slot] != 0.0F;
    faster_attacks = faster_attacks && dynamics.value[BandDynamics::kAttackPole][slot] <=
                                           dynamics.value[BandDynamics::kReleasePole][slot];
  }
  HWY_ALIGN PieceOfBands db;
  HWY_ALIGN PieceOfBands means;
  for (std::size_t done = 0; done < frames; done += kPieceFrames) {
    const std::size_t piece = frames - done < kPieceFrames ? frames - done : kPieceFrames;
    const std::size_t count = piece * kSlots;
    Squares(rows + 2 * done * kSlots, count, db);
    for (std::size_t at = 0; at < kSlots; at += width) {
      MeanSquares<kSlots>(db, piece, at, dynamics, means);
    }
    if (values.mixes) {
      Ask<true>(values, dynamics.mean_pole, count, db, means);
    } else {
      Ask<false>(values, dynamics.mean_pole, count, db, means);
    }
    for (std::size_t at = 0; at < kSlots; at += width) {
      if (faster_attacks && !slows && !makes_up) {
        FollowAll<kSlots, true, false, false>(means, piece, at, dynamics, db);
      } else if (faster_attacks) {
        FollowAll<kSlots, true, true, true>(means, piece, at, dynamics, db);
      } else {
        FollowAll<kSlots, false, true, true>(means, piece, at, dynamics, db);
      }
    }
    GainsOfDb(values, db, count, gains + done * kSlots);
  }
}

void Compress(const float* rows, std::size_t slots, std::size_t frames, bool moving,
              BandDynamics& dynamics, float* gains) {
  if (slots == 4) return CompressSlots<4>(rows, frames, moving, dynamics, gains);
  CompressSlots<8>(rows, frames, moving, dynamics, gains);
}

constexpr std::size_t kUsedSlots = 6;  // at most

#if HWY_TARGET == HWY_SCALAR
void Sum(const float* rows, const float* gains, std::size_t slots, std::size_t frames, float* left,
         float* right) {
  for (std::size_t i = 0; i < frames; ++i) {
    left[i] = right[i] = 0.0F;
    for (std::size_t slot = 0; slot < slots && slot < kUsedSlots; ++slot) {
      const float* const pair = rows + 2 * (i * slots + slot);
      left[i] += gains[i * slots + slot] * pair[0];
      right[i] += gains[i * slots + slot] * pair[1];
    }
  }
}
#else
// One frame: left and right of one half of the slots, then of the other.
template <std::size_t kSlots>
HWY_INLINE hn::Vec<hn::CappedTag<float, 4>> SumOfRow(const float* row, const float* gains) {
  const hn::CappedTag<float, 4> d;
  const auto first = hn::LoadU(d, gains);
  auto sum = hn::Mul(hn::InterleaveLower(d, first, first), hn::Load(d, row));
  sum = hn::MulAdd(hn::InterleaveUpper(d, first, first), hn::Load(d, row + 4), sum);
  if (kSlots > 4) {
    static_assert(kUsedSlots == 6);
    const auto second = hn::LoadU(d, gains + 4);
    sum = hn::MulAdd(hn::InterleaveLower(d, second, second), hn::Load(d, row + 8), sum);
  }
  return sum;
}

template <std::size_t kSlots>
HWY_INLINE void SumSlots(const float* rows, const float* gains, std::size_t frames, float* left,
                         float* right) {
  const hn::CappedTag<float, 4> d;
  const auto two_frames = [=](std::size_t i, std::size_t next) HWY_ATTR {
    const auto one = SumOfRow<kSlots>(rows + 2 * i * kSlots, gains + i * kSlots);
    const auto other = SumOfRow<kSlots>(rows + 2 * next * kSlots, gains + next * kSlots);
    return hn::Add(hn::ConcatLowerLower(d, other, one), hn::ConcatUpperUpper(d, other, one));
  };
  std::size_t i = 0;
  for (; i + 4 <= frames; i += 4) {
    const auto early = two_frames(i, i + 1);
    const auto late = two_frames(i + 2, i + 3);
    hn::StoreU(hn::ConcatEven(d, late, early), d, left + i);
    hn::StoreU(hn::ConcatOdd(d, late, early), d, right + i);
  }
  for (; i < frames; ++i) {
    const auto both = two_frames(i, i);
    left[i] = hn::GetLane(both);
    right[i] = hn::GetLane(hn::Reverse2(d, both));
  }
}

void Sum(const float* rows, const float* gains, std::size_t slots, std::size_t frames, float* left,
         float* right) {
  if (slots == 4) return SumSlots<4>(rows, gains, frames, left, right);
  SumSlots<8>(rows, gains, frames, left, right);
}
#endif

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace auralis
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace auralis {
HWY_EXPORT(Compress);
HWY_EXPORT(Sum);

BandKernels ResolveBandKernels() {
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return {.compress = &HWY_DYNAMIC_DISPATCH(Compress), .sum = &HWY_DYNAMIC_DISPATCH(Sum)};
}
}  // namespace auralis
#endif
