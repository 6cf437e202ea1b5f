#pragma once

#include <array>
#include <cstddef>
#include <vector>

namespace auralis {

// Lowers the rate of a stereo signal by a whole factor behind a linear-phase low-pass: flat within
// 0.01 dB to a quarter of the new rate, and what would alias below that is 80 dB down.
class Decimator {
 public:
  void Prepare(std::size_t factor);  // [control]
  // [any] Writes the frames that fall due, at most frames / factor + 1 of each channel, and says
  // how many. At most kMaxFrames frames a call.
  std::size_t Push(const float* left, const float* right, std::size_t frames, float* out_left,
                   float* out_right) noexcept;
  static constexpr std::size_t kMaxFrames = 256;

 private:
  std::size_t factor_ = 1;
  std::vector<float> taps_;
  std::array<std::vector<float>, 2> samples_;  // history of taps - 1 frames, then the piece
  std::size_t until_next_ = 0;                 // frames before the next output falls due
};

}  // namespace auralis
