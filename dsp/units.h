#pragma once
// Conversions between what people set (dB, ms) and what the signal needs (factors, frames).
// The only place with these formulas.

#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>

namespace auralis {

inline float DbToGain(float db) noexcept { return std::exp2(db * 0.166096404744368F); }
inline double DbToGain(double db) noexcept { return std::pow(10.0, db / 20.0); }

// -infinity for silence.
inline float GainToDb(float gain) noexcept {
  return gain > 0.0F ? 20.0F * std::log10(gain) : -std::numeric_limits<float>::infinity();
}
inline double GainToDb(double gain) noexcept {
  return gain > 0.0 ? 20.0 * std::log10(gain) : -std::numeric_limits<double>::infinity();
}

// Nearest whole number of frames.
inline std::size_t MsToFrames(double ms, double sample_rate_hz) noexcept {
  return static_cast<std::size_t>(std::lround(ms * 1e-3 * sample_rate_hz));
}

// Feedback coefficient of a one-pole low-pass that covers 63.2 % of a step in `ms`.
inline double MsToOnePole(double ms, double sample_rate_hz) noexcept {
  return std::exp(-1.0 / (ms * 1e-3 * sample_rate_hz));
}

inline float MsToOnePole(float ms, double sample_rate_hz) noexcept {
  return static_cast<float>(MsToOnePole(static_cast<double>(ms), sample_rate_hz));
}

// From 0 to 1 as `u` does, level at both ends: a ramp without kinks.
inline float SmoothStep(float u) noexcept { return u * u * (3.0F - 2.0F * u); }

}  // namespace auralis
