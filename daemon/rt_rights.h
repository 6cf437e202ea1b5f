#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace auralis {

// What the callback's thread and the process's memory are allowed, what they got, and how.
struct RtReport {
  std::string policy;              // "SCHED_FIFO", "SCHED_RR", "SCHED_OTHER"; "" where nobody knows
  int priority = 0;                // 1 to 99 with a real-time policy
  std::string granted_by;          // "the sound server", "limits", "rtkit"; "" without one
  std::string problem;             // why there is none, and what would help
  std::uint64_t locked_bytes = 0;  // of memory that is never paged out
  std::string memory_problem;      // likewise
  bool lowered = false;  // it took the processor for too long, and goes on without priority
};

// Real-time rights of this process. Everything works without any of them; what is missing is said.
// [control]
class RtRights {
 public:
  static constexpr int kPriority = 20;  // as JACK clients and PipeWire's data loops have it

  // A thread that overruns RLIMIT_RTTIME is lowered from now on, where the kernel would end the
  // process.
  RtRights();

  // The thread that calls the callback. One that has a real-time policy keeps it; another gets it
  // by our limits, else of RealtimeKit. 0 is unknown.
  void Raise(pid_t thread);
  // Keeps in memory what is touched, as far as RLIMIT_MEMLOCK goes.
  void LockMemory();
  // Also looks whether the kernel complained since.
  const RtReport& report() const;

 private:
  void KeepWarning();
  bool RaiseByLimits(pid_t thread);
  std::string RaiseByRtkit(pid_t thread);  // "" or why not

  std::uint64_t warning_us_ = 0;  // of uninterrupted priority, after which the kernel warns
  mutable RtReport report_;
};

}  // namespace auralis
