#pragma once
// Which instruction set the kernels use. Resolved in Prepare(), so a choice made here holds for
// everything prepared after it.

#include <string>
#include <string_view>
#include <vector>

namespace auralis {

// Best first, as `--simd` takes them: "avx3", "avx2", "sse4", "ssse3", "scalar" on x86. [control]
std::vector<std::string> SupportedSimdTargets();
// The one in use. [control]
std::string ChosenSimdTarget();
// "auto" or one of SupportedSimdTargets(). False, and nothing changes, for anything else. [control]
bool ChooseSimdTarget(std::string_view name);

}  // namespace auralis
