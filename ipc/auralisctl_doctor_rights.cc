#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "ipc/auralisctl_doctor_checks.h"

namespace auralis::ctl {
namespace {

namespace fs = std::filesystem;

constexpr char kRightsAdvice[] =
    "join the group that your sound server's package gives rights to (Debian: adduser $USER "
    "pipewire; for jackd2 audio), or install rtkit; then log in anew";

// Threads of a process with real-time priority, by the name that the kernel has of them.
std::vector<std::string> RealTimeThreads(std::uint32_t pid) {
  std::vector<std::string> threads;
  std::error_code error;
  for (const auto& task : fs::directory_iterator("/proc/" + std::to_string(pid) + "/task", error)) {
    const pid_t thread = std::atoi(task.path().filename().c_str());
    const int policy = sched_getscheduler(thread) & ~SCHED_RESET_ON_FORK;
    sched_param param{};
    if ((policy != SCHED_FIFO && policy != SCHED_RR) || sched_getparam(thread, &param) != 0)
      continue;
    std::ifstream comm(task.path() / "comm");
    std::string name;
    std::getline(comm, name);
    threads.push_back(name + (policy == SCHED_FIFO ? ", SCHED_FIFO " : ", SCHED_RR ") +
                      std::to_string(param.sched_priority));
  }
  return threads;
}

bool HasLockedMemory(std::uint32_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmLck:")) return std::atol(line.c_str() + 6) > 0;
  }
  return false;
}

// What the daemon got.
std::vector<Finding> RightsOf(const Answers& answers) {
  std::vector<Finding> findings;
  const std::vector<std::string> threads = RealTimeThreads(answers.info.pid);
  if (!threads.empty()) {
    findings.push_back(
        Ok("priority", "its sound runs with real-time priority (" + threads[0] + ")."));
  } else if (answers.status.device.starts_with("virtual")) {
    findings.push_back(Note("priority", "the virtual device needs no real-time priority."));
  } else {
    findings.push_back(
        Problem("priority", "no thread of the daemon has real-time priority.", kRightsAdvice));
  }
  findings.push_back(HasLockedMemory(answers.info.pid)
                         ? Ok("memory", "memory is locked: what plays is never paged out.")
                         : Note("memory", "memory is not locked.",
                                "LimitMEMLOCK of the service, or ulimit -l, says how much may be"));
  return findings;
}

// What a daemon would get that is started from here.
std::vector<Finding> RightsHere() {
  rlimit priority{};
  rlimit memory{};
  getrlimit(RLIMIT_RTPRIO, &priority);
  getrlimit(RLIMIT_MEMLOCK, &memory);
  std::error_code ignored;
  constexpr char kRtkit[] =
      "/usr/share/dbus-1/system-services/org.freedesktop.RealtimeKit1.service";
  std::vector<Finding> findings;
  if (geteuid() == 0 || priority.rlim_cur > 0) {
    findings.push_back(Ok("priority", "real-time priority can be had by limits (ulimit -r)."));
  } else if (fs::exists(kRtkit, ignored)) {
    findings.push_back(Ok("priority", "real-time priority can be had of RealtimeKit."));
  } else {
    findings.push_back(Problem("priority",
                               "there is no right to real-time priority: ulimit -r is "
                               "0, and RealtimeKit is not installed.",
                               kRightsAdvice));
  }
  constexpr rlim_t kEnough = rlim_t{256} << 20U;
  findings.push_back(memory.rlim_cur >= kEnough
                         ? Ok("memory", "memory may be locked.")
                         : Note("memory",
                                "only " + std::to_string(memory.rlim_cur >> 20U) +
                                    " MiB of memory may be locked (ulimit -l).",
                                kRightsAdvice));
  return findings;
}

}  // namespace

std::vector<Finding> Rights(const std::optional<Answers>& answers) {
  return answers ? RightsOf(*answers) : RightsHere();
}

}  // namespace auralis::ctl
