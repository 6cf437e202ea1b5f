#pragma once

#include <span>

namespace auralis {

// What a power spectrum looks like as a whole, between 20 Hz and 20 kHz. All 0 in silence.
struct SpectralShape {
  float centroid_hz = 0.0F;  // its centre of gravity, power by power
  float rolloff_hz = 0.0F;   // 85 % of the power lie below
  float flatness = 0.0F;  // geometric over arithmetic mean of the bins: 0 a tone, 0.56 white noise
};

// [any] `power` holds the bins 0 to N/2, `bin_hz` apart. One logarithm for eight bins.
SpectralShape MeasureShape(std::span<const float> power, double bin_hz) noexcept;

}  // namespace auralis
