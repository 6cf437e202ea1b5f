#include "dsp/kernels/k_weighting.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/kernels/k_weighting.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace auralis {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, kKWeightingRows>;

// Rows of one channel's product: the inputs first, because they need not wait for the last step.
HWY_INLINE hn::Vec<D> Product(D d, const float* rows, const float* inputs, const float* memory) {
  auto sum = hn::Mul(hn::Load(d, rows), hn::Set(d, inputs[0]));
  for (std::size_t c = 1; c < kKWeightingStepFrames; ++c) {
    sum = hn::MulAdd(hn::Load(d, rows + c * kKWeightingRows), hn::Set(d, inputs[c]), sum);
  }
  const float* state_rows = rows + kKWeightingStepFrames * kKWeightingRows;
  for (std::size_t c = 0; c < kKWeightingOrder; ++c) {
    sum = hn::MulAdd(hn::Load(d, state_rows + c * kKWeightingRows), hn::Set(d, memory[c]), sum);
  }
  return sum;
}

void Accumulate(const KWeightingMatrix& matrix, const float* left, const float* right,
                std::size_t steps, KWeightingState& state) {
  const D d;
  const float* columns = matrix.columns.data();
  HWY_ALIGN float out_left[kKWeightingRows];
  HWY_ALIGN float out_right[kKWeightingRows];
  float* memory_left = out_left + kKWeightingStepFrames;
  float* memory_right = out_right + kKWeightingStepFrames;
  HWY_ALIGN float next_left[kKWeightingRows];
  HWY_ALIGN float next_right[kKWeightingRows];
  for (std::size_t c = 0; c < kKWeightingOrder; ++c) {
    memory_left[c] = state.memory[0][c];
    memory_right[c] = state.memory[1][c];
  }
  for (std::size_t step = 0; step < steps; ++step) {
    for (std::size_t row = 0; row < kKWeightingRows; row += hn::Lanes(d)) {
      const auto y_left = Product(d, columns + row, left, memory_left);
      const auto y_right = Product(d, columns + row, right, memory_right);
      float* squares = state.squares.data() + row;
      auto sum = hn::MulAdd(y_left, y_left, hn::Load(d, squares));
      hn::Store(hn::MulAdd(y_right, y_right, sum), d, squares);
      hn::Store(y_left, d, next_left + row);
      hn::Store(y_right, d, next_right + row);
    }
    for (std::size_t c = 0; c < kKWeightingOrder; ++c) {
      memory_left[c] = next_left[kKWeightingStepFrames + c];
      memory_right[c] = next_right[kKWeightingStepFrames + c];
    }
    left += kKWeightingStepFrames;
    right += kKWeightingStepFrames;
  }
  for (std::size_t c = 0; c < kKWeightingOrder; ++c) {
    state.memory[0][c] = memory_left[c];
    state.memory[1][c] = memory_right[c];
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace auralis
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace auralis {
HWY_EXPORT(Accumulate);

KWeightingKernels ResolveKWeightingKernels() {
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return {.accumulate = &HWY_DYNAMIC_DISPATCH(Accumulate)};
}
}  // namespace auralis
#endif
