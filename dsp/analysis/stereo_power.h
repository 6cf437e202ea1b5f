#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace auralis {

// The mean power spectrum of two channels by one complex transform: with z = left + i right,
// |Z[k]|^2 + |Z[N-k]|^2 = 2 (|L[k]|^2 + |R[k]|^2). Hann window; the five bins round a full-scale
// sine in both channels add up to 1 within 0.01 dB.
class StereoPower {
 public:
  StereoPower();
  ~StereoPower();
  StereoPower(StereoPower&&) noexcept;
  StereoPower& operator=(StereoPower&&) noexcept;

  // [control] `length` is a power of two. FFTW times its ways to do it the first time that a length
  // is asked for, a tenth of a second and more; a guessed plan would take 3.5 times as long for
  // ever. Throws std::runtime_error when there is no plan.
  void Prepare(std::size_t length);
  std::size_t length() const noexcept { return window_.size(); }
  // [any] `ring` holds `length` interleaved frames, the oldest at `start`. The result has
  // length / 2 + 1 bins and holds until the next call.
  std::span<const float> Measure(const float* ring, std::size_t start) noexcept;

 private:
  struct Plan;
  std::unique_ptr<Plan> plan_;
  std::vector<float> window_;  // scaled so that the powers come out calibrated
  std::vector<float> power_;
};

}  // namespace auralis
