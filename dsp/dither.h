#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "dsp/kernels/dither.h"

namespace auralis {

// Interleaved floats to whole steps of `bits` bits, with dither. What already lies on the steps
// passes as it is, until something does not: bypassed files and silence get no noise.
class Dither {
 public:
  // Up to 24 bits, one or two channels. [control]
  Dither(int bits, std::size_t channels)
      : channels_(channels), steps_(std::ldexp(1.0F, bits - 1)), kernels_(ResolveDitherKernels()) {}

  // -2^(bits-1) to 2^(bits-1) - 1. [rt]
  void Round(const float* samples, std::size_t frames, std::int32_t* rounded) noexcept {
    kernels_.round(samples, frames * channels_, channels_, steps_, state_, rounded);
  }

 private:
  std::size_t channels_;
  float steps_;
  DitherKernels kernels_;
  DitherState state_;
};

}  // namespace auralis
