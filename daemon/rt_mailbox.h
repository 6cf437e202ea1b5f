#pragma once

#include <array>
#include <atomic>
#include <type_traits>

namespace auralis {

// Latest value wins: one writer [control], one reader [rt], both wait-free, nothing allocated.
// A triple buffer: each side owns one slot, the third lies in the middle and is swapped.
template <class T>
class RtMailbox {
  static_assert(std::is_trivially_copyable_v<T>);
  static_assert(std::atomic<unsigned>::is_always_lock_free);

 public:
  explicit RtMailbox(const T& initial) { slots_.fill(initial); }

  void Publish(const T& value) noexcept {  // [control]
    slots_[write_] = value;
    // Release hands our slot over; acquire takes the reader's old one before we write it again.
    write_ = middle_.exchange(write_ | kFresh, std::memory_order_acq_rel) & kIndex;
  }
  // True, and value() is the newest, when there is something new. [rt]
  bool Poll() noexcept {
    if ((middle_.load(std::memory_order_relaxed) & kFresh) == 0) return false;
    read_ = middle_.exchange(read_, std::memory_order_acq_rel) & kIndex;
    return true;
  }
  const T& value() const noexcept { return slots_[read_]; }  // [rt]

 private:
  static constexpr unsigned kIndex = 3;
  static constexpr unsigned kFresh = 4;

  std::array<T, 3> slots_{};
  unsigned write_ = 0;  // [control]
  alignas(64) std::atomic<unsigned> middle_{1};
  alignas(64) unsigned read_ = 2;  // [rt]
};

}  // namespace auralis
