#include "dsp/kernels/compressor.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/kernels/compressor.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "dsp/kernels/decibels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace auralis {
namespace HWY_NAMESPACE {
namespace {

// Two loops wait for themselves, 8 cycles a frame each: side chain and mean square in one,
// attack, release and the makeup's mean in the other. Frame by frame in one loop they hide each
// other's waiting, the second one a piece behind the first; what does not wait is done for whole
// vectors in between.
constexpr std::size_t kPieceFrames = 16;
using Piece = float[kPieceFrames];
using D = hn::CappedTag<float, 8>;  // wider ones keep the loops' single lanes off a port
using V = hn::Vec<D>;
using One = hn::CappedTag<float, 1>;

template <class Body>
HWY_INLINE void ForPiece(const Body& body) {
  for (std::size_t at = 0; at < kPieceFrames; at += hn::Lanes(D())) body(at);
}

struct Levels {
  HWY_ALIGN float pairs[2 * kPieceFrames] = {};  // the input, then what the side chain makes of it
  HWY_ALIGN Piece square = {};                   // of the louder channel
  HWY_ALIGN Piece mean_square = {};
};
struct Asked {
  HWY_ALIGN Piece attacked = {};  // what is asked for, times what an attack takes of it
  HWY_ALIGN Piece released = {};
  HWY_ALIGN Piece learning = {};  // what the makeup's mean takes of the reduction
};
struct Held {
  HWY_ALIGN Piece reduction = {};  // in dB
  HWY_ALIGN Piece mean = {};       // of it
};

#if HWY_TARGET == HWY_SCALAR
using Both = One;
#else
using Both = hn::CappedTag<float, 2>;
#endif

// The side chain's section, both channels as lanes if there are lanes.
class Section {
 public:
  using VB = hn::Vec<Both>;
  Section(const SvCascade& cascade, std::size_t channel) : channel_(channel) {
    const auto of = [&](const auto& planes, std::size_t plane) {
      HWY_ALIGN const float both[2] = {planes[channel][plane][0], planes[1][plane][0]};
      return hn::Load(Both(), both);
    };
    b1_ = of(cascade.value, SvCascade::kB1);
    b2_ = of(cascade.value, SvCascade::kB2);
    b3_ = of(cascade.value, SvCascade::kB3);
    d0_ = of(cascade.value, SvCascade::kD0);
    d1_ = of(cascade.value, SvCascade::kD1);
    d2_ = of(cascade.value, SvCascade::kD2);
    s1_ = of(cascade.state, SvCascade::kS1);
    s2_ = of(cascade.state, SvCascade::kS2);
  }
  void Keep(SvCascade& cascade) const {
    HWY_ALIGN float s1[2];
    HWY_ALIGN float s2[2];
    hn::Store(s1_, Both(), s1);
    hn::Store(s2_, Both(), s2);
    for (std::size_t lane = 0; lane < hn::Lanes(Both()); ++lane) {
      cascade.state[channel_ + lane][SvCascade::kS1][0] = s1[lane];
      cascade.state[channel_ + lane][SvCascade::kS2][0] = s2[lane];
    }
  }
  HWY_INLINE VB Next(VB x) {
    const VB y = hn::MulAdd(d0_, x, hn::MulAdd(d1_, s1_, hn::Mul(d2_, s2_)));
    const VB difference = hn::Sub(x, s2_);
    const VB next1 = hn::MulAdd(b2_, difference, hn::MulAdd(b1_, s1_, s1_));
    s2_ = hn::MulAdd(b3_, difference, hn::MulAdd(b2_, s1_, s2_));
    s1_ = next1;
    return y;
  }

 private:
  std::size_t channel_;
  VB b1_, b2_, b3_, d0_, d1_, d2_, s1_, s2_;
};

template <bool kFilters>
class Detector {
 public:
  Detector(const SvCascade& cascade, const CompressorValues& values, const CompressorState& state)
      : left_(cascade, 0),
        right_(cascade, 1),
        pole_(hn::Set(One(), values.rms_pole)),
        input_(hn::Set(One(), 1.0F - values.rms_pole)),
        mean_(hn::Set(One(), state.mean_square)) {}
  void Keep(SvCascade& cascade, CompressorState& state) const {
    if (kFilters) left_.Keep(cascade);
    if (kFilters && hn::Lanes(Both()) == 1) right_.Keep(cascade);
    state.mean_square = hn::GetLane(mean_);
  }
  HWY_INLINE void Next(std::size_t i, Levels& levels) {
    const One d;
    const auto square = LouderSquare(levels.pairs + 2 * i);
    mean_ = hn::MulAdd(pole_, mean_, hn::Mul(input_, square));
    hn::Store(square, d, levels.square + i);
    hn::Store(mean_, d, levels.mean_square + i);
  }

 private:
  HWY_INLINE hn::Vec<One> LouderSquare(float* pair) {
#if HWY_TARGET == HWY_SCALAR
    auto l = hn::Load(One(), pair);
    auto r = hn::Load(One(), pair + 1);
    if (kFilters) {
      l = left_.Next(l);
      r = right_.Next(r);
      hn::Store(l, One(), pair);
      hn::Store(r, One(), pair + 1);
    }
    return hn::Max(hn::Mul(l, l), hn::Mul(r, r));
#else
    const Both d;
    auto x = hn::Load(d, pair);
    if (kFilters) {
      x = left_.Next(x);
      hn::Store(x, d, pair);
    }
    const auto squares = hn::Mul(x, x);
    return hn::LowerHalf(One(), hn::Max(squares, hn::Reverse2(d, squares)));
#endif
  }

  Section left_, right_;  // the left one has both channels if there are lanes
  hn::Vec<One> pole_, input_, mean_;
};

// The last `frames` of a stream may be fewer than a piece.
HWY_INLINE void Take(const float* left, const float* right, std::size_t frames, Levels& levels) {
  if (frames == kPieceFrames) {
    ForPiece([&](std::size_t at) HWY_ATTR {
      hn::StoreInterleaved2(hn::LoadU(D(), left + at), hn::LoadU(D(), right + at), D(),
                            levels.pairs + 2 * at);
    });
    return;
  }
  for (std::size_t i = 0; i < frames; ++i) {
    levels.pairs[2 * i] = left[i];
    levels.pairs[2 * i + 1] = right[i];
  }
}

// Of both ways to what is asked for the larger is right where the attack is the faster, else the
// smaller (dynamics.cc). Without the slow release, that one is where the fast one is.
template <bool kFasterAttack, bool kSlow>
class Follower {
 public:
  using V1 = hn::Vec<One>;
  Follower(const CompressorValues& values, const CompressorState& state)
      : attack_(hn::Set(One(), values.attack_pole)),
        release_(hn::Set(One(), values.release_pole)),
        slow_pole_(hn::Set(One(), values.slow_pole)),
        slow_input_(hn::Set(One(), 1.0F - values.slow_pole)),
        slow_share_(hn::Set(One(), values.slow_share)),
        fast_(hn::Set(One(), state.reduction.fast_db)),
        slow_(hn::Set(One(), state.reduction.slow_db)),
        mean_(hn::Set(One(), state.mean_reduction_db)) {}
  void Keep(CompressorState& state) const {
    state.reduction = {.fast_db = hn::GetLane(fast_),
                       .slow_db = hn::GetLane(kSlow ? slow_ : fast_)};
    state.mean_reduction_db = hn::GetLane(mean_);
  }
  HWY_INLINE void Next(std::size_t i, const Asked& asked, Held& held_all) {
    const One d;
    const V1 attacked = hn::MulAdd(attack_, fast_, hn::Load(d, asked.attacked + i));
    const V1 released = hn::MulAdd(release_, fast_, hn::Load(d, asked.released + i));
    fast_ = kFasterAttack ? hn::Max(attacked, released) : hn::Min(attacked, released);
    V1 held = fast_;
    if (kSlow) {
      slow_ = hn::MulAdd(slow_pole_, slow_, hn::Mul(slow_input_, fast_));
      held = hn::MulAdd(slow_share_, hn::Max(hn::Sub(slow_, fast_), hn::Zero(d)), fast_);
    }
    mean_ = hn::MulAdd(hn::Load(d, asked.learning + i), hn::Sub(held, mean_), mean_);
    hn::Store(held, d, held_all.reduction + i);
    hn::Store(mean_, d, held_all.mean + i);
  }

 private:
  V1 attack_, release_, slow_pole_, slow_input_, slow_share_, fast_, slow_, mean_;
};

// From levels to reductions that are asked for.
template <bool kMixes>
HWY_INLINE void Ask(const CompressorValues& values, const Levels& levels, Asked& asked_all) {
  const D d;
  // (s peak + (1 - s) rms)^2, by powers: one root instead of two.
  const float s = values.peak_share;
  const V peaks = hn::Set(d, s * s);
  const V means = hn::Set(d, (1.0F - s) * (1.0F - s));
  const V both = hn::Set(d, 2.0F * s * (1.0F - s));
  const V half = hn::Set(d, 0.5F * values.knee_db);
  const V half_by_knee = hn::Set(d, 0.5F / std::max(values.knee_db, 1e-6F));
  ForPiece([&](std::size_t at) HWY_ATTR {
    const V square = hn::Load(d, levels.square + at);
    const V mean = hn::Load(d, levels.mean_square + at);
    V power = hn::MulAdd(peaks, square, hn::Mul(means, mean));
    if (kMixes) power = hn::MulAdd(both, hn::Sqrt(hn::Mul(square, mean)), power);
    const V level_db = PowerDb(d, power);
    const V over = hn::Sub(level_db, hn::Set(d, values.threshold_db));
    const V into = hn::Min(hn::Max(hn::Add(over, half), hn::Zero(d)), hn::Set(d, values.knee_db));
    const V straight = hn::Max(hn::Sub(over, half), hn::Zero(d));
    const V asked =
        hn::Mul(hn::Set(d, values.slope), hn::MulAdd(hn::Mul(into, into), half_by_knee, straight));
    hn::Store(hn::Mul(hn::Set(d, 1.0F - values.attack_pole), asked), d, asked_all.attacked + at);
    hn::Store(hn::Mul(hn::Set(d, 1.0F - values.release_pole), asked), d, asked_all.released + at);
    const auto learns = hn::Gt(level_db, hn::Set(d, kMakeupGateDb));
    hn::Store(hn::IfThenElseZero(learns, hn::Set(d, 1.0F - values.mean_pole)), d,
              asked_all.learning + at);
  });
}

// From reductions to gains. What lies beyond `frames` are reductions of frames before.
HWY_INLINE void Gains(const CompressorValues& values, const Held& held_all, std::size_t frames,
                      CompressorState& state, float* gains) {
  const D d;
  const V wet = hn::Set(d, values.share * values.makeup_gain);
  const V dry = hn::Set(d, 1.0F - values.share);
  V largest = hn::Zero(d);
  HWY_ALIGN Piece end;
  float* const whole = frames == kPieceFrames ? gains : end;
  ForPiece([&](std::size_t at) HWY_ATTR {
    const V held = hn::Load(d, held_all.reduction + at);
    const V mean = hn::Min(hn::Load(d, held_all.mean + at), hn::Set(d, kMostAutoMakeupDb));
    const V db = hn::MulSub(hn::Set(d, values.auto_makeup), mean, held);
    largest = hn::Max(largest, held);
    hn::StoreU(hn::MulAdd(wet, DbGain(d, db), dry), d, whole + at);
  });
  state.largest_reduction_db =
      std::max(state.largest_reduction_db, hn::GetLane(hn::MaxOfLanes(d, largest)));
  if (whole == gains) return;
  for (std::size_t i = 0; i < frames; ++i) gains[i] = end[i];
}

// By value, so that all of them stay in registers.
template <class Detecting, class Following>
HWY_INLINE void RunLoops(Detecting& detecting, std::size_t detects, Levels& levels,
                         Following& following, std::size_t follows, const Asked& asked,
                         Held& held) {
  Detecting detector = detecting;
  Following follower = following;
  const std::size_t both = std::min(detects, follows);
  for (std::size_t i = 0; i < both; ++i) {
    follower.Next(i, asked, held);
    detector.Next(i, levels);
  }
  for (std::size_t i = both; i < detects; ++i) detector.Next(i, levels);
  for (std::size_t i = both; i < follows; ++i) follower.Next(i, asked, held);
  detecting = detector;
  following = follower;
}

template <bool kFilters, bool kFasterAttack, bool kSlow, bool kMixes>
HWY_INLINE void Run(SvCascade& sidechain, const CompressorValues& values, CompressorState& state,
                    const float* left, const float* right, std::size_t frames, float* gains) {
  Levels levels;
  Asked asked;
  Held held;
  Detector<kFilters> detector(sidechain, values, state);
  Follower<kFasterAttack, kSlow> follower(values, state);
  const std::size_t pieces = (frames + kPieceFrames - 1) / kPieceFrames;
  const auto frames_of = [=](std::size_t piece) {
    return std::min(kPieceFrames, frames - piece * kPieceFrames);
  };
  for (std::size_t step = 0; step < pieces + 2; ++step) {
    if (step >= 1 && step < pieces + 1) Ask<kMixes>(values, levels, asked);
    if (step >= 2) {
      const std::size_t piece = step - 2;
      Gains(values, held, frames_of(piece), state, gains + piece * kPieceFrames);
    }
    const std::size_t detects = step < pieces ? frames_of(step) : 0;
    const std::size_t follows = step >= 1 && step < pieces + 1 ? frames_of(step - 1) : 0;
    if (detects > 0) {
      Take(left + step * kPieceFrames, right + step * kPieceFrames, detects, levels);
    }
    RunLoops(detector, detects, levels, follower, follows, asked, held);
    if (detects > 0) {
      state.last_sidechain = {levels.pairs[2 * detects - 2], levels.pairs[2 * detects - 1]};
    }
  }
  detector.Keep(sidechain, state);
  follower.Keep(state);
}

template <bool... kChosen>
HWY_INLINE void Choose(SvCascade& sidechain, const CompressorValues& values, CompressorState& state,
                       const float* left, const float* right, std::size_t frames, float* gains) {
  constexpr std::size_t kDone = sizeof...(kChosen);
  if constexpr (kDone == 4) {
    Run<kChosen...>(sidechain, values, state, left, right, frames, gains);
  } else {
    const bool choices[] = {sidechain.sections > 0, values.attack_pole <= values.release_pole,
                            values.slow_share != 0.0F,
                            values.peak_share * (1.0F - values.peak_share) != 0.0F};
    if (choices[kDone]) {
      Choose<kChosen..., true>(sidechain, values, state, left, right, frames, gains);
    } else {
      Choose<kChosen..., false>(sidechain, values, state, left, right, frames, gains);
    }
  }
}

void CompressorGains(SvCascade& sidechain, const CompressorValues& values, CompressorState& state,
                     const float* left, const float* right, std::size_t frames, float* gains) {
  Choose<>(sidechain, values, state, left, right, frames, gains);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace auralis
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace auralis {
HWY_EXPORT(CompressorGains);

CompressorKernels ResolveCompressorKernels() {
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return {.gains = &HWY_DYNAMIC_DISPATCH(CompressorGains)};
}
}  // namespace auralis
#endif
