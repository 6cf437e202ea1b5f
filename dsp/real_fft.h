#pragma once

#include <cstddef>
#include <memory>

#include "dsp/kernels/fft.h"

namespace auralis {

// Fourier transforms of real signals of one length, spectra as real parts beside imaginary parts.
// One transform at a time.
class RealFft {
 public:
  static constexpr std::size_t kShortest = 2 * FftTables::kFewestPoints;

  // [control] A power of two, at least kShortest; throws std::invalid_argument.
  explicit RealFft(std::size_t length);

  std::size_t length() const noexcept { return 2 * tables_->points(); }
  std::size_t bins() const noexcept { return tables_->points() + 1; }
  // Both keep their input. What the inverse one gives is length() times too large. [rt]
  void Forward(const float* signal, float* real, float* imaginary) const noexcept {
    kernels_.real_forward(*tables_, signal, real, imaginary);
  }
  void Inverse(const float* real, const float* imaginary, float* signal) const noexcept {
    kernels_.real_inverse(*tables_, real, imaginary, signal);
  }

 private:
  std::unique_ptr<FftTables> tables_;
  FftKernels kernels_;
};

}  // namespace auralis
