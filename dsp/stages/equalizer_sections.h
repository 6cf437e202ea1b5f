#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "dsp/partitioned_convolver.h"
#include "dsp/smoother.h"
#include "dsp/stage.h"
#include "dsp/sv_bank.h"

namespace auralis {

inline constexpr std::size_t kEqualizerBands = 32;
inline constexpr std::size_t kEqualizerSections = kEqualizerBands * kMaxSlopeSections;

// What the equalizer aims at.
struct EqualizerTargets {
  float preamp_gain;
  std::array<SvTarget, kEqualizerSections> left_right;
  std::array<SvTarget, kEqualizerSections> mid_side;
  const PartitionedConvolver::Item* linear_phase;  // nullptr with minimum phase
  // Grows with each change that is too far for a ramp.
  std::uint32_t jumps;
};

// The equalizer with minimum phase, in the order of the signal: preamp, what works on left and
// right, what works on middle and side.
class EqualizerSections {
 public:
  void Prepare(const ProcessSpec& spec, float ramp_ms);       // [control] all off
  void Reset() noexcept;                                      // [rt]
  void SetTargets(const EqualizerTargets& targets) noexcept;  // [rt] ramps
  void Process(StereoView io) noexcept;                       // [rt]

 private:
  Smoother preamp_;
  SvBank left_right_;
  SvBank mid_side_;
};

}  // namespace auralis
