#pragma once
// The filters of an oversampler: from frames to instants between them and back. An instant's plane
// holds one value a frame.

#include <cstddef>

namespace auralis {

struct PolyphaseKernels {
  // planes[p][i] = sum over k of taps[k * phases + p] * first[i + k], k below `count`. `phases` is
  // a multiple of 4, `first` has frames + count - 1 values. [rt]
  void (*raise)(const float* first, const float* taps, std::size_t count, std::size_t phases,
                std::size_t frames, float* const* planes);
  // out[i] += sum over p and k of taps[p * count + k] * newest[p][i - k]; each plane has count - 1
  // values in front. [rt]
  void (*lower)(const float* const* newest, const float* taps, std::size_t count,
                std::size_t phases, std::size_t frames, float* out);
};

// For the CPU this runs on. Call it in Prepare(), keep the result. [control]
PolyphaseKernels ResolvePolyphaseKernels();

}  // namespace auralis
