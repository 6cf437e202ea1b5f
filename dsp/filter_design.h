#pragma once
// Second-order filters as people name them, turned into trapezoidal state-variable sections.

#include <array>
#include <cstddef>
#include <string_view>

namespace auralis {

enum class FilterType {
  kOff,
  kBell,
  kLowShelf,
  kHighShelf,
  kLowPass,
  kHighPass,
  kBandPass,
  kNotch,
  kAllPass
};
inline constexpr auto kFilterTypeNames =
    std::to_array<std::string_view>({"off", "bell", "low-shelf", "high-shelf", "low-pass",
                                     "high-pass", "band-pass", "notch", "all-pass"});

// A section with the input x, the band-pass output v1 and the low-pass output v2 of a
// state-variable filter gives m0 x + m1 v1 + m2 v2. `g` is tan(pi f / rate), `k` is 1/Q.
struct SvFilter {
  double g = 1.0;
  double k = 1.0;
  double m0 = 1.0;
  double m1 = 0.0;
  double m2 = 0.0;

  // Lets everything through as it is.
  bool is_identity() const noexcept { return m0 == 1.0 && m1 == 0.0 && m2 == 0.0; }
};

// Bilinear transforms of the analogue prototypes, the frequency kept exact (V. Zavalishin, The Art
// of VA Filter Design, 2.1, chapters 3 to 5; A. Simper, Linear trapezoidal integrated SVF, 2013).
// `frequency_hz` is held within 1 Hz and 0.49 of the rate; `q` > 0. Gain concerns bell and shelves,
// whose Q is that of the prototype: 0.7071 makes a shelf without a bump. A gain of 0 dB is the
// identity. Band-pass peaks at 0 dB. [any]
SvFilter DesignFilter(FilterType type, double frequency_hz, double gain_db, double q,
                      double sample_rate_hz) noexcept;

}  // namespace auralis
