#pragma once
// Second-order filters as people name them, turned into trapezoidal state-variable sections.

#include <array>
#include <complex>
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
  kAllPass,
  kTilt
};
inline constexpr auto kFilterTypeNames =
    std::to_array<std::string_view>({"off", "bell", "low-shelf", "high-shelf", "low-pass",
                                     "high-pass", "band-pass", "notch", "all-pass", "tilt"});

// How steep a low-pass or high-pass falls: Butterworth of 6 to 96 dB an octave, Linkwitz-Riley of
// 12 to 96 (at the corner -6 dB), or 12 dB an octave with the resonance that Q says.
enum class FilterSlope {
  k6,
  k12,
  k18,
  k24,
  k36,
  k48,
  k72,
  k96,
  kLr12,
  kLr24,
  kLr48,
  kLr96,
  kResonant
};
inline constexpr auto kFilterSlopeNames =
    std::to_array<std::string_view>({"bw6", "bw12", "bw18", "bw24", "bw36", "bw48", "bw72", "bw96",
                                     "lr12", "lr24", "lr48", "lr96", "resonant"});
inline constexpr std::size_t kMaxSlopeSections = 8;

// A section with the input x, the band-pass output v1 and the low-pass output v2 of a
// state-variable filter gives m0 x + m1 v1 + m2 v2. `g` is tan(pi f / rate), `k` is 1/Q.
struct SvFilter {
  double g = 1.0;
  double k = 1.0;
  double m0 = 1.0;
  double m1 = 0.0;
  double m2 = 0.0;

  // Transfer function at a frequency, given tan(pi frequency / rate).
  std::complex<double> TransferAt(double tangent) const noexcept {
    const std::complex<double> s(0.0, tangent / g);
    return m0 + (m1 * s + m2) / (s * s + k * s + 1.0);
  }
  // Lets everything through as it is.
  bool is_identity() const noexcept { return m0 == 1.0 && m1 == 0.0 && m2 == 0.0; }
};

// Bilinear transforms of the analogue prototypes, the frequency kept exact (V. Zavalishin, The Art
// of VA Filter Design, 2.1, chapters 3 to 5; A. Simper, Linear trapezoidal integrated SVF, 2013).
// `frequency_hz` is held within 1 Hz and 0.49 of the rate; `q` > 0. Gain concerns bell and shelves,
// whose Q is that of the prototype: 0.7071 makes a shelf without a bump. A gain of 0 dB is the
// identity. Band-pass peaks at 0 dB. A tilt turns the spectrum about its frequency: half the gain
// up above, half down below, by a first-order shelf. [any]
SvFilter DesignFilter(FilterType type, double frequency_hz, double gain_db, double q,
                      double sample_rate_hz) noexcept;

// The sections of a low-pass or high-pass of that slope (S. Butterworth, 1930; S. Linkwitz and R.
// Riley, 1976: a squared Butterworth). Unused ones are the identity. [any]
struct SlopeSections {
  std::array<SvFilter, kMaxSlopeSections> sections;
  std::size_t count = 0;
};
SlopeSections DesignSlope(FilterType type, FilterSlope slope, double frequency_hz, double q,
                          double sample_rate_hz) noexcept;

}  // namespace auralis
