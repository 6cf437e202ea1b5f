#include "dsp/filter_design.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace auralis {

SvFilter DesignFilter(FilterType type, double frequency_hz, double gain_db, double q,
                      double sample_rate_hz) noexcept {
  const double f = std::clamp(frequency_hz, 1.0, 0.49 * sample_rate_hz);
  const double g = std::tan(std::numbers::pi * f / sample_rate_hz);
  const double k = 1.0 / q;
  const double a = std::pow(10.0, gain_db / 40.0);  // the root of the gain
  switch (type) {
    case FilterType::kOff:
      return {.g = g, .k = k};
    case FilterType::kBell:
      return {.g = g, .k = k / a, .m0 = 1.0, .m1 = k / a * (a * a - 1.0), .m2 = 0.0};
    case FilterType::kLowShelf:
      return {.g = g / std::sqrt(a), .k = k, .m0 = 1.0, .m1 = k * (a - 1.0), .m2 = a * a - 1.0};
    case FilterType::kHighShelf:
      return {
          .g = g * std::sqrt(a), .k = k, .m0 = a * a, .m1 = k * a * (1.0 - a), .m2 = 1.0 - a * a};
    case FilterType::kLowPass:
      return {.g = g, .k = k, .m0 = 0.0, .m1 = 0.0, .m2 = 1.0};
    case FilterType::kHighPass:
      return {.g = g, .k = k, .m0 = 1.0, .m1 = -k, .m2 = -1.0};
    case FilterType::kBandPass:
      return {.g = g, .k = k, .m0 = 0.0, .m1 = k, .m2 = 0.0};
    case FilterType::kNotch:
      return {.g = g, .k = k, .m0 = 1.0, .m1 = -k, .m2 = 0.0};
    case FilterType::kAllPass:
      return {.g = g, .k = k, .m0 = 1.0, .m1 = -2.0 * k, .m2 = 0.0};
  }
  return {};
}

}  // namespace auralis
