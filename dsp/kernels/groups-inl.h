// A piece of signal with groups of four successive frames in lanes: vector k has frame k of every
// group. Compiled once for each of Highway's targets, but for the one without lanes.

#if defined(AURALIS_DSP_KERNELS_GROUPS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef AURALIS_DSP_KERNELS_GROUPS_INL_H_
#undef AURALIS_DSP_KERNELS_GROUPS_INL_H_
#else
#define AURALIS_DSP_KERNELS_GROUPS_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>
#include <type_traits>

#include "dsp/kernels/group_plan.h"

#if HWY_TARGET != HWY_SCALAR
HWY_BEFORE_NAMESPACE();
namespace auralis {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class D>
struct Groups {
  using V = hn::Vec<D>;
  // Written out, so that they are for this target, too.
  HWY_INLINE Groups() {}
  HWY_INLINE Groups(V a, V b, V c, V d) : frame{a, b, c, d} {}
  V frame[kGroupFrames];
};

// Four vectors of successive frames become groups, and groups such vectors: blocks of four lanes
// are transposed, which crosses none.
template <class D>
HWY_INLINE Groups<D> Transposed(const Groups<D>& in) {
  const D d;
  const hn::Repartition<double, D> pairs;
  const auto ab = hn::BitCast(pairs, hn::InterleaveLower(d, in.frame[0], in.frame[1]));
  const auto cd = hn::BitCast(pairs, hn::InterleaveLower(d, in.frame[2], in.frame[3]));
  const auto upper_ab = hn::BitCast(pairs, hn::InterleaveUpper(d, in.frame[0], in.frame[1]));
  const auto upper_cd = hn::BitCast(pairs, hn::InterleaveUpper(d, in.frame[2], in.frame[3]));
  return {hn::BitCast(d, hn::InterleaveLower(pairs, ab, cd)),
          hn::BitCast(d, hn::InterleaveUpper(pairs, ab, cd)),
          hn::BitCast(d, hn::InterleaveLower(pairs, upper_ab, upper_cd)),
          hn::BitCast(d, hn::InterleaveUpper(pairs, upper_ab, upper_cd))};
}

template <class D>
HWY_INLINE Groups<D> LoadGroups(D d, const float* frames) {
  Groups<D> rows;
  for (std::size_t j = 0; j < kGroupFrames; ++j) {
    rows.frame[j] = hn::LoadU(d, frames + j * hn::Lanes(d));
  }
  return Transposed(rows);
}
template <class D>
HWY_INLINE void StoreGroups(D d, const Groups<D>& groups, float* frames) {
  const Groups<D> rows = Transposed(groups);
  for (std::size_t j = 0; j < kGroupFrames; ++j) {
    hn::StoreU(rows.frame[j], d, frames + j * hn::Lanes(d));
  }
}

template <class D>
HWY_INLINE hn::Vec<D> LoadLanes(D d, const PerGroup& values) {
  return hn::Load(d, values.lane.data());
}

// Where lanes find those of groups before them.
template <std::size_t kGroups>
struct LanesBefore {
  constexpr LanesBefore() {
    for (std::size_t lane = 0; lane < kGroups; ++lane) {
      for (std::size_t shift = 0; shift < kMostGroupShifts; ++shift) {
        const std::size_t group = GroupOfLane(kGroups, lane);
        const std::size_t back = std::size_t{1} << shift;
        const bool is = group >= back;
        from[shift][lane] =
            static_cast<std::int32_t>(is ? LaneOfGroup(kGroups, group - back) : lane);
        exists[shift][lane] = is ? -1 : 0;
      }
      last[lane] = static_cast<std::int32_t>(kGroups - 1);
    }
  }
  alignas(64) std::int32_t from[kMostGroupShifts][kGroups] = {};
  alignas(64) std::int32_t exists[kMostGroupShifts][kGroups] = {};  // all bits
  alignas(64) std::int32_t last[kGroups] = {};
};
template <std::size_t kGroups>
inline constexpr LanesBefore<kGroups> kLanesBefore{};

// The values of groups 2^kShift before; where there is none, any: to be multiplied with 0.
template <std::size_t kShift, class D>
HWY_INLINE hn::Vec<D> Earlier(D d, hn::Vec<D> v) {
  constexpr std::size_t kGroups = hn::MaxLanes(D());
  if constexpr (kGroups == 4) {
    return hn::ShiftLeftLanes<(1 << kShift)>(d, v);
  } else {
    return hn::TableLookupLanes(v, hn::SetTableIndices(d, kLanesBefore<kGroups>.from[kShift]));
  }
}
template <std::size_t kShift, class D>
HWY_INLINE hn::Vec<D> EarlierOrZero(D d, hn::Vec<D> v) {
  constexpr std::size_t kGroups = hn::MaxLanes(D());
  if constexpr (kGroups == 4) {
    return Earlier<kShift>(d, v);
  } else {
    const auto* const exists = kLanesBefore<kGroups>.exists[kShift];
    return hn::And(Earlier<kShift>(d, v),
                   hn::BitCast(d, hn::Load(hn::RebindToSigned<D>(), exists)));
  }
}
// From what each group ends with to what each begins with; the first one with `first`.
template <class D>
HWY_INLINE hn::Vec<D> Before(D d, hn::Vec<D> after, hn::Vec<D> first) {
  return hn::IfThenElse(hn::FirstN(d, 1), first, Earlier<0>(d, after));
}
// The last group's value in all lanes.
template <class D>
HWY_INLINE hn::Vec<D> LastEverywhere(D d, hn::Vec<D> v) {
  constexpr std::size_t kGroups = hn::MaxLanes(D());
  if constexpr (kGroups == 4) {
    return hn::Broadcast<3>(v);
  } else {
    return hn::TableLookupLanes(v, hn::SetTableIndices(d, kLanesBefore<kGroups>.last));
  }
}
// Calls body(shift) for 0, 1 .. while there are groups 2^shift apart, each a constant.
template <class D, class Body>
HWY_INLINE void ForShifts(D, const Body& body) {
  constexpr std::size_t kGroups = hn::MaxLanes(D());
  body(std::integral_constant<std::size_t, 0>());
  body(std::integral_constant<std::size_t, 1>());
  if constexpr (kGroups > 4) body(std::integral_constant<std::size_t, 2>());
  if constexpr (kGroups > 8) body(std::integral_constant<std::size_t, 3>());
}

}  // namespace HWY_NAMESPACE
}  // namespace auralis
HWY_AFTER_NAMESPACE();
#endif

#endif  // one of two toggles
