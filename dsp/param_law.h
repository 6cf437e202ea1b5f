#pragma once
// How a knob travels over a parameter's range: positions 0 to 1 to values and back. MIDI
// controllers, sweeps and any other continuous control share this one law.

#include <algorithm>
#include <cmath>

#include "dsp/param.h"

namespace auralis {

// The value at `position`, held within 0 to 1: evenly over the range, over its logarithm, or, for
// toggles and choices, in equal slices. Always in range; exact at both ends. [any]
inline float ValueAt(const ParamSpec& spec, double position) noexcept {
  const double at = std::clamp(position, 0.0, 1.0);
  const auto low = static_cast<double>(spec.min);
  const auto high = static_cast<double>(spec.max);
  switch (spec.scale) {
    case Scale::kLinear:
      return std::clamp(static_cast<float>(low + at * (high - low)), spec.min, spec.max);
    case Scale::kLog:
      return std::clamp(static_cast<float>(low * std::pow(high / low, at)), spec.min, spec.max);
    case Scale::kToggle:
    case Scale::kChoice: {
      const double slices = high - low + 1.0;
      return static_cast<float>(low + std::min(std::floor(at * slices), high - low));
    }
  }
  return spec.def;
}

// The position at which ValueAt() gives `value`; the middle of a slice for toggles and choices.
// [any]
inline double PositionOf(const ParamSpec& spec, float value) noexcept {
  const auto low = static_cast<double>(spec.min);
  const auto high = static_cast<double>(spec.max);
  const double v = std::clamp(static_cast<double>(value), low, high);
  switch (spec.scale) {
    case Scale::kLinear:
      return (v - low) / (high - low);
    case Scale::kLog:
      return std::log(v / low) / std::log(high / low);
    case Scale::kToggle:
    case Scale::kChoice:
      return (v - low + 0.5) / (high - low + 1.0);
  }
  return 0.0;
}

}  // namespace auralis
