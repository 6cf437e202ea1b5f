#pragma once

#include <functional>
#include <string>

namespace auralis::test {

struct RtScene {
  // On a thread of its own that may do nothing but compute.
  std::function<void()> real_time;
  // Beside it, on a thread that may do everything; nothing where it is empty.
  std::function<void()> control = {};
};

struct RtVerdict {
  std::string
      offence;  // "malloc", "system call write", "page faults: 2", ...; "" where there is none
  std::string where;  // the calls that led to it, for addr2line; "" for page faults
};

// Runs a scene in a process of its own, whose death is a verdict and no end of the test. On the
// real-time thread
//   - the heap, locks, conditions and semaphores are interposed: the first call ends it;
//   - seccomp lets no system call through, not one: the first ends it. What reads the clock in user
//     space (clock_gettime through the vDSO) is none;
//   - page faults are counted: memory that nobody has written to, or code that was not brought in.
//     They are an offence where they come again in a second and a third process.
// `prepare` runs in that process before. What the real-time thread does first is proved like
// anything it does later: nothing is rehearsed. As in the daemon, code is brought in beforehand
// (daemon/resident_code.h), and the stack, which belongs to whoever made the thread.
RtVerdict ProveRealTime(const std::function<RtScene()>& prepare);

}  // namespace auralis::test
