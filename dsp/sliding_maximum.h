#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace auralis {

// The largest of the last `window` non-negative values, in constant time a value (M. van Herk,
// 1992; Gil and Werman, 1993): the stream is cut into chunks as long as the window, and every
// window is the tail of one chunk and the head of the next. What came before the start counts as 0.
class SlidingMaximum {
 public:
  void Prepare(std::size_t window) {  // [control] window >= 1
    chunk_.assign(window, 0.0F);
    tail_.assign(window, 0.0F);
    Reset();
  }
  void Reset() noexcept {  // [rt]
    std::fill(chunk_.begin(), chunk_.end(), 0.0F);
    std::fill(tail_.begin(), tail_.end(), 0.0F);
    head_ = 0.0F;
    at_ = 0;
  }
  // Takes the next value, gives the maximum of the window that ends with it. [rt]
  float Next(float value) noexcept {
    chunk_[at_] = value;
    head_ = std::max(head_, value);
    if (++at_ < chunk_.size()) return std::max(head_, tail_[at_]);
    const float whole = head_;
    StartChunk();
    return whole;
  }

 private:
  // tail_[i] becomes the maximum of the finished chunk from i on.
  void StartChunk() noexcept {
    float largest = 0.0F;
    for (std::size_t i = chunk_.size(); i-- > 0;) {
      largest = std::max(largest, chunk_[i]);
      tail_[i] = largest;
    }
    head_ = 0.0F;
    at_ = 0;
  }

  std::vector<float> chunk_;
  std::vector<float> tail_;
  float head_ = 0.0F;
  std::size_t at_ = 0;
};

}  // namespace auralis
