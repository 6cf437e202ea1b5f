#pragma once
// Fourier transforms of real signals at odd frequencies, halfway between the usual ones.

#include <cstddef>

#include "dsp/aligned_floats.h"
#include "dsp/kernels/fft_tables.h"

namespace auralis {

// What a transform needs whose spectra have so many bins.
struct OddFftTables {
  explicit OddFftTables(std::size_t bins);  // [control] as FftTables

  FftTables fft;
  // cos and -sin of pi n / (2 bins), for n from 0 to bins - 1.
  AlignedFloats cosines;
  AlignedFloats sines;
};

struct OddFftKernels {
  // Of 2 * bins real values. The spectrum lies in groups (spectrum_product.h), which are
  // `group_stride` floats apart. [rt]
  void (*forward)(OddFftTables& tables, FftSteps steps, const float* window, float* spectrum,
                  std::size_t group_stride);
  // Back, `bins` times too large: the second half, of `bins` values. Groups lie one after the
  // other. [rt]
  void (*inverse)(OddFftTables& tables, FftSteps steps, const float* spectrum, float* half);
};

// For the CPU this runs on. Call it in Prepare(), keep the result. [control]
OddFftKernels ResolveOddFftKernels();

}  // namespace auralis
