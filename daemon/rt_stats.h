#pragma once

#include <pthread.h>

#include <atomic>
#include <cstdint>

namespace auralis {

// What the callback counts. Written on [rt], read anywhere; relaxed, because each number stands
// for itself.
struct RtStats {
  std::atomic<std::uint64_t> callbacks{0};
  std::atomic<std::uint64_t> frames{0};
  std::atomic<std::uint64_t> overloads{0};  // callbacks that took longer than their frames last
  std::atomic<float> load{0.0F};            // share of the time there is, mean over a second
  std::atomic<std::uint64_t> xruns{0};      // reported by the device
  std::atomic<std::uint64_t> non_finite_frames{0};  // input that was replaced by silence
  std::atomic<std::uint64_t> dropped_taps{0};       // blocks the analysis thread never saw

  std::atomic<std::uint64_t> lost_slices{0};  // of the flight recorder
  std::atomic<std::uint8_t> shedding{0};      // what is left out now (dsp/shedding.h)
  std::atomic<pthread_t> thread{0};           // that calls back; 0 before the first time

  // Counts on from there. Nobody may write to either meanwhile.
  void CopyFrom(const RtStats& other) noexcept {
    constexpr auto kCopy = [](auto& to, const auto& from) {
      to.store(from.load(std::memory_order_relaxed), std::memory_order_relaxed);
    };
    kCopy(callbacks, other.callbacks);
    kCopy(frames, other.frames);
    kCopy(overloads, other.overloads);
    kCopy(load, other.load);
    kCopy(xruns, other.xruns);
    kCopy(non_finite_frames, other.non_finite_frames);
    kCopy(dropped_taps, other.dropped_taps);
    kCopy(lost_slices, other.lost_slices);
  }
};

inline void Count(std::atomic<std::uint64_t>& counter, std::uint64_t more = 1) noexcept {
  // One writer: a plain load and store, no locked instruction in the callback.
  counter.store(counter.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
}

}  // namespace auralis
