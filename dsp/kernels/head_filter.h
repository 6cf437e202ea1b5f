#pragma once
// The beginning of a response, convolved directly, a whole tick at once.

#include <cstddef>

namespace auralis {

inline constexpr std::size_t kHeadFilterFrames = 64;  // of a tick, and taps

// out[i] += sum over k of taps[k] * newest[i - k], for a tick; `newest` has as many
// readable values in front of the tick. To the bit what
// PolyphaseKernels::lower makes of four runs of 16 taps. [rt]
using HeadFilterKernel = void (*)(const float* newest, const float* taps, float* out);

// For the CPU this runs on. Call it in Prepare(), keep the result. [control]
HeadFilterKernel ResolveHeadFilterKernel();

}  // namespace auralis
