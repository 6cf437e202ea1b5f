#pragma once
// The inner loop of every convolution by partitions: spectra multiplied and added up.

#include <cstddef>

namespace auralis {

// Spectra lie in groups of bins: 16 real parts, then 16 imaginary parts. The same group of many
// spectra lies side by side, so that a sum over all of them reads memory in order.
inline constexpr std::size_t kGroupBins = 16;
inline constexpr std::size_t kGroupFloats = 2 * kGroupBins;

// Spectra side by side that are multiplied with each other: the first of each.
struct SpectrumRun {
  const float* signals;
  const float* filters;
  std::size_t count;
};

struct SpectrumProductKernels {
  // Of `groups` groups: sum = signals[0] * filters[0] + signals[1] * filters[1] + ... over all
  // runs, complex, bin by bin. From a group to the next it is `signal_stride` and `filter_stride`
  // floats, in `sum` kGroupFloats. All start on a cache line (AlignedFloats), as do the strides;
  // nothing overlaps. [rt]
  void (*sum_products)(const SpectrumRun* runs, std::size_t run_count, std::size_t signal_stride,
                       std::size_t filter_stride, std::size_t groups, float* sum);
};

// For the CPU this runs on. Call it in Prepare(), keep the result. [control]
SpectrumProductKernels ResolveSpectrumProductKernels();

}  // namespace auralis
