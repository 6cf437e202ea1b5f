#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace auralis {

// The largest of the last `window` non-negative values, for blocks: each level has those of four
// times as many as the level below, and the last one those of the window. No value waits for the
// one before it. What came before the start counts as 0.
class BlockMaximum {
 public:
  static constexpr std::size_t kMostLevels = 8;
  // What a kernel makes of it: after each level the largest of `from[i]` and of the three
  // `from[i - back]`.
  struct Step {
    const float* from;
    std::array<std::size_t, 3> back;
    float* to;
  };

  void Prepare(std::size_t window, std::size_t block_frames) {  // [control] 1 <= window <= 2^16
    // Long enough that what is remembered is seldom moved.
    room_ = std::max<std::size_t>(block_frames, 1024);
    levels_ = 0;
    for (std::size_t covered = 1; levels_ == 0 || covered < window; ++levels_) {
      auto& back = back_[levels_];
      for (std::size_t j = 0; j < 3; ++j) back[j] = std::min((j + 1) * covered, window - covered);
      values_[levels_].assign(back[2] + room_, 0.0F);
      covered = std::min(4 * covered, window);
    }
    Reset();
  }
  void Reset() noexcept {  // [rt]
    for (std::size_t k = 0; k < levels_; ++k) std::fill(values_[k].begin(), values_[k].end(), 0.0F);
    at_ = 0;
  }
  // Where the next `frames` values go, at most block_frames. [rt]
  float* Next(std::size_t frames) noexcept {
    if (at_ + frames > room_) Rewind();
    return values_[0].data() + back_[0][2] + at_;
  }
  // Of these; `kernel(Step)` for each level. [rt]
  template <class Kernel>
  void Process(std::size_t frames, float* largest, Kernel kernel) noexcept {
    for (std::size_t k = 0; k < levels_; ++k) {
      const bool last = k + 1 == levels_;
      kernel(Step{.from = values_[k].data() + back_[k][2] + at_,
                  .back = back_[k],
                  .to = last ? largest : values_[k + 1].data() + back_[k + 1][2] + at_});
    }
    at_ += frames;
  }

 private:
  void Rewind() noexcept {
    for (std::size_t k = 0; k < levels_; ++k) {
      std::copy_n(values_[k].data() + at_, back_[k][2], values_[k].data());
    }
    at_ = 0;
  }

  std::size_t levels_ = 1;
  std::size_t room_ = 0;
  std::size_t at_ = 0;
  std::array<std::array<std::size_t, 3>, kMostLevels> back_{};
  std::array<std::vector<float>, kMostLevels> values_;  // remembered ones, then the room
};

}  // namespace auralis
