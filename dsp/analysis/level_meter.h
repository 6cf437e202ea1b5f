#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace auralis {

// How left and right belong together.
struct StereoReadings {
  float correlation = 0.0F;  // -1 to 1, that of Pearson; 0 where a channel is silent
  float width = 0.0F;        // side / (middle + side) of RMS: 0 mono, 1 nothing but side
  float balance_db = 0.0F;   // of right over left, within +-60; 0 in silence
};

// Sample peak since it was last asked, RMS and what the channels have in common over a sliding 300
// ms, crest factor over a sliding 3 s.
class LevelMeter {
 public:
  void Prepare(double sample_rate_hz);  // [control]
  // [any] Any number of frames. RMS rounds with the cut, in the seventh digit.
  void Push(const float* left, const float* right, std::size_t frames) noexcept;
  std::array<float, 2> TakePeaks() noexcept;  // [any] Linear; starts new maxima.
  // [any] Linear, over the last 29 to 30 slots of 10 ms; before the start was silence.
  std::array<float, 2> rms() const noexcept;
  StereoReadings stereo() const noexcept;  // [any] over the same
  // [any] Highest |sample| of both channels over the RMS of the louder one, in the last 3 s that
  // were heard; 0 in silence. A sine has 3.01 dB.
  float crest_db() const noexcept;

 private:
  static constexpr std::size_t kWindowSlots = 30;
  static constexpr std::size_t kCrestSlots = 300;
  static constexpr double kSlotsPerSecond = 100.0;
  struct Slot {
    double left = 0.0;  // sums of squares
    double right = 0.0;
    double cross = 0.0;  // of left times right
    float peak = 0.0F;   // of both
  };
  void StartSlot() noexcept;
  Slot SumOf(std::size_t slots) const noexcept;

  std::array<float, 2> peaks_{};
  std::array<Slot, kCrestSlots> slots_{};  // a ring; the current one grows
  double slot_length_frames_ = 0.0;
  std::uint64_t slot_ = 0;  // counted from the start
  std::size_t frames_left_ = 0;
};

}  // namespace auralis
