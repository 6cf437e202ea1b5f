#include "dsp/filter_design.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace auralis {
namespace {

double TangentOf(double frequency_hz, double sample_rate_hz) noexcept {
  const double f = std::clamp(frequency_hz, 1.0, 0.49 * sample_rate_hz);
  return std::tan(std::numbers::pi * f / sample_rate_hz);
}

// (c2 s^2 + c1 s + c0) / (s^2 + k s + 1), s relative to g.
SvFilter FromPolynomials(double g, double k, double c2, double c1, double c0) noexcept {
  return {.g = g, .k = k, .m0 = c2, .m1 = c1 - c2 * k, .m2 = c0 - c2};
}

// First-order sections as second-order ones with a double pole, one of which a zero takes away.
SvFilter DesignFirstOrder(FilterType type, double frequency_hz, double sample_rate_hz) noexcept {
  const double g = TangentOf(frequency_hz, sample_rate_hz);
  return type == FilterType::kLowPass ? FromPolynomials(g, 2.0, 0.0, 1.0, 1.0)
                                      : FromPolynomials(g, 2.0, 1.0, 1.0, 0.0);
}

// (r s + 1) / (s + r) with r the root of the gain, again with a pole too many and its zero.
SvFilter DesignTilt(double g, double gain) noexcept {
  if (gain == 1.0) return {};
  const double r = std::sqrt(gain);
  return FromPolynomials(g * r, 2.0, r, (gain + 1.0) / r, 1.0 / r);
}

struct SlopeShape {
  int order;    // of the Butterworth filter
  int repeats;  // 2: Linkwitz-Riley
};

SlopeShape ShapeOf(FilterSlope slope) noexcept {
  switch (slope) {
    case FilterSlope::k6:
      return {1, 1};
    case FilterSlope::k12:
    case FilterSlope::kResonant:
      return {2, 1};
    case FilterSlope::k18:
      return {3, 1};
    case FilterSlope::k24:
      return {4, 1};
    case FilterSlope::k36:
      return {6, 1};
    case FilterSlope::k48:
      return {8, 1};
    case FilterSlope::k72:
      return {12, 1};
    case FilterSlope::k96:
      return {16, 1};
    case FilterSlope::kLr12:
      return {1, 2};
    case FilterSlope::kLr24:
      return {2, 2};
    case FilterSlope::kLr48:
      return {4, 2};
    case FilterSlope::kLr96:
      return {8, 2};
  }
  return {2, 1};
}

}  // namespace

SvFilter DesignFilter(FilterType type, double frequency_hz, double gain_db, double q,
                      double sample_rate_hz) noexcept {
  const double g = TangentOf(frequency_hz, sample_rate_hz);
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
    case FilterType::kTilt:
      return DesignTilt(g, a * a);
  }
  return {};
}

SlopeSections DesignSlope(FilterType type, FilterSlope slope, double frequency_hz, double q,
                          double sample_rate_hz) noexcept {
  SlopeSections out;
  const auto add = [&](double section_q) {
    out.sections[out.count++] = DesignFilter(type, frequency_hz, 0.0, section_q, sample_rate_hz);
  };
  if (slope == FilterSlope::kResonant) {
    add(q);
    return out;
  }
  const SlopeShape shape = ShapeOf(slope);
  for (int repeat = 0; repeat < shape.repeats; ++repeat) {
    // Poles lie on the unit circle, evenly; each pair is a section, an odd one is of first order.
    for (int pair = 0; pair < shape.order / 2; ++pair) {
      const double angle = std::numbers::pi * (2 * pair + 1) / (2.0 * shape.order);
      add(1.0 / (2.0 * std::sin(angle)));
    }
    if (shape.order % 2 != 0) {
      out.sections[out.count++] = DesignFirstOrder(type, frequency_hz, sample_rate_hz);
    }
  }
  return out;
}

}  // namespace auralis
