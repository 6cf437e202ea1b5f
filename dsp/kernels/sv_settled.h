#pragma once
// A cascade of state-variable sections that stand still, both channels, sections in SIMD lanes.

#include <cstddef>

#include "dsp/kernels/sv_cascade.h"

namespace auralis {

// The sections of an SvCascade in the form that costs least once nothing moves:
//   y  = d0 x + e1 r + e2 p
//   q  = p + c2 r
//   r' = r + c1 r + (x - q)
//   p' = q
// which is H. Chamberlin's filter with the trapezoidal one's poles and response: five
// multiplications instead of seven, and the small parts as small as before, for poles anywhere but
// near half the sample rate. Those lie as far from -1 as the poles of a low section from 1, and run
// mirrored: r' and p' change their signs.
//
// States depend on the coefficients here, so this is not for coefficients that move.
struct SvSettled {
  static constexpr std::size_t kMaxSections = SvCascade::kMaxSections;
  enum Coefficient : std::size_t { kC1, kC2, kD0, kE1, kE2, kSign, kCoefficients };
  enum State : std::size_t { kR, kP, kStates };

  // Left and right of a section side by side, the last section first: as vectors load them. Beyond
  // the sections is as much silence as one vector reads.
  using Plane = float[2 * kMaxSections + 16];

  std::size_t At(std::size_t section, std::size_t channel) const noexcept {
    return 2 * (sections - 1 - section) + channel;
  }

  std::size_t sections = 0;
  bool any_mirrored = false;  // kSign is -1 somewhere, not 1
  alignas(64) Plane value[kCoefficients] = {};
  alignas(64) Plane state[kStates] = {};
};

// What `cascade` is at its values, with its states. b2 is not 0 in any section. [rt]
void Settle(const SvCascade& cascade, SvSettled& settled) noexcept;
// Takes the states of `settled` back into the cascade that it was made of. [rt]
void TakeStates(const SvSettled& settled, SvCascade& cascade) noexcept;

// In place, any length; for the CPU this runs on. Call Resolve in Prepare(). [rt], [control]
using SvSettledKernel = void (*)(SvSettled& sections, float* left, float* right,
                                 std::size_t frames);
SvSettledKernel ResolveSvSettledKernel();

}  // namespace auralis
