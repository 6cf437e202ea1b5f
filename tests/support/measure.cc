#include "tests/support/measure.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>
#include <vector>

namespace auralis::test {
namespace {

struct SineFit {
  double offset = 0.0;
  double cosine = 0.0;
  double sine = 0.0;
};

// Least squares for x[n] ~ offset + cosine cos(wn) + sine sin(wn): three normal equations,
// solved by Cramer's rule.
SineFit FitSine(std::span<const float> x, double w) {
  double s11 = 0, s12 = 0, s13 = 0, s22 = 0, s23 = 0, s33 = 0, b1 = 0, b2 = 0, b3 = 0;
  for (std::size_t n = 0; n < x.size(); ++n) {
    const double c = std::cos(w * static_cast<double>(n));
    const double s = std::sin(w * static_cast<double>(n));
    const double v = static_cast<double>(x[n]);
    s11 += 1.0;
    s12 += c;
    s13 += s;
    s22 += c * c;
    s23 += c * s;
    s33 += s * s;
    b1 += v;
    b2 += c * v;
    b3 += s * v;
  }
  const double det =
      s11 * (s22 * s33 - s23 * s23) - s12 * (s12 * s33 - s23 * s13) + s13 * (s12 * s23 - s22 * s13);
  const double d1 =
      b1 * (s22 * s33 - s23 * s23) - s12 * (b2 * s33 - s23 * b3) + s13 * (b2 * s23 - s22 * b3);
  const double d2 =
      s11 * (b2 * s33 - s23 * b3) - b1 * (s12 * s33 - s23 * s13) + s13 * (s12 * b3 - b2 * s13);
  const double d3 =
      s11 * (s22 * b3 - b2 * s23) - s12 * (s12 * b3 - b2 * s13) + b1 * (s12 * s23 - s22 * s13);
  return {.offset = d1 / det, .cosine = d2 / det, .sine = d3 / det};
}

}  // namespace

double Db(double gain) { return gain > 1e-20 ? 20.0 * std::log10(gain) : -400.0; }

double PeakOf(std::span<const float> x) {
  double peak = 0.0;
  for (const float v : x) peak = std::max(peak, std::abs(static_cast<double>(v)));
  return peak;
}

double TruePeakOf(std::span<const float> x) {
  constexpr std::size_t kPhases = 16;
  constexpr std::size_t kHalf = kTruePeakMargin;
  constexpr double kBeta = 9.0;
  // By phase, then by frame; of them the first is kHalf - 1 frames before the instant's own.
  static const std::vector<double> kTaps = [] {
    std::vector<double> taps;
    for (std::size_t phase = 0; phase < kPhases; ++phase) {
      for (std::size_t tap = 0; tap < 2 * kHalf; ++tap) {
        const double t =
            static_cast<double>(phase) / kPhases - static_cast<double>(tap) + kHalf - 1;
        const double at = t / kHalf;
        const double window =
            std::cyl_bessel_i(0.0, kBeta * std::sqrt(std::max(0.0, 1.0 - at * at))) /
            std::cyl_bessel_i(0.0, kBeta);
        const double pi_t = std::numbers::pi * t;
        taps.push_back((t == 0.0 ? 1.0 : std::sin(pi_t) / pi_t) * window);
      }
    }
    return taps;
  }();
  double peak = 0.0;
  for (std::size_t n = kHalf - 1; n + kHalf < x.size(); ++n) {
    for (std::size_t phase = 0; phase < kPhases; ++phase) {
      const double* const taps = kTaps.data() + phase * 2 * kHalf;
      double sum = 0.0;
      for (std::size_t tap = 0; tap < 2 * kHalf; ++tap) {
        sum += taps[tap] * static_cast<double>(x[n + tap - (kHalf - 1)]);
      }
      peak = std::max(peak, std::abs(sum));
    }
  }
  return peak;
}

double RmsOf(std::span<const float> x) {
  double sum = 0.0;
  for (const float v : x) sum += static_cast<double>(v) * static_cast<double>(v);
  return x.empty() ? 0.0 : std::sqrt(sum / static_cast<double>(x.size()));
}

double ToneAmplitude(std::span<const float> x, double frequency_hz, double sample_rate_hz) {
  const double w = 2.0 * std::numbers::pi * frequency_hz / sample_rate_hz;
  double re = 0.0, im = 0.0, window_sum = 0.0;
  for (std::size_t n = 0; n < x.size(); ++n) {
    const double t = static_cast<double>(n);
    const double window =
        0.5 - 0.5 * std::cos(2.0 * std::numbers::pi * t / static_cast<double>(x.size()));
    re += window * static_cast<double>(x[n]) * std::cos(w * t);
    im += window * static_cast<double>(x[n]) * std::sin(w * t);
    window_sum += window;
  }
  return 2.0 * std::hypot(re, im) / window_sum;
}

double ResidualRms(std::span<const float> x, double frequency_hz, double sample_rate_hz) {
  const double w = 2.0 * std::numbers::pi * frequency_hz / sample_rate_hz;
  const SineFit fit = FitSine(x, w);
  double sum = 0.0;
  for (std::size_t n = 0; n < x.size(); ++n) {
    const double t = static_cast<double>(n);
    const double rest = static_cast<double>(x[n]) - fit.offset - fit.cosine * std::cos(w * t) -
                        fit.sine * std::sin(w * t);
    sum += rest * rest;
  }
  return std::sqrt(sum / static_cast<double>(x.size()));
}

std::size_t DelayBetween(std::span<const float> earlier, std::span<const float> later,
                         std::size_t max_frames) {
  std::size_t best_delay = 0;
  double best = -std::numeric_limits<double>::infinity();
  for (std::size_t delay = 0; delay <= max_frames && delay < later.size(); ++delay) {
    const std::size_t count = std::min(earlier.size(), later.size() - delay);
    double sum = 0.0;
    for (std::size_t n = 0; n < count; ++n) {
      sum += static_cast<double>(earlier[n]) * static_cast<double>(later[n + delay]);
    }
    if (sum > best) {
      best = sum;
      best_delay = delay;
    }
  }
  return best_delay;
}

double LargestDifference(std::span<const float> a, std::span<const float> b) {
  if (a.size() != b.size()) throw std::invalid_argument("signals differ in length");
  double worst = 0.0;
  for (std::size_t n = 0; n < a.size(); ++n) {
    worst = std::max(worst, std::abs(static_cast<double>(a[n]) - static_cast<double>(b[n])));
  }
  return worst;
}

}  // namespace auralis::test
