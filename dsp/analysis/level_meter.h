#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace auralis {

// Sample peak since it was last asked, and RMS over a sliding 300 ms, of each channel.
class LevelMeter {
 public:
  void Prepare(double sample_rate_hz);  // [control]
  // [any] Any number of frames. RMS rounds with the cut, in the seventh digit.
  void Push(const float* left, const float* right, std::size_t frames) noexcept;
  std::array<float, 2> TakePeaks() noexcept;  // [any] Linear; starts new maxima.
  // [any] Linear, over the last 29 to 30 slots of 10 ms; before the start was silence.
  std::array<float, 2> rms() const noexcept;

 private:
  static constexpr std::size_t kWindowSlots = 30;
  static constexpr double kSlotsPerSecond = 100.0;
  struct Channel {
    float peak = 0.0F;
    std::array<double, kWindowSlots> slots{};  // sums of squares; the current one grows
  };
  void StartSlot() noexcept;

  std::array<Channel, 2> channels_;
  double slot_length_frames_ = 0.0;
  std::uint64_t slot_ = 0;  // counted from the start
  std::size_t frames_left_ = 0;
};

}  // namespace auralis
