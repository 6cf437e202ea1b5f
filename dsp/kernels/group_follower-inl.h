// Attack and release over a piece in groups (groups-inl.h). A frame takes a reduction to the larger
// of two lines, an attack's and a release's; so a group of four takes it to the largest of five,
// whose slopes are known and whose heights are found for all groups at once. Groups then take
// turns, each one multiply-add and three comparisons instead of four each, and with where
// each begins its frames are worked out, again for all groups at once.

#if defined(AURALIS_DSP_KERNELS_GROUP_FOLLOWER_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef AURALIS_DSP_KERNELS_GROUP_FOLLOWER_INL_H_
#undef AURALIS_DSP_KERNELS_GROUP_FOLLOWER_INL_H_
#else
#define AURALIS_DSP_KERNELS_GROUP_FOLLOWER_INL_H_
#endif

#include <hwy/highway.h>

#include "dsp/kernels/group_plan.h"
#include "dsp/kernels/groups-inl.h"

#if HWY_TARGET != HWY_SCALAR
HWY_BEFORE_NAMESPACE();
namespace auralis {
namespace HWY_NAMESPACE {

// The larger line is right where the attack is the faster, else the smaller (dynamics.cc).
// Reductions are never negative: as whole numbers they are in the same order, and those take one
// cycle to compare, floats four. Where whole numbers cannot be compared so, they are not.
template <bool kFasterAttack, class D>
HWY_INLINE hn::Vec<D> RightLine(D d, hn::Vec<D> a, hn::Vec<D> b) {
#if HWY_TARGET == HWY_SSSE3
  (void)d;
  return kFasterAttack ? hn::Max(a, b) : hn::Min(a, b);
#else
  const hn::RebindToSigned<D> whole;
  const auto i = hn::BitCast(whole, a);
  const auto j = hn::BitCast(whole, b);
  return hn::BitCast(d, kFasterAttack ? hn::Max(i, j) : hn::Min(i, j));
#endif
}

template <bool kFasterAttack, class D>
class FollowerGroups {
 public:
  using V = hn::Vec<D>;
  FollowerGroups(const FollowerPlan& plan, float state)
      : plan_(plan), state_(hn::Set(Block(), state)) {}
  float state() const { return hn::GetLane(state_); }

  // `asked` is not negative.
  HWY_INLINE Groups<D> Run(const Groups<D>& asked) {
    const D d;
    Groups<D> attacked;
    Groups<D> released;
    for (std::size_t k = 0; k < kGroupFrames; ++k) {
      attacked.frame[k] = hn::Mul(hn::Set(d, plan_.attack_input), asked.frame[k]);
      released.frame[k] = hn::Mul(hn::Set(d, plan_.release_input), asked.frame[k]);
    }
    V line[kLines];
    DrawLines(attacked, released, line);
    V now = TakeTurns(line);
    Groups<D> out;
    for (std::size_t k = 0; k < kGroupFrames; ++k) {
      now = RightLine<kFasterAttack>(d, Line(plan_.attack_pole, now, attacked.frame[k]),
                                     Line(plan_.release_pole, now, released.frame[k]));
      out.frame[k] = now;
    }
    return out;
  }

 private:
  static constexpr std::size_t kLines = FollowerPlan::kLines;
  static constexpr std::size_t kGroups = hn::MaxLanes(D());
  using Block = hn::CappedTag<float, 4>;
  using VB = hn::Vec<Block>;

  static HWY_INLINE V Line(float slope, V from, V height) {
    return hn::MulAdd(hn::Set(D(), slope), from, height);
  }
  // The heights of line k: k attacks, the other frames releases.
  HWY_INLINE void DrawLines(const Groups<D>& attacked, const Groups<D>& released, V* line) const {
    const D d;
    line[0] = released.frame[0];
    line[1] = attacked.frame[0];
    for (std::size_t k = 1; k < kGroupFrames; ++k) {
      line[k + 1] = Line(plan_.attack_pole, line[k], attacked.frame[k]);
      for (std::size_t attacks = k; attacks > 0; --attacks) {
        line[attacks] = RightLine<kFasterAttack>(
            d, Line(plan_.attack_pole, line[attacks - 1], attacked.frame[k]),
            Line(plan_.release_pole, line[attacks], released.frame[k]));
      }
      line[0] = Line(plan_.release_pole, line[0], released.frame[k]);
    }
  }
  // Returns where each group begins.
  HWY_INLINE V TakeTurns(const V* line) {
    const D d;
    const Block b;
    // Four lines of a group side by side, and the fifth.
    HWY_ALIGN float heights[kGroupFrames][kGroups];
    HWY_ALIGN float all_attacks[kGroups];
    const Groups<D> rows = Transposed<D>({line[0], line[1], line[2], line[3]});
    for (std::size_t j = 0; j < kGroupFrames; ++j) hn::Store(rows.frame[j], d, heights[j]);
    hn::Store(line[4], d, all_attacks);
    const VB slopes = hn::LoadU(b, plan_.slope.data());
    const VB all_attacks_slope = hn::Set(b, plan_.slope[4]);
    VB now = state_;
    VB begins[kGroups];
    for (std::size_t group = 0; group < kGroups; ++group) {
      const std::size_t lane = LaneOfGroup(kGroups, group);
      begins[lane] = now;
      const VB four = hn::MulAdd(slopes, now, hn::Load(b, heights[lane % 4] + lane / 4 * 4));
      const VB fifth = hn::MulAdd(all_attacks_slope, now, hn::Set(b, all_attacks[lane]));
      now = RightLaneEverywhere(RightLine<kFasterAttack>(b, four, fifth));
    }
    state_ = now;
    return Joined<D>(begins);
  }
  // By shuffles of whole numbers: between comparisons of those they cost no detour.
  static HWY_INLINE VB RightLaneEverywhere(VB v) {
    const Block b;
    const hn::RebindToSigned<Block> whole;
    v = RightLine<kFasterAttack>(b, v, hn::BitCast(b, hn::Shuffle2301(hn::BitCast(whole, v))));
    return RightLine<kFasterAttack>(b, v, hn::BitCast(b, hn::Shuffle1032(hn::BitCast(whole, v))));
  }
  // Lane i is that of the i-th vector, all of whose lanes are the same.
  template <class DJ>
  static HWY_INLINE hn::Vec<DJ> Joined(const VB* lanes) {
    const DJ d;
    if constexpr (hn::MaxLanes(DJ()) == 4) {
      const hn::Repartition<double, DJ> pairs;
      const auto low = hn::BitCast(pairs, hn::InterleaveLower(d, lanes[0], lanes[1]));
      const auto high = hn::BitCast(pairs, hn::InterleaveLower(d, lanes[2], lanes[3]));
      return hn::BitCast(d, hn::InterleaveLower(pairs, low, high));
    } else {
      using Half = hn::Half<DJ>;
      return hn::Combine(d, Joined<Half>(lanes + hn::MaxLanes(Half())), Joined<Half>(lanes));
    }
  }

  const FollowerPlan& plan_;
  VB state_;
};

}  // namespace HWY_NAMESPACE
}  // namespace auralis
HWY_AFTER_NAMESPACE();
#endif

#endif  // one of two toggles
