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
    if (in != out) {
      std::copy_n(in, frames, out);
      if (ring_.empty()) return;
    }
    // In runs up to the ring's end: what comes in and what goes out change places.
    for (std::size_t done = 0; done < frames && !ring_.empty();) {
      const std::size_t run = std::min(frames - done, ring_.size() - at_);
      std::swap_ranges(out + done, out + done + run, ring_.begin() + static_cast<long>(at_));
      done += run;
      at_ += run;
      if (at_ == ring_.size()) at_ = 0;
    }
  }
  std::size_t delay_frames() const noexcept { return ring_.size(); }

 private:
  std::vector<float> ring_;
  std::size_t at_ = 0;
};

}  // namespace auralis
