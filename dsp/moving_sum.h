#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
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

  // For a kernel that does the same: the values that leave next, as far as they lie one after the
  // other; and that `count` of them have been replaced, which made the sum. [rt]
  std::span<std::int64_t> leaving() noexcept { return std::span(ring_).subspan(at_); }
  std::int64_t sum() const noexcept { return sum_; }
  void Replaced(std::size_t count, std::int64_t sum) noexcept {
    sum_ = sum;
    at_ += count;
    if (at_ == ring_.size()) at_ = 0;
  }

 private:
  std::vector<std::int64_t> ring_;
  std::int64_t sum_ = 0;
  std::size_t at_ = 0;
};

}  // namespace auralis
