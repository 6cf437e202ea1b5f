#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace auralis {

// Whole-frame delay of one channel: a ring written and read in one pass.
class DelayLine {
 public:
  void Prepare(std::size_t delay_frames) { ring_.assign(delay_frames, 0.0F); }  // [control]
  void Reset() noexcept {                                                       // [rt]
    std::fill(ring_.begin(), ring_.end(), 0.0F);
    at_ = 0;
  }
  // `out` becomes `in` delayed; they may be the same buffer. [rt]
  void Process(const float* in, float* out, std::size_t frames) noexcept {
    if (ring_.empty()) {
      if (in != out) std::copy_n(in, frames, out);
      return;
    }
    for (std::size_t i = 0; i < frames; ++i) {
      const float x = in[i];
      out[i] = ring_[at_];
      ring_[at_] = x;
      if (++at_ == ring_.size()) at_ = 0;
    }
  }
  std::size_t delay_frames() const noexcept { return ring_.size(); }

 private:
  std::vector<float> ring_;
  std::size_t at_ = 0;
};

}  // namespace auralis
