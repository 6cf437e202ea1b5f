#pragma once
// A cascade of trapezoidal state-variable sections, both channels, sections in SIMD lanes.

#include <cstddef>

#include "dsp/units.h"

namespace auralis {

// Sections and their states, one plane an entry, so that lanes load them as they lie.
//
// Per section and sample, with states s1 and s2:
//   y   = d0 x + d1 s1 + d2 s2
//   s1' = s1 + b1 s1 + b2 (x - s2)
//   s2' = s2 + b2 s1 + b3 (x - s2)
// which is the trapezoidal state-variable filter (SvFilter) solved for its states: with
// a = 1 / (1 + g (g + k)): b1 = -2 g (g + k) a, b2 = 2 g a, b3 = 2 g g a. The small parts of the
// update stay small numbers instead of being rounded as differences from 1; that is what keeps a
// 20 Hz section exact in float at 192 kHz. At d0 = 1, d1 = d2 = 0 a section is the identity bit
// for bit.
//
// The state update is a contraction in the Euclidean norm for every g, k >= 0 (the Cayley transform
// of a dissipative matrix), and mixtures of contractions are contractions: coefficients may move
// in a straight line between any two filters and the cascade stays stable.
struct SvCascade {
  static constexpr std::size_t kMaxSections = 256;
  static constexpr std::size_t kFewSections = 3;
  enum Coefficient : std::size_t { kB1, kB2, kB3, kD0, kD1, kD2, kCoefficients };
  enum State : std::size_t { kS1, kS2, kStates };

  using Plane = float[kMaxSections];

  std::size_t sections = 0;
  // [channel][coefficient]: the value at the start of a ramp, and how much it changes by its end.
  alignas(64) Plane value[2][kCoefficients] = {};
  alignas(64) Plane change[2][kCoefficients] = {};
  alignas(64) Plane state[2][kStates] = {};
};

// A part of a ramp: frame i of a call is frame elapsed_frames + 1 + i of ramp_frames.
struct SvRamp {
  std::size_t elapsed_frames;
  std::size_t ramp_frames;
};
// How far along a ramp is, 0 to 1: u u (3 - 2 u), because a straight line has kinks at its ends,
// and a kink in a strong filter is heard.
inline float SvRampPosition(SvRamp ramp, std::size_t frame) noexcept {
  const float u =
      static_cast<float>(ramp.elapsed_frames + 1 + frame) / static_cast<float>(ramp.ramp_frames);
  return SmoothStep(u);
}

struct SvCascadeKernels {
  // In place, any length. Coefficients are `value`, sections at most kFewSections: more are the
  // business of SvSettled. [rt]
  void (*few)(SvCascade& cascade, float* left, float* right, std::size_t frames);
  // Any number, with coefficients value + change * SvRampPosition(ramp, i) for frame i. [rt]
  void (*moving)(SvCascade& cascade, SvRamp ramp, float* left, float* right, std::size_t frames);
};

// For the CPU this runs on. Call it in Prepare(), keep the result. [control]
SvCascadeKernels ResolveSvCascadeKernels();

}  // namespace auralis
