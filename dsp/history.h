#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace auralis {

// What came last, lying in one piece in front of what comes next, for kernels that look back from
// whole vectors. What came before the start counts as 0.
template <class T>
class History {
 public:
  // The last `length` values, and at most `most_frames` new ones at a time. [control]
  void Prepare(std::size_t length, std::size_t most_frames) {
    length_ = length;
    // Long enough that what is remembered is seldom moved.
    room_ = std::max<std::size_t>(most_frames, 1024);
    values_.assign(length_ + room_, T{});
    at_ = 0;
  }
  void Reset() noexcept {  // [rt]
    std::fill(values_.begin(), values_.end(), T{});
    at_ = 0;
  }
  // Where the next `frames` values go; length() values lie in front. [rt]
  T* Next(std::size_t frames) noexcept {
    if (at_ + frames > room_) {
      std::copy_n(values_.data() + at_, length_, values_.data());
      at_ = 0;
    }
    return values_.data() + length_ + at_;
  }
  // So many of them are there: as many as Next() was asked for, or fewer. [rt]
  void Advance(std::size_t frames) noexcept { at_ += frames; }
  std::size_t length() const noexcept { return length_; }

 private:
  std::size_t length_ = 0;
  std::size_t room_ = 0;
  std::size_t at_ = 0;
  std::vector<T> values_;
};

}  // namespace auralis
