#pragma once
// Recursions over a piece of signal, for all its groups at once (kernels/groups-inl.h): what
// depends on their poles alone, worked out in double before.

#include <array>
#include <cstddef>

#include "dsp/kernels/sv_cascade.h"

namespace auralis {

inline constexpr std::size_t kGroupFrames = 4;
inline constexpr std::size_t kMostGroups = 16;
inline constexpr std::size_t kMostGroupShifts = 4;  // by 1, 2, 4 and 8 groups

// A value for each group, where its lane is.
struct alignas(64) PerGroup {
  std::array<float, kMostGroups> lane;
};

// Which group of a piece lies in a lane: four vectors of successive frames, transposed in blocks of
// four lanes. `groups` is 4, 8 or 16.
constexpr std::size_t GroupOfLane(std::size_t groups, std::size_t lane) {
  return groups / 4 * (lane % 4) + lane / 4;
}
constexpr std::size_t LaneOfGroup(std::size_t groups, std::size_t group) {
  return 4 * (group % (groups / 4)) + group / (groups / 4);
}

// y = pole y + (1 - pole) x.
struct PolePlan {
  float pole;
  float input;                                 // 1 - pole, of the rounded one
  std::array<float, kGroupFrames> power = {};  // what is left of a group's first state
  // Of the state 1, 2, 4, 8 groups before; 0 where there is none.
  std::array<PerGroup, kMostGroupShifts> kept = {};
  PerGroup lost = {};  // by each group's end, of the piece's first state
};
PolePlan PlanPole(float pole, std::size_t groups);  // [any]

// A state-variable section (SvCascade).
struct SectionPlan {
  static constexpr std::size_t kStates = SvCascade::kStates;
  using Row = std::array<PerGroup, kStates>;
  using Matrix = std::array<Row, kStates>;  // [to][from]
  std::array<std::array<float, kGroupFrames>, kStates> taken;
  std::array<Matrix, kMostGroupShifts> kept;
  Matrix change;                             // by each group's end, of the piece's first states
  std::array<float, kGroupFrames> response;  // to an impulse
  std::array<std::array<float, kStates>, kGroupFrames> ringing;  // of the group's first states
};
SectionPlan PlanSection(const SvCascade& cascade, std::size_t groups);  // [any] the left channel's

// What attack and release make of a group: the largest (or the smallest) of one more than its
// frames lines, k attacks and as many releases as are left, whose slopes are always the same.
struct FollowerPlan {
  static constexpr std::size_t kLines = kGroupFrames + 1;
  float attack_pole;
  float attack_input;
  float release_pole;
  float release_input;
  std::array<float, kLines> slope = {};
};
FollowerPlan PlanFollower(float attack_pole, float release_pole);  // [any]

}  // namespace auralis
