#pragma once
// The K-weighting filter of ITU-R BS.1770-4 as one matrix product a step.
//
// A recursion does not vectorize along time, but its unrolling does: the next 12 outputs and the
// state after them are linear in the next 12 inputs and the state before them. That map is a square
// matrix of 16, which fits vectors of any width, and the loop waits for its own result once in 12
// frames instead of once a frame.

#include <array>
#include <cstddef>

namespace auralis {

inline constexpr std::size_t kKWeightingStepFrames = 12;
inline constexpr std::size_t kKWeightingOrder = 4;
inline constexpr std::size_t kKWeightingRows = kKWeightingStepFrames + kKWeightingOrder;

// Column c, row r at [c * rows + r]. Columns: 12 inputs, 4 states; rows: 12 outputs, 4 next states.
struct alignas(64) KWeightingMatrix {
  std::array<float, kKWeightingRows * kKWeightingRows> columns{};
};

// Both channels' filter memory, and the squares of both channels' outputs summed by row. The rows
// after the first 12 are of no meaning there.
struct alignas(64) KWeightingState {
  std::array<float, kKWeightingRows> squares{};
  std::array<std::array<float, kKWeightingOrder>, 2> memory{};
};

struct KWeightingKernels {
  // Filters `steps` * 12 frames and adds the squares to `state`. [rt]
  void (*accumulate)(const KWeightingMatrix& matrix, const float* left, const float* right,
                     std::size_t steps, KWeightingState& state);
};

// For the CPU this runs on. Call it in Prepare(), keep the result. [control]
KWeightingKernels ResolveKWeightingKernels();

}  // namespace auralis
