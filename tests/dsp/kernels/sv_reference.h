#pragma once
// Cascades of state-variable sections, and what they put out, in double.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <random>
#include <span>
#include <vector>

#include "dsp/filter_design.h"
#include "dsp/kernels/sv_cascade.h"
#include "dsp/sv_bank.h"
#include "tests/support/measure.h"
#include "tests/support/signals.h"

namespace auralis::test {

inline constexpr double kSvRateHz = 48000.0;

// The filter as the literature writes it, one section, one channel, in double.
struct SvReferenceSection {
  SvFilter filter;
  double ic1 = 0.0;
  double ic2 = 0.0;

  double Next(double x) {
    const double a1 = 1.0 / (1.0 + filter.g * (filter.g + filter.k));
    const double a2 = filter.g * a1;
    const double a3 = filter.g * a2;
    const double v3 = x - ic2;
    const double v1 = a1 * ic1 + a2 * v3;
    const double v2 = ic2 + a2 * ic1 + a3 * v3;
    ic1 = 2.0 * v1 - ic1;
    ic2 = 2.0 * v2 - ic2;
    return filter.m0 * x + filter.m1 * v1 + filter.m2 * v2;
  }
};

inline SvFilter RandomFilter(std::minstd_rand& generator, double largest_gain_db) {
  const auto uniform = [&](double low, double high) {
    return low + (high - low) * static_cast<double>(generator()) /
                     static_cast<double>(std::minstd_rand::max());
  };
  constexpr FilterType kTypes[] = {FilterType::kBell, FilterType::kLowShelf, FilterType::kHighShelf,
                                   FilterType::kAllPass};
  return DesignFilter(kTypes[generator() % 4], 20.0 * std::pow(1000.0, uniform(0.0, 1.0)),
                      uniform(-largest_gain_db, largest_gain_db), uniform(0.4, 4.0), kSvRateHz);
}

inline void SetSection(SvCascade& cascade, std::size_t channel, std::size_t section,
                       const SvFilter& filter) {
  const SvTarget target = MakeSvTarget(filter, SvTarget::Side::kBoth);
  for (std::size_t c = 0; c < SvCascade::kCoefficients; ++c) {
    cascade.value[channel][c][section] = target.coefficients[c];
  }
}

// Both channels with filters of their own.
struct RandomCascade {
  std::unique_ptr<SvCascade> product = std::make_unique<SvCascade>();
  std::vector<SvReferenceSection> reference[2];

  RandomCascade(std::size_t sections, unsigned seed) {
    std::minstd_rand generator(seed);
    product->sections = sections;
    // Fewer dB where there are more sections: full scale stays full scale.
    const double gain_db = 12.0 / std::sqrt(static_cast<double>(sections));
    for (std::size_t ch = 0; ch < 2; ++ch) {
      for (std::size_t s = 0; s < sections; ++s) {
        const SvFilter filter = RandomFilter(generator, gain_db);
        SetSection(*product, ch, s, filter);
        reference[ch].push_back({.filter = filter});
      }
    }
  }
  std::vector<float> Expected(std::size_t channel, const std::vector<float>& x) {
    std::vector<float> y(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
      double v = static_cast<double>(x[i]);
      for (SvReferenceSection& section : reference[channel]) v = section.Next(v);
      y[i] = static_cast<float>(v);
    }
    return y;
  }
  // The largest difference of what `process(left, right, frames)` makes of noise in blocks of these
  // lengths, one after the other: state is carried on.
  template <class Process>
  double LargestError(std::span<const std::size_t> lengths, const Process& process) {
    double largest = 0.0;
    unsigned seed = 100;
    for (const std::size_t length : lengths) {
      const auto x_left = Noise(0.25, length, ++seed);
      const auto x_right = Noise(0.25, length, ++seed);
      auto left = x_left;
      auto right = x_right;
      process(left.data(), right.data(), length);
      largest = std::max(largest, LargestDifference(left, Expected(0, x_left)));
      largest = std::max(largest, LargestDifference(right, Expected(1, x_right)));
    }
    return largest;
  }
};

}  // namespace auralis::test
