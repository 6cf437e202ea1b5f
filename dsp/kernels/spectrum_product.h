#pragma once
// The inner loop of every convolution by partitions: spectra multiplied and added up.

#include <cstddef>

namespace auralis {

// A spectrum of `bins` complex values lies in 2 * SpectrumStride(bins) floats: real parts, then
// imaginary parts, each padded with zeros to whole pairs of the widest vectors.
constexpr std::size_t SpectrumStride(std::size_t bins) { return (bins + 31) / 32 * 32; }

struct SpectrumProductKernels {
  // sum += signals[0] * filters[0] + ... + signals[count - 1] * filters[count - 1], complex, bin by
  // bin. `signals` and `filters` are `count` spectra one after the other; `stride` is
  // SpectrumStride(bins). All start on a cache line (AlignedFloats), nothing overlaps. [rt]
  void (*multiply_add)(const float* signals, const float* filters, std::size_t count,
                       std::size_t stride, float* sum);
};

// For the CPU this runs on. Call it in Prepare(), keep the result. [control]
SpectrumProductKernels ResolveSpectrumProductKernels();

}  // namespace auralis
