#pragma once
// What the kernel says of real-time priority.

#include <sched.h>
#include <sys/types.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

namespace auralis::test {

// Whether this process may have it by its own limits.
inline bool MayBeRealTime() {
  bool may = false;
  std::thread([&] {
    const sched_param param{.sched_priority = 1};
    may = sched_setscheduler(0, SCHED_FIFO, &param) == 0;
  }).join();
  return may;
}

inline bool IsRealTime(pid_t thread) {
  const int policy = sched_getscheduler(thread) & ~SCHED_RESET_ON_FORK;
  return policy == SCHED_FIFO || policy == SCHED_RR;
}

// The names of a process's threads that have it, by commas.
inline std::string RealTimeThreadsOf(pid_t pid) {
  std::string names;
  for (const auto& task :
       std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
    if (!IsRealTime(std::stoi(task.path().filename()))) continue;
    std::string name;
    std::getline(std::ifstream(task.path() / "comm"), name);
    names += (names.empty() ? "" : ", ") + name;
  }
  return names;
}

}  // namespace auralis::test
