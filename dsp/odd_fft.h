#pragma once

#include <cstddef>
#include <memory>

#include "dsp/kernels/odd_fft.h"
#include "dsp/kernels/spectrum_product.h"

namespace auralis {

// Fourier transforms of real signals at odd frequencies (J. L. Vernet, Real signals fast Fourier
// transform, Proc. IEEE 59, 1971): half of their bins are a complex transform of half the length,
// with nothing left to untangle and no bin of its own kind. Products of spectra are convolutions in
// which what wraps round changes its sign, which overlap-save drops anyway. One transform at a
// time.
class OddFft {
 public:
  // [control] Of windows of 2 * bins values; a power of two, at least 16; throws
  // std::invalid_argument.
  explicit OddFft(std::size_t bins);

  std::size_t bins() const noexcept { return tables_->fft.points(); }
  // Of a transform that is done in parts.
  std::size_t steps() const noexcept { return tables_->fft.stages() * tables_->fft.cuts(); }
  FftSteps all() const noexcept { return {0, steps()}; }
  // Group of bins by group, `group_stride` floats apart (spectrum_product.h). Keeps its input. [rt]
  void Forward(FftSteps steps, const float* window, float* spectrum,
               std::size_t group_stride) const noexcept {
    kernels_.forward(*tables_, steps, window, spectrum, group_stride);
  }
  // The second half of the window, bins() times too large; groups one after the other. Keeps its
  // input. [rt]
  void Inverse(FftSteps steps, const float* spectrum, float* half) const noexcept {
    kernels_.inverse(*tables_, steps, spectrum, half);
  }

 private:
  std::unique_ptr<OddFftTables> tables_;
  OddFftKernels kernels_;
};

}  // namespace auralis
