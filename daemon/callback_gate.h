#pragma once

#include <atomic>
#include <chrono>
#include <thread>

#include "daemon/audio_device.h"

namespace auralis {

// Lets a callback into a real-time thread that runs on without it, and out again.
class CallbackGate {
 public:
  void Open(AudioCallback& callback) { callback_.store(&callback); }  // [control]
  // The callback does not run any more when this returned. [control]
  void Close() {
    callback_.store(nullptr);
    // Sequentially consistent on both sides: either Process() saw nullptr, or we see it inside.
    while (inside_.load()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  // False where nobody was let in: the output is as it was. [rt]
  bool Process(const HostBuffer& buffer) noexcept {
    inside_.store(true);
    AudioCallback* const callback = callback_.load();
    if (callback != nullptr) callback->Process(buffer);
    inside_.store(false);
    return callback != nullptr;
  }

 private:
  std::atomic<AudioCallback*> callback_{nullptr};
  std::atomic<bool> inside_{false};
};

}  // namespace auralis
