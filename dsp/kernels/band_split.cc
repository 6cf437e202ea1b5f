#include "dsp/kernels/band_split.h"

#include <numbers>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/kernels/band_split.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace auralis {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

constexpr std::size_t kQuad = 2 * BandSection::kHalves;
using D = hn::CappedTag<float, kQuad>;
using V = hn::Vec<D>;
using M = hn::Mask<D>;

// Nothing crosses lanes, so a vector may hold any part of the four, which begins at `at`.
class Section {
 public:
  Section(const BandSection& from, std::size_t at)
      : b1_(Of(from.b1, at)),
        b2_(Of(from.b2, at)),
        b3_(Of(from.b3, at)),
        d0_(Of(from.d0, at)),
        d1_(Of(from.d1, at)),
        d2_(Of(from.d2, at)),
        turn_(Of(from.turn, at)),
        s1_(Of(from.s1, at)),
        s2_(Of(from.s2, at)) {}
  void Keep(BandSection& to, std::size_t at) const {
    hn::StoreU(s1_, D(), to.s1.data() + at);
    hn::StoreU(s2_, D(), to.s2.data() + at);
  }
  // Of the frame that Turned() takes next.
  HWY_INLINE V Low(V x) const {
    return hn::MulAdd(d0_, x, hn::MulAdd(d1_, s1_, hn::Mul(d2_, s2_)));
  }
  HWY_INLINE V Turned(V x) {
    const V difference = hn::Sub(x, s2_);
    const V s1 = hn::MulAdd(b2_, difference, hn::MulAdd(b1_, s1_, s1_));
    s2_ = hn::MulAdd(b3_, difference, hn::MulAdd(b2_, s1_, s2_));
    const V turned = hn::NegMulAdd(turn_, hn::Add(s1_, s1), x);
    s1_ = s1;
    return turned;
  }

 private:
  static V Of(const BandSection::Lanes& lanes, std::size_t at) {
    return hn::LoadU(D(), lanes.data() + at);
  }
  V b1_, b2_, b3_, d0_, d1_, d2_, turn_, s1_, s2_;
};

struct Parts {
  V low, high;
};

class Cut {
 public:
  Cut(const BandSplit& split, BandSplit::Place place, std::size_t at)
      : place_(place),
        at_(at),
        first_(split.sections[place], at),
        second_(split.sections[place + 1], at) {}
  void Keep(BandSplit& split) const {
    first_.Keep(split.sections[place_], at_);
    second_.Keep(split.sections[place_ + 1], at_);
  }
  HWY_INLINE Parts Next(V x) {
    const V once = first_.Low(x);
    const V turned = first_.Turned(x);
    const V low = second_.Low(once);
    second_.Turned(once);
    return {low, hn::Sub(turned, low)};
  }

 private:
  BandSplit::Place place_;
  std::size_t at_;
  Section first_, second_;
};

HWY_INLINE M IsAbove(std::size_t lane, std::size_t at) {
  const D d;
  return hn::Ge(hn::Iota(d, static_cast<float>(at)), hn::Set(d, static_cast<float>(lane)));
}

// Into halves. `kTurns`: how often each is turned.
template <std::size_t kTurns>
HWY_INLINE void SplitRoot(BandSplit& split, std::size_t at, const float* left, const float* right,
                          std::size_t frames, float* rows, std::size_t row_floats) {
  const D d;
  HWY_ALIGN static constexpr float kIsRight[kQuad] = {0.0F, 1.0F, 0.0F, 1.0F};
  const M is_right = hn::Gt(hn::LoadU(d, kIsRight + at), hn::Zero(d));
  const M is_upper = IsAbove(kQuad / 2, at);
  Cut root(split, BandSplit::kRoot, at);
  Section turn(split.sections[BandSplit::kTurn], at);
  Section turn_again(split.sections[BandSplit::kTurnAgain], at);
  for (std::size_t i = 0; i < frames; ++i) {
    const Parts parts =
        root.Next(hn::IfThenElse(is_right, hn::Set(d, right[i]), hn::Set(d, left[i])));
    V half = hn::IfThenElse(is_upper, parts.high, parts.low);
    if (kTurns > 0) half = turn.Turned(half);
    if (kTurns > 1) half = turn_again.Turned(half);
    hn::StoreU(half, d, rows + i * row_floats + at);
  }
  root.Keep(split);
  turn.Keep(split.sections[BandSplit::kTurn], at);
  turn_again.Keep(split.sections[BandSplit::kTurnAgain], at);
}

// Halves into quarters.
HWY_INLINE void SplitMiddle(BandSplit& split, std::size_t at, std::size_t frames, float* rows,
                            std::size_t row_floats) {
  const D d;
  Cut middle(split, BandSplit::kMiddle, at);
  for (std::size_t i = 0; i < frames; ++i) {
    float* const row = rows + i * row_floats + at;
    const Parts quarters = middle.Next(hn::LoadU(d, row));
    hn::StoreU(quarters.low, d, row);
    hn::StoreU(quarters.high, d, row + kQuad);
  }
  middle.Keep(split);
}

// Halves into thirds.
HWY_INLINE void SplitMiddleAndEdges(BandSplit& split, std::size_t at, std::size_t frames,
                                    float* rows, std::size_t row_floats) {
  const D d;
  const M is_upper = IsAbove(kQuad / 2, at);
  Cut middle(split, BandSplit::kMiddle, at);
  Cut edge(split, BandSplit::kEdge, at);
  Section inner_turn(split.sections[BandSplit::kInnerTurn], at);
  for (std::size_t i = 0; i < frames; ++i) {
    float* const row = rows + i * row_floats + at;
    const Parts quarters = middle.Next(hn::LoadU(d, row));
    const Parts edges = edge.Next(hn::IfThenElse(is_upper, quarters.high, quarters.low));
    const V inner = hn::IfThenElse(is_upper, quarters.low, quarters.high);
    hn::StoreU(edges.low, d, row);
    hn::StoreU(edges.high, d, row + kQuad);
    hn::StoreU(inner_turn.Turned(inner), d, row + 2 * kQuad);
  }
  middle.Keep(split);
  edge.Keep(split);
  inner_turn.Keep(split.sections[BandSplit::kInnerTurn], at);
}

void Split(BandSplit& split, const float* left, const float* right, std::size_t frames,
           float* rows) {
  const std::size_t row_floats = 2 * BandSplit::Slots(split.bands);
  for (std::size_t at = 0; at < kQuad; at += hn::Lanes(D())) {
    if (split.bands == 2) {
      SplitRoot<0>(split, at, left, right, frames, rows, row_floats);
    } else if (split.bands <= 4) {
      SplitRoot<1>(split, at, left, right, frames, rows, row_floats);
      SplitMiddle(split, at, frames, rows, row_floats);
    } else {
      SplitRoot<2>(split, at, left, right, frames, rows, row_floats);
      SplitMiddleAndEdges(split, at, frames, rows, row_floats);
    }
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace auralis
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace auralis {
namespace {

// Which crossover a place has in its lower and in its upper half, by the number of bands.
constexpr std::size_t kNone = BandSplit::kMostCrossovers;
struct Halves {
  std::size_t of[BandSection::kHalves];
};
struct Tree {
  Halves root, turn, turn_again, middle, edge, inner_turn;
};
constexpr Halves kPasses{{kNone, kNone}};
constexpr Tree kTrees[] = {
    {{{0, 0}}, kPasses, kPasses, kPasses, kPasses, kPasses},
    {{{1, 1}}, {{kNone, 0}}, kPasses, {{0, kNone}}, kPasses, kPasses},
    {{{1, 1}}, {{2, 0}}, kPasses, {{0, 2}}, kPasses, kPasses},
    {{{2, 2}}, {{3, 0}}, {{kNone, 1}}, {{1, 3}}, {{0, kNone}}, {{0, kNone}}},
    {{{2, 2}}, {{3, 0}}, {{4, 1}}, {{1, 3}}, {{0, 4}}, {{0, 4}}},
};
constexpr std::size_t kSlotOf[][BandSplit::kMostBands] = {
    {0, 1}, {0, 2, 1}, {0, 2, 1, 3}, {0, 2, 4, 5, 1}, {0, 2, 4, 5, 1, 3}};

Halves CrossoversOf(std::size_t bands, std::size_t place) {
  const Tree& tree = kTrees[bands - 2];
  switch (place) {
    case BandSplit::kRoot:
    case BandSplit::kRootAgain:
      return tree.root;
    case BandSplit::kTurn:
      return tree.turn;
    case BandSplit::kTurnAgain:
      return tree.turn_again;
    case BandSplit::kMiddle:
    case BandSplit::kMiddleAgain:
      return tree.middle;
    case BandSplit::kEdge:
    case BandSplit::kEdgeAgain:
      return tree.edge;
    default:
      return tree.inner_turn;
  }
}

}  // namespace

void BandSection::SetCorner(std::size_t half, float g) noexcept {
  constexpr float kDamping = std::numbers::sqrt2_v<float>;
  const float a = 1.0F / (1.0F + g * (g + kDamping));
  for (const std::size_t lane : {2 * half, 2 * half + 1}) {
    b1[lane] = -2.0F * g * (g + kDamping) * a;
    b2[lane] = 2.0F * g * a;
    b3[lane] = 2.0F * g * g * a;
    d0[lane] = g * g * a;
    d1[lane] = g * a;
    d2[lane] = 1.0F - g * g * a;
    turn[lane] = kDamping;
  }
}

void BandSection::Pass(std::size_t half) noexcept {
  for (const std::size_t lane : {2 * half, 2 * half + 1}) {
    b1[lane] = b2[lane] = b3[lane] = d1[lane] = d2[lane] = turn[lane] = 0.0F;
    d0[lane] = 1.0F;
  }
}

std::size_t BandSplit::SlotOf(std::size_t bands, std::size_t band) noexcept {
  return kSlotOf[bands - 2][band];
}

void BandSplit::LayOut(std::size_t number_of_bands) noexcept {
  bands = number_of_bands;
  for (BandSection& section : sections) {
    for (std::size_t half = 0; half < BandSection::kHalves; ++half) section.Pass(half);
  }
  Reset();
}

void BandSplit::Reset() noexcept {
  for (BandSection& section : sections) {
    section.s1.fill(0.0F);
    section.s2.fill(0.0F);
  }
}

void BandSplit::SetCorner(std::size_t crossover, float g) noexcept {
  for (std::size_t place = 0; place < kPlaces; ++place) {
    const Halves crossovers = CrossoversOf(bands, place);
    for (std::size_t half = 0; half < BandSection::kHalves; ++half) {
      if (crossovers.of[half] == crossover) sections[place].SetCorner(half, g);
    }
  }
}

HWY_EXPORT(Split);

BandSplitKernels ResolveBandSplitKernels() {
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return {.split = &HWY_DYNAMIC_DISPATCH(Split)};
}
}  // namespace auralis
#endif
