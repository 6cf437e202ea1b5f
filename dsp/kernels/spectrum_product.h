#pragma once
// The inner loop of every convolution by partitions: spectra multiplied and added up.

#include <cstddef>

namespace auralis {

// Spectra lie in groups of bins: 16 real parts, then 16 imaginary parts. The groups of a signal's
// spectrum lie one after the other, as they are written; of a filter's partitions the same group
// lies side by side, as they are read.
inline constexpr std::size_t kGroupBins = 16;
inline constexpr std::size_t kGroupFloats = 2 * kGroupBins;

// Spectra that are multiplied with each other: the first of each.
struct SpectrumRun {
  const float* signals;
  const float* filters;
  std::size_t count;
};

struct SpectrumProductKernels {
  // Of `groups` groups: sum = signals[0] * filters[0] + signals[1] * filters[1] + ... over all
  // runs, complex, bin by bin. From a signal to the next it is `signal_stride` floats, from a
  // filter's group to the next `filter_stride`. All start on a cache line (AlignedFloats), as do
  // the strides; nothing overlaps. [rt]
  void (*sum_products)(const SpectrumRun* runs, std::size_t run_count, std::size_t signal_stride,
                       std::size_t filter_stride, std::size_t groups, float* sum);
};

// For the CPU this runs on. Call it in Prepare(), keep the result. [control]
SpectrumProductKernels ResolveSpectrumProductKernels();

}  // namespace auralis
