#pragma once

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>

#include "dsp/stage.h"

namespace auralis {

// Says when nothing needs to be computed: the input has been silent, to the bit, and the output
// below -140 dBFS, each for longer than any response lasts, so that nothing is on its way through
// any more. The first block that is not silent is computed at once, with everything as it was left:
// what comes out is as if the silence had been shorter.
class IdleGate {
 public:
  // 10 s, and half a second more than the longest response.
  static constexpr double kSilenceSeconds = 10.5;

  // In which what is on its way through has been heard, unless it is an echo.
  static constexpr double kQuietSeconds = 0.1;

  void Prepare(double sample_rate_hz) {  // [control]
    needed_frames_ = static_cast<std::size_t>(kSilenceSeconds * sample_rate_hz);
    second_frames_ = static_cast<std::size_t>(sample_rate_hz);
    quiet_needed_frames_ = static_cast<std::size_t>(kQuietSeconds * sample_rate_hz);
  }

  static bool IsSilent(StereoView input) noexcept { return IsWithin(input, 0.0F); }

  // [rt] Whether this block is to be computed.
  bool MustCompute(StereoView input) noexcept {
    const bool silent = IsSilent(input);
    silent_input_frames_ =
        silent ? std::min(silent_input_frames_ + input.frames, needed_frames_) : 0;
    if (!silent) silent_output_frames_ = quiet_frames_ = 0;
    const bool idle =
        silent_input_frames_ >= needed_frames_ && silent_output_frames_ >= needed_frames_;
    idle_.store(idle, std::memory_order_relaxed);
    return !idle;
  }
  // [rt] What came of a block that was computed.
  void Computed(StereoView output) noexcept {
    if (!IsWithin(output, kInaudible)) {
      silent_output_frames_ = quiet_frames_ = 0;
      return;
    }
    silent_output_frames_ = std::min(silent_output_frames_ + output.frames, needed_frames_);
    quiet_frames_ = std::min(quiet_frames_ + output.frames, quiet_needed_frames_);
  }
  // [rt] Another second is computed.
  void KeepAwake() noexcept {
    silent_output_frames_ = std::min(silent_output_frames_, needed_frames_ - second_frames_);
  }
  // [rt] Something is to change: the same, in which it comes to rest.
  void Wake() noexcept {
    KeepAwake();
    quiet_frames_ = 0;
  }
  // [rt] Nothing was heard for a tenth of a second, and nothing changed.
  bool is_quiet() const noexcept { return quiet_frames_ >= quiet_needed_frames_; }
  bool idle() const noexcept { return idle_.load(std::memory_order_relaxed); }  // [any]

 private:
  static constexpr float kInaudible = 1e-7F;

  // What is no number is not within. Music is told by its first sample.
  static bool IsWithin(StereoView block, float level) noexcept {
    for (std::size_t i = 0; i < block.frames; ++i) {
      const bool left = std::abs(block.left[i]) <= level;
      const bool right = std::abs(block.right[i]) <= level;
      if (!left || !right) return false;
    }
    return true;
  }

  std::size_t needed_frames_ = 0;
  std::size_t second_frames_ = 0;
  std::size_t quiet_needed_frames_ = 0;
  std::size_t quiet_frames_ = 0;
  std::size_t silent_input_frames_ = 0;
  std::size_t silent_output_frames_ = 0;
  std::atomic<bool> idle_{false};
};

}  // namespace auralis
