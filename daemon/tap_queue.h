#pragma once

#include <concurrentqueue/concurrentqueue.h>

#include <cstddef>

#include "daemon/tap.h"

namespace auralis {

// Callback to analysis thread: bounded, lock-free, allocated once. When it is full a block is
// lost, and the callback pays nothing more than the attempt.
class TapQueue {
 public:
  // [control] Filled and emptied until each block and the index of blocks, which is a ring too, has
  // been written to: memory that was only reserved would be brought in page by page by the first
  // callbacks.
  explicit TapQueue(std::size_t blocks) : queue_(blocks, 1, 0), producer_(queue_) {
    constexpr int kRounds = 4;
    TapBlock block{};
    for (int round = 0; round < kRounds; ++round) {
      while (TryPush(block)) {
      }
      while (TryPop(block)) {
      }
    }
  }

  // False when full. [rt], one thread
  bool TryPush(const TapBlock& block) noexcept { return queue_.try_enqueue(producer_, block); }
  // False when empty. [analysis], one thread
  bool TryPop(TapBlock& block) noexcept {
    return queue_.try_dequeue_from_producer(producer_, block);
  }

 private:
  moodycamel::ConcurrentQueue<TapBlock> queue_;
  moodycamel::ProducerToken producer_;
};

}  // namespace auralis
