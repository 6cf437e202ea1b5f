#pragma once
// Fourier transforms of power-of-two lengths, real parts beside imaginary parts.

#include <cstddef>

#include "dsp/kernels/fft_tables.h"

namespace auralis {

struct FftKernels {
  // Of 2 * points real values; bins 0 to points. [rt]
  void (*real_forward)(FftTables& tables, const float* signal, float* real, float* imaginary);
  // Back, 2 * points times too large. [rt]
  void (*real_inverse)(FftTables& tables, const float* real, const float* imaginary, float* signal);
  // Of `points` interleaved complex values z: |Z[k]|^2 + |Z[points - k]|^2, bins 0 to points / 2.
  // [rt]
  void (*stereo_power)(FftTables& tables, const float* interleaved, float* power);
};

// For the CPU this runs on. Call it in Prepare(), keep the result. [control]
FftKernels ResolveFftKernels();

}  // namespace auralis
