#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "dsp/aligned_floats.h"
#include "dsp/kernels/fft.h"

namespace auralis {

// The mean power spectrum of two channels by one complex transform: with z = left + i right,
// |Z[k]|^2 + |Z[N-k]|^2 = 2 (|L[k]|^2 + |R[k]|^2). Hann window; the five bins round a full-scale
// sine in both channels add up to 1 within 0.01 dB.
class StereoPower {
 public:
  void Prepare(std::size_t length);  // [control] a power of two, at least 16
  std::size_t length() const noexcept { return windowed_.size() / 2; }
  // [any] `ring` holds `length` interleaved frames, the oldest at `start`. The result has
  // length / 2 + 1 bins and holds until the next call.
  std::span<const float> Measure(const float* ring, std::size_t start) noexcept;

 private:
  std::unique_ptr<FftTables> tables_;
  FftKernels kernels_{};
  AlignedFloats window_;  // twice each, scaled so that the powers come out calibrated
  AlignedFloats windowed_;
  std::vector<float> power_;
};

}  // namespace auralis
