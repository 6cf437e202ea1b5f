#include "dsp/kernels/simd_target.h"

#include <hwy/targets.h>

#include <algorithm>
#include <cctype>
#include <cstdint>

namespace auralis {
namespace {

std::string NameOf(std::int64_t target) {
  std::string name = hwy::TargetName(target);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

// Every target compiled in that this CPU runs, best first: Highway gives better ones lower bits.
std::vector<std::int64_t> Targets() {
  std::vector<std::int64_t> targets;
  for (std::int64_t left = hwy::SupportedTargets() & HWY_TARGETS; left != 0; left &= left - 1) {
    targets.push_back(left & -left);
  }
  return targets;
}

}  // namespace

std::vector<std::string> SupportedSimdTargets() {
  std::vector<std::string> names;
  for (const std::int64_t target : Targets()) names.push_back(NameOf(target));
  return names;
}

std::string ChosenSimdTarget() { return NameOf(Targets().front()); }

bool ChooseSimdTarget(std::string_view name) {
  if (name == "auto") {
    hwy::SetSupportedTargetsForTest(0);
    return true;
  }
  for (const std::int64_t target : Targets()) {
    if (NameOf(target) != name) continue;
    hwy::SetSupportedTargetsForTest(target);
    return true;
  }
  return false;
}

}  // namespace auralis
