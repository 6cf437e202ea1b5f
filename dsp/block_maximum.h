#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace auralis {

// The largest of the last `window` non-negative values, for blocks: level k has those of the last
// 2^k, each the larger of two of the level below, and the window is covered by two of the last
// level. No value waits for the one before it. What came before the start counts as 0.
class BlockMaximum {
 public:
  static constexpr std::size_t kMostLevels = 16;
  // What a kernel makes of it: after each level `from[i]`, the larger of it and `from[i - back]`.
  struct Step {
    const float* from;
    std::size_t back;
    float* to;
  };

  void Prepare(std::size_t window, std::size_t block_frames) {  // [control] 1 <= window < 2^16
    levels_ = 1;
    while ((std::size_t{2} << (levels_ - 1)) <= window) ++levels_;
    // Long enough that what is remembered is seldom moved.
    room_ = std::max<std::size_t>(block_frames, 1024);
    for (std::size_t k = 0; k < levels_; ++k) {
      back_[k] = k + 1 < levels_ ? std::size_t{1} << k : window - (std::size_t{1} << k);
      values_[k].assign(back_[k] + room_, 0.0F);
    }
    Reset();
  }
  void Reset() noexcept {  // [rt]
    for (std::size_t k = 0; k < levels_; ++k) std::fill(values_[k].begin(), values_[k].end(), 0.0F);
    at_ = 0;
  }
  // In place, at most block_frames; `kernel(Step)` for each level. [rt]
  template <class Kernel>
  void Process(float* values, std::size_t frames, Kernel kernel) noexcept {
    if (at_ + frames > room_) Rewind();
    std::copy_n(values, frames, values_[0].data() + back_[0] + at_);
    for (std::size_t k = 0; k < levels_; ++k) {
      const bool last = k + 1 == levels_;
      kernel(Step{.from = values_[k].data() + back_[k] + at_,
                  .back = back_[k],
                  .to = last ? values : values_[k + 1].data() + back_[k + 1] + at_});
    }
    at_ += frames;
  }

 private:
  void Rewind() noexcept {
    for (std::size_t k = 0; k < levels_; ++k) {
      std::copy_n(values_[k].data() + at_, back_[k], values_[k].data());
    }
    at_ = 0;
  }

  std::size_t levels_ = 1;
  std::size_t room_ = 0;
  std::size_t at_ = 0;
  std::array<std::size_t, kMostLevels> back_{};
  std::array<std::vector<float>, kMostLevels> values_;  // remembered ones, then the room
};

}  // namespace auralis
