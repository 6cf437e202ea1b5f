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
      : c1_(Of(from.c1, at)),
        c2_(Of(from.c2, at)),
        turn_(Of(from.turn, at)),
        r_(Of(from.r, at)),
        q_(Of(from.q, at)),
        h_(Of(from.h, at)) {}
  void Keep(BandSection& to, std::size_t at) const {
    hn::StoreU(r_, D(), to.r.data() + at);
    hn::StoreU(q_, D(), to.q.data() + at);
    hn::StoreU(h_, D(), to.h.data() + at);
  }
  M Passes() const { return hn::Eq(turn_, hn::Zero(D())); }
  HWY_INLINE V Turned(V x) {
    const V before = r_;
    Take(x);
    return hn::NegMulAdd(turn_, hn::Add(before, r_), x);
  }
  // Four times the low-pass.
  HWY_INLINE V Low4(V x) {
    const V before = h_;
    Take(x);
    return hn::Add(before, h_);
  }
  struct Both {
    V turned, low4;
  };
  HWY_INLINE Both TurnedAndLow4(V x) {
    const V before = h_;
    const V turned = Turned(x);
    return {turned, hn::Add(before, h_)};
  }

 private:
  static V Of(const BandSection::Lanes& lanes, std::size_t at) {
    return hn::LoadU(D(), lanes.data() + at);
  }
  HWY_INLINE void Take(V x) {
    r_ = hn::Add(hn::MulAdd(c1_, r_, r_), hn::Sub(x, q_));
    const V q = hn::MulAdd(c2_, r_, q_);
    h_ = hn::Add(q_, q);
    q_ = q;
  }
  V c1_, c2_, turn_, r_, q_, h_;
};

// Sections in a row are stages: in one step each takes another frame, the later the stage the
// earlier the frame, so that none waits for another. All are drained at the end of a call.
template <std::size_t kStage, class Row>
HWY_INLINE void StagesOf(Row& row, std::size_t step) {
  row.template Take<kStage>(step - kStage);
  if constexpr (kStage > 0) StagesOf<kStage - 1>(row, step);
}

template <std::size_t kStage, class Row>
HWY_INLINE void StagesThatHaveAFrame(Row& row, std::size_t step, std::size_t frames) {
  if (step >= kStage && step - kStage < frames) row.template Take<kStage>(step - kStage);
  if constexpr (kStage > 0) StagesThatHaveAFrame<kStage - 1>(row, step, frames);
}

template <class Row>
HWY_INLINE void Run(Row& row, std::size_t frames) {
  constexpr std::size_t kLast = Row::kStages - 1;
  std::size_t step = 0;
  for (; step < kLast; ++step) StagesThatHaveAFrame<kLast>(row, step, frames);
  for (; step < frames; ++step) StagesOf<kLast>(row, step);
  for (; step < frames + kLast; ++step) StagesThatHaveAFrame<kLast>(row, step, frames);
}

struct Parts {
  V low, high;
};

// Two stages.
class Cut {
 public:
  Cut(const BandSplit& split, BandSplit::Place place, std::size_t at)
      : place_(place),
        at_(at),
        first_(split.sections[place], at),
        second_(split.sections[place + 1], at),
        passes_(first_.Passes()) {}
  void Keep(BandSplit& split) const {
    first_.Keep(split.sections[place_], at_);
    second_.Keep(split.sections[place_ + 1], at_);
  }
  HWY_INLINE void First(V x) {
    x_ = x;
    once_ = first_.TurnedAndLow4(x);
  }
  // `kSomePass`: lanes may not cut at all.
  template <bool kSomePass>
  HWY_INLINE Parts Second() {
    V low = hn::Mul(hn::Set(D(), 1.0F / 16.0F), second_.Low4(once_.low4));
    if (kSomePass) low = hn::IfThenElse(passes_, x_, low);
    return {low, hn::Sub(once_.turned, low)};
  }

 private:
  BandSplit::Place place_;
  std::size_t at_;
  Section first_, second_;
  M passes_;
  V x_ = hn::Zero(D());
  Section::Both once_{x_, x_};
};

HWY_INLINE M IsAbove(std::size_t lane, std::size_t at) {
  const D d;
  return hn::Ge(hn::Iota(d, static_cast<float>(at)), hn::Set(d, static_cast<float>(lane)));
}

HWY_INLINE M IsRight(std::size_t at) {
  HWY_ALIGN static constexpr float kIsRight[kQuad] = {0.0F, 1.0F, 0.0F, 1.0F};
  return hn::Gt(hn::LoadU(D(), kIsRight + at), hn::Zero(D()));
}

// Into halves. `kTurns`: how often each is turned.
template <std::size_t kTurns>
class RootRow {
 public:
  static constexpr std::size_t kStages = 2 + kTurns;
  RootRow(const BandSplit& split, std::size_t at, const float* left, const float* right,
          float* rows)
      : at_(at),
        left_(left),
        right_(right),
        rows_(rows + at),
        row_floats_(2 * BandSplit::Slots(split.bands)),
        is_right_(IsRight(at)),
        is_upper_(IsAbove(kQuad / 2, at)),
        root_(split, BandSplit::kRoot, at),
        turn_(split.sections[BandSplit::kTurn], at),
        turn_again_(split.sections[BandSplit::kTurnAgain], at) {}
  void Keep(BandSplit& split) const {
    root_.Keep(split);
    turn_.Keep(split.sections[BandSplit::kTurn], at_);
    turn_again_.Keep(split.sections[BandSplit::kTurnAgain], at_);
  }
  template <std::size_t kStage>
  HWY_INLINE void Take(std::size_t frame) {
    const D d;
    if constexpr (kStage == 0) {
      root_.First(hn::IfThenElse(is_right_, hn::Set(d, right_[frame]), hn::Set(d, left_[frame])));
    } else {
      if constexpr (kStage == 1) {
        const Parts parts = root_.Second<false>();
        half_ = hn::IfThenElse(is_upper_, parts.high, parts.low);
      } else if constexpr (kStage == 2) {
        turned_ = turn_.Turned(half_);
      } else {
        turned_ = turn_again_.Turned(turned_);
      }
      if constexpr (kStage + 1 == kStages) {
        hn::StoreU(kStage == 1 ? half_ : turned_, d, rows_ + frame * row_floats_);
      }
    }
  }

 private:
  std::size_t at_;
  const float* left_;
  const float* right_;
  float* rows_;
  std::size_t row_floats_;
  M is_right_, is_upper_;
  Cut root_;
  Section turn_, turn_again_;
  V half_ = hn::Zero(D());
  V turned_ = hn::Zero(D());
};

// Halves into quarters.
template <bool kSomePass>
class QuartersRow {
 public:
  static constexpr std::size_t kStages = 2;
  QuartersRow(const BandSplit& split, std::size_t at, float* rows)
      : rows_(rows + at),
        row_floats_(2 * BandSplit::Slots(split.bands)),
        middle_(split, BandSplit::kMiddle, at) {}
  void Keep(BandSplit& split) const { middle_.Keep(split); }
  template <std::size_t kStage>
  HWY_INLINE void Take(std::size_t frame) {
    const D d;
    float* const row = rows_ + frame * row_floats_;
    if constexpr (kStage == 0) {
      middle_.First(hn::LoadU(d, row));
    } else {
      const Parts quarters = middle_.template Second<kSomePass>();
      hn::StoreU(quarters.low, d, row);
      hn::StoreU(quarters.high, d, row + kQuad);
    }
  }

 private:
  float* rows_;
  std::size_t row_floats_;
  Cut middle_;
};

// Halves into thirds.
template <bool kSomePass>
class ThirdsRow {
 public:
  static constexpr std::size_t kStages = 4;
  ThirdsRow(const BandSplit& split, std::size_t at, float* rows)
      : at_(at),
        rows_(rows + at),
        row_floats_(2 * BandSplit::Slots(split.bands)),
        is_upper_(IsAbove(kQuad / 2, at)),
        middle_(split, BandSplit::kMiddle, at),
        edge_(split, BandSplit::kEdge, at),
        inner_turn_(split.sections[BandSplit::kInnerTurn], at) {}
  void Keep(BandSplit& split) const {
    middle_.Keep(split);
    edge_.Keep(split);
    inner_turn_.Keep(split.sections[BandSplit::kInnerTurn], at_);
  }
  template <std::size_t kStage>
  HWY_INLINE void Take(std::size_t frame) {
    const D d;
    float* const row = rows_ + frame * row_floats_;
    if constexpr (kStage == 0) {
      middle_.First(hn::LoadU(d, row));
    } else if constexpr (kStage == 1) {
      const Parts quarters = middle_.template Second<false>();
      outer_ = hn::IfThenElse(is_upper_, quarters.high, quarters.low);
      inner_ = hn::IfThenElse(is_upper_, quarters.low, quarters.high);
    } else if constexpr (kStage == 2) {
      edge_.First(outer_);
      hn::StoreU(inner_turn_.Turned(inner_), d, row + 2 * kQuad);
    } else {
      const Parts edges = edge_.template Second<kSomePass>();
      hn::StoreU(edges.low, d, row);
      hn::StoreU(edges.high, d, row + kQuad);
    }
  }

 private:
  std::size_t at_;
  float* rows_;
  std::size_t row_floats_;
  M is_upper_;
  Cut middle_, edge_;
  Section inner_turn_;
  V outer_ = hn::Zero(D());
  V inner_ = hn::Zero(D());
};

template <class Row>
HWY_INLINE void RunAndKeep(BandSplit& split, Row row, std::size_t frames) {
  Run(row, frames);
  row.Keep(split);
}

void Split(BandSplit& split, const float* left, const float* right, std::size_t frames,
           float* rows) {
  if (frames == 0) return;
  for (std::size_t at = 0; at < kQuad; at += hn::Lanes(D())) {
    if (split.bands == 2) {
      RunAndKeep(split, RootRow<0>(split, at, left, right, rows), frames);
    } else if (split.bands <= 4) {
      RunAndKeep(split, RootRow<1>(split, at, left, right, rows), frames);
      if (split.bands == 3) {
        RunAndKeep(split, QuartersRow<true>(split, at, rows), frames);
      } else {
        RunAndKeep(split, QuartersRow<false>(split, at, rows), frames);
      }
    } else {
      RunAndKeep(split, RootRow<2>(split, at, left, right, rows), frames);
      if (split.bands == 5) {
        RunAndKeep(split, ThirdsRow<true>(split, at, rows), frames);
      } else {
        RunAndKeep(split, ThirdsRow<false>(split, at, rows), frames);
      }
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
    // r is in units of what x adds to the first state of SvCascade, 2 g a; h stays.
    const float unit = turn[lane];
    c1[lane] = -2.0F * kDamping * g * a;
    c2[lane] = 4.0F * g * g * a;
    turn[lane] = 2.0F * kDamping * g * a;
    r[lane] *= unit / turn[lane];
    q[lane] = 0.5F * (h[lane] + c2[lane] * r[lane]);
  }
}

void BandSection::Pass(std::size_t half) noexcept {
  for (const std::size_t lane : {2 * half, 2 * half + 1}) {
    c1[lane] = -1.0F;
    c2[lane] = turn[lane] = 0.0F;
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
    section.r.fill(0.0F);
    section.q.fill(0.0F);
    section.h.fill(0.0F);
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
