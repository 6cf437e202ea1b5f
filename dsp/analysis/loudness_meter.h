#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "dsp/analysis/gated_loudness.h"
#include "dsp/analysis/loudness_range.h"
#include "dsp/kernels/k_weighting.h"

namespace auralis {

// Loudness of a stereo signal after ITU-R BS.1770-4 and EBU R 128 (Tech 3341). Energy is gathered
// in slots of 10 ms; every window is a sum of slots, so no audio is ever scanned again.
class LoudnessMeter {
 public:
  void Prepare(double sample_rate_hz);  // [control] Allocates, and forgets. 8 to 384 kHz.
  // [any] Any number of frames; readings are the same however the stream is cut.
  void Push(const float* left, const float* right, std::size_t frames) noexcept;

  // [any] As of the last whole slot; what came before the start counts as silence.
  double momentary_lufs() const noexcept { return MeanLufs(kMomentarySlots); }   // 400 ms
  double short_term_lufs() const noexcept { return MeanLufs(kShortTermSlots); }  // 3 s
  double integrated_lufs() const noexcept { return gated_.lufs(); }
  double range_lu() noexcept { return range_.lu(); }  // EBU Tech 3342

 private:
  static constexpr std::size_t kMomentarySlots = 40;
  static constexpr std::size_t kShortTermSlots = 300;
  static constexpr std::size_t kGatingHopSlots = 10;
  struct Slot {
    double sum = 0.0;
    std::size_t frames = 0;
  };

  void PushSteps(const float* left, const float* right, std::size_t steps) noexcept;
  void StartSlot() noexcept;
  void EndSlot() noexcept;
  double MeanSquare(std::size_t slots) const noexcept;
  double MeanLufs(std::size_t slots) const noexcept { return LoudnessLufs(MeanSquare(slots)); }

  KWeightingMatrix matrix_;
  KWeightingState state_;
  // Frames that do not fill a step of the kernel yet.
  std::array<std::array<float, kKWeightingStepFrames>, 2> pending_{};
  std::array<Slot, kShortTermSlots> slots_{};
  GatedLoudness gated_;
  LoudnessRange range_;
  KWeightingKernels kernels_{};
  std::size_t pending_frames_ = 0;

  double steps_per_slot_ = 0.0;
  std::uint64_t slots_done_ = 0;
  std::uint64_t steps_done_ = 0;  // at the start of the slot
  std::size_t slot_steps_ = 0;    // length of the slot being filled
  std::size_t steps_left_ = 0;    // in it
};

}  // namespace auralis
