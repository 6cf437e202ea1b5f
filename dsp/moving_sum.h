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

 private:
  std::vector<std::int64_t> ring_;
  std::int64_t sum_ = 0;
  std::size_t at_ = 0;
};

}  // namespace auralis
