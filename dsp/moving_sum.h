#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace auralis {

// The sum of the last `window` whole numbers. Integers, so that it is exact for ever: a running sum
// of floats drifts, and never returns to zero.
class MovingSum {
 public:
  void Prepare(std::size_t window) { ring_.assign(window, 0), Reset(); }  // [control] window >= 1
  void Reset() noexcept {                                                 // [rt]
    std::fill(ring_.begin(), ring_.end(), 0);
    sum_ = 0;
    at_ = 0;
  }
  std::int64_t Next(std::int64_t value) noexcept {  // [rt]
    sum_ += value - ring_[at_];
    ring_[at_] = value;
    if (++at_ == ring_.size()) at_ = 0;
    return sum_;
  }

  // Next() for each of a block; they may be the same buffer. [rt]
  template <class Whole>
  void Process(const Whole* values, std::int64_t* sums, std::size_t frames) noexcept {
    for (std::size_t done = 0; done < frames;) {
      const std::size_t run = std::min(frames - done, ring_.size() - at_);
      std::int64_t* const ring = ring_.data() + at_;
      std::int64_t sum = sum_;
      for (std::size_t i = 0; i < run; ++i) {
        const std::int64_t value = values[done + i];
        sum += value - ring[i];
        ring[i] = value;
        sums[done + i] = sum;
      }
      sum_ = sum;
      done += run;
      at_ += run;
      if (at_ == ring_.size()) at_ = 0;
    }
  }

 private:
  std::vector<std::int64_t> ring_;
  std::int64_t sum_ = 0;
  std::size_t at_ = 0;
};

}  // namespace auralis
