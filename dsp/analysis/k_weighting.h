#pragma once
// The K-weighting filter in double: the reference, and what the fast kernel's matrix is made of.

#include <array>

#include "dsp/kernels/k_weighting.h"

namespace auralis {

// One channel: a shelf that lifts what the head does, then a high-pass (ITU-R BS.1770-4 annex 1,
// stages 1 and 2). The standard tabulates both at 48 kHz only; here they are bilinear transforms of
// the second-order prototypes behind the table, so every rate from 8 kHz has the same response.
class KWeightingFilter {
 public:
  explicit KWeightingFilter(double sample_rate_hz);  // [control]
  double Process(double x) noexcept;                 // [any]
  // Two integrators a stage, the shelf's first.
  std::array<double, kKWeightingOrder>& memory() noexcept { return memory_; }

 private:
  // Trapezoidal state-variable section: V. Zavalishin, The Art of VA Filter Design, section 4.
  struct Section {
    double g = 0.0;  // tan(pi f0 / rate)
    double damping = 0.0;
    double high_gain = 0.0;
    double band_gain = 0.0;
    double low_gain = 0.0;
    double Process(double x, double* memory) const noexcept;
  };
  Section shelf_;
  Section high_pass_;
  std::array<double, kKWeightingOrder> memory_{};
};

// The map of twelve inputs and four states that the kernel applies. [control]
KWeightingMatrix MakeKWeightingMatrix(double sample_rate_hz);

}  // namespace auralis
