#pragma once

#include <cstddef>
#include <memory>

namespace auralis {

// Fourier transforms of real signals of one length (FFTW), spectra as real parts beside imaginary
// parts. The same length takes the same path at every start: results are equal bit for bit.
class RealFft {
 public:
  explicit RealFft(std::size_t length);  // [control] even; throws std::runtime_error
  ~RealFft();
  RealFft(RealFft&&) noexcept;
  RealFft& operator=(RealFft&&) noexcept;

  std::size_t length() const noexcept { return length_; }
  std::size_t bins() const noexcept { return length_ / 2 + 1; }
  // Every array starts on a cache line (AlignedFloats). The forward transform keeps its input; the
  // inverse one does not, and its result is length() times too large. [rt]
  void Forward(const float* signal, float* real, float* imaginary) const noexcept;
  void Inverse(float* real, float* imaginary, float* signal) const noexcept;

 private:
  struct Plans;
  std::size_t length_;
  std::unique_ptr<Plans> plans_;
};

}  // namespace auralis
