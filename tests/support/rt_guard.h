#pragma once

namespace auralis::test {

// While one is alive, every heap call and lock of this thread is counted. Wrap it round [rt]
// code. Not active() under the address and thread sanitizers, which own malloc themselves.
class RtGuard {
 public:
  RtGuard() noexcept;
  ~RtGuard();
  RtGuard(const RtGuard&) = delete;
  RtGuard& operator=(const RtGuard&) = delete;

  // Of this thread, since the last guard was made. Readable after the guard is gone.
  static unsigned violations() noexcept;
  static bool active() noexcept;
};

// Called, with its name, before each heap call and each call of a lock, a condition or a semaphore
// that this thread makes; nullptr for nobody. Not where RtGuard is not active().
using ForbiddenCallHandler = void (*)(const char* function) noexcept;
void OnForbiddenCall(ForbiddenCallHandler handler) noexcept;

}  // namespace auralis::test
