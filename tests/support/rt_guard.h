#pragma once

namespace auralis::test {

// While one is alive, every heap call and mutex lock of this thread is counted. Wrap it round [rt]
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

}  // namespace auralis::test
