#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "ipc/black_box.h"

namespace auralis {

// Slices from the callback to whoever keeps them. One writer, one reader, nothing allocated, and
// plain enough for a signal handler to read what is left.
class SliceRing {
 public:
  static constexpr std::size_t kSlices = 128;  // of a tenth of a second each

  // False when full: the slice is lost. [rt]
  bool TryPush(const ipc::BlackBoxSlice& slice) noexcept {
    const std::uint64_t written = written_.load(std::memory_order_relaxed);
    if (written - read_.load(std::memory_order_acquire) == kSlices) return false;
    slices_[written % kSlices] = slice;
    written_.store(written + 1, std::memory_order_release);
    return true;
  }
  // False when empty. [control], or a signal handler after which nobody reads
  bool TryPop(ipc::BlackBoxSlice& slice) noexcept {
    const std::uint64_t read = read_.load(std::memory_order_relaxed);
    if (read == written_.load(std::memory_order_acquire)) return false;
    slice = slices_[read % kSlices];
    read_.store(read + 1, std::memory_order_release);
    return true;
  }

 private:
  std::array<ipc::BlackBoxSlice, kSlices> slices_{};
  std::atomic<std::uint64_t> written_{0};
  std::atomic<std::uint64_t> read_{0};
};

}  // namespace auralis
