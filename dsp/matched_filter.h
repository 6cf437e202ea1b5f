#pragma once
// Bells and shelves that follow their analogue prototype up to the top of the band, where the
// bilinear transform squeezes them by decibels.

#include <array>
#include <cstddef>

#include "dsp/filter_design.h"

namespace auralis {

struct MatchedFilter {
  std::array<SvFilter, 2> sections;  // the identity where there is none
  std::size_t section_count = 1;
  double worst_error_db = 0.0;  // largest distance from the prototype, on the design's own grid
};

// Gain in dB at `at_hz` of the analogue bell, shelf (R. Bristow-Johnson's cookbook) or tilt that
// the arguments of DesignMatchedFilter describe. [any]
double PrototypeGainDb(FilterType type, double frequency_hz, double gain_db, double q,
                       double at_hz) noexcept;

// `type` is kBell, kLowShelf, kHighShelf or kTilt (which has no Q); ranges as in DesignFilter. One
// section where that comes within 0.08 dB of the prototype between 20 Hz and 20 kHz (or 0.45 of the
// rate), else two. A cut is the exact inverse of the boost. Takes some 0.1 ms. [control]
//
// Method: poles and zeros of the bilinear design are refined so that the largest error in dB is
// smallest: Levenberg-Marquardt steps on the squared error, weights raised where it is largest
// (C. L. Lawson, 1961). In logarithms of pole frequency, pole damping and numerator coefficients
// every result is stable and of minimum phase.
MatchedFilter DesignMatchedFilter(FilterType type, double frequency_hz, double gain_db, double q,
                                  double sample_rate_hz);

}  // namespace auralis
