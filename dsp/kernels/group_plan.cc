#include "dsp/kernels/group_plan.h"

namespace auralis {
namespace {

constexpr std::size_t kStates = SectionPlan::kStates;
using Pair = std::array<double, kStates>;
using Square = std::array<Pair, kStates>;

constexpr Square kIdentity = {{{1.0, 0.0}, {0.0, 1.0}}};

Square Product(const Square& a, const Square& b) {
  Square c{};
  for (std::size_t i = 0; i < kStates; ++i) {
    for (std::size_t j = 0; j < kStates; ++j) c[i][j] = a[i][0] * b[0][j] + a[i][1] * b[1][j];
  }
  return c;
}

double Power(double base, std::size_t exponent) {
  double power = 1.0;
  for (std::size_t i = 0; i < exponent; ++i) power *= base;
  return power;
}

// put(shift, lane, back) for groups that many before each lane's; 0 where there is none.
template <class Put>
void ForShifts(std::size_t groups, const Put& put) {
  for (std::size_t shift = 0; (std::size_t{1} << shift) < groups; ++shift) {
    for (std::size_t lane = 0; lane < groups; ++lane) {
      const std::size_t back = std::size_t{1} << shift;
      put(shift, lane, GroupOfLane(groups, lane) >= back ? back : 0);
    }
  }
}

}  // namespace

PolePlan PlanPole(float pole, std::size_t groups) {
  PolePlan plan{.pole = pole, .input = 1.0F - pole};
  const auto p = static_cast<double>(pole);
  for (std::size_t k = 0; k < kGroupFrames; ++k) {
    plan.power[k] = static_cast<float>(Power(p, k + 1));
  }
  const double group = Power(p, kGroupFrames);
  ForShifts(groups, [&](std::size_t shift, std::size_t lane, std::size_t back) {
    plan.kept[shift].lane[lane] = back > 0 ? static_cast<float>(Power(group, back)) : 0.0F;
  });
  for (std::size_t lane = 0; lane < groups; ++lane) {
    plan.lost.lane[lane] = static_cast<float>(1.0 - Power(group, GroupOfLane(groups, lane) + 1));
  }
  return plan;
}

SectionPlan PlanSection(const SvCascade& cascade, std::size_t groups) {
  const auto of = [&](SvCascade::Coefficient c) {
    return static_cast<double>(cascade.value[0][c][0]);
  };
  const double b1 = of(SvCascade::kB1);
  const double b2 = of(SvCascade::kB2);
  const double b3 = of(SvCascade::kB3);
  const Square step = {{{1.0 + b1, -b2}, {b2, 1.0 - b3}}};
  SectionPlan plan{};

  Pair input = {b2, b3};
  Pair output = {of(SvCascade::kD1), of(SvCascade::kD2)};
  plan.response[0] = static_cast<float>(of(SvCascade::kD0));
  for (std::size_t k = 0; k < kGroupFrames; ++k) {
    for (std::size_t s = 0; s < kStates; ++s) {
      plan.taken[s][kGroupFrames - 1 - k] = static_cast<float>(input[s]);
      plan.ringing[k][s] = static_cast<float>(output[s]);
    }
    if (k + 1 < kGroupFrames) {
      plan.response[k + 1] = static_cast<float>(output[0] * b2 + output[1] * b3);
    }
    input = {step[0][0] * input[0] + step[0][1] * input[1],
             step[1][0] * input[0] + step[1][1] * input[1]};
    output = {output[0] * step[0][0] + output[1] * step[1][0],
              output[0] * step[0][1] + output[1] * step[1][1]};
  }

  std::array<Square, kMostGroups + 1> power{};
  power[0] = kIdentity;
  Square group = kIdentity;
  for (std::size_t k = 0; k < kGroupFrames; ++k) group = Product(group, step);
  for (std::size_t g = 0; g < groups; ++g) power[g + 1] = Product(power[g], group);
  for (std::size_t to = 0; to < kStates; ++to) {
    for (std::size_t from = 0; from < kStates; ++from) {
      ForShifts(groups, [&](std::size_t shift, std::size_t lane, std::size_t back) {
        plan.kept[shift][to][from].lane[lane] =
            back > 0 ? static_cast<float>(power[back][to][from]) : 0.0F;
      });
      for (std::size_t lane = 0; lane < groups; ++lane) {
        plan.change[to][from].lane[lane] = static_cast<float>(
            power[GroupOfLane(groups, lane) + 1][to][from] - kIdentity[to][from]);
      }
    }
  }
  return plan;
}

FollowerPlan PlanFollower(float attack_pole, float release_pole) {
  FollowerPlan plan{.attack_pole = attack_pole,
                    .attack_input = 1.0F - attack_pole,
                    .release_pole = release_pole,
                    .release_input = 1.0F - release_pole};
  for (std::size_t attacks = 0; attacks < FollowerPlan::kLines; ++attacks) {
    plan.slope[attacks] =
        static_cast<float>(Power(static_cast<double>(attack_pole), attacks) *
                           Power(static_cast<double>(release_pole), kGroupFrames - attacks));
  }
  return plan;
}

}  // namespace auralis
