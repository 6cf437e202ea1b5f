#pragma once

#include <chrono>

namespace auralis::ipc {

// One stream's rhythm: keeps its average rate though what it sends comes at another. [control]
class Pace {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Pace(float rate_hz)
      : period_(std::chrono::duration_cast<Clock::duration>(
            std::chrono::duration<double>(1.0 / static_cast<double>(rate_hz)))) {}

  // Whether it is time; if so, the next time is a period later. The first is due at once.
  bool IsDue(Clock::time_point now) {
    // What comes a little early, because its sender's clock jitters, must not wait for the next: a
    // client at the readings' own rate would lose every other one.
    constexpr auto kJitter = std::chrono::milliseconds(3);
    if (now + kJitter < next_) return false;
    const bool late = now - next_ >= period_;  // nothing was due for long: no burst to catch up
    next_ = (late ? now : next_) + period_;
    return true;
  }

 private:
  Clock::duration period_;
  Clock::time_point next_{};
};

}  // namespace auralis::ipc
