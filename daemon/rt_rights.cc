#include "daemon/rt_rights.h"

#include <sched.h>
#include <spdlog/spdlog.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <systemd/sd-bus.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

namespace auralis {
namespace {

// What RealtimeKit asks for before it helps, and never gives more than; microseconds.
constexpr rlim_t kRtkitRttimeUs = 200'000;
constexpr std::uint64_t kBusTimeoutUs = 1'000'000;

// For the signal handler, which may know nothing else.
std::atomic<pid_t> raised_thread{0};
std::atomic<bool> was_lowered{false};
static_assert(std::atomic<pid_t>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

void OnOverrun(int /*signal*/) {
  const int error = errno;
  const sched_param none{};
  // The thread that ran too long may be any of those with priority, a library's among them: this
  // one is it, where the kernel interrupted it; and ours.
  sched_setscheduler(0, SCHED_OTHER, &none);
  if (const pid_t thread = raised_thread.load(); thread > 0) {
    sched_setscheduler(thread, SCHED_OTHER, &none);
  }
  was_lowered.store(true);
  errno = error;
}

struct Unref {
  void operator()(sd_bus* bus) const { sd_bus_flush_close_unref(bus); }
  void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
};

std::string ErrorText(int error) { return std::strerror(error < 0 ? -error : error); }

std::string PolicyName(int policy) {
  switch (policy & ~SCHED_RESET_ON_FORK) {
    case SCHED_FIFO:
      return "SCHED_FIFO";
    case SCHED_RR:
      return "SCHED_RR";
    default:
      return "SCHED_OTHER";
  }
}

// "VmLck:   64 kB" of /proc/self/status.
std::uint64_t StatusBytes(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with(field + ":")) continue;
    std::istringstream rest(line.substr(field.size() + 1));
    std::uint64_t kibibytes = 0;
    rest >> kibibytes;
    return kibibytes << 10U;
  }
  return 0;
}

int RtkitPriority(sd_bus* bus) {
  int most = 0;
  sd_bus_error error{};
  sd_bus_get_property_trivial(bus, "org.freedesktop.RealtimeKit1", "/org/freedesktop/RealtimeKit1",
                              "org.freedesktop.RealtimeKit1", "MaxRealtimePriority", &error, 'i',
                              &most);
  sd_bus_error_free(&error);
  return most;
}

}  // namespace

RtRights::RtRights() {
  rlimit limit{};
  if (getrlimit(RLIMIT_RTTIME, &limit) == 0 && limit.rlim_max != RLIM_INFINITY &&
      limit.rlim_cur >= limit.rlim_max) {
    // The signal must come before the end does.
    limit.rlim_cur = limit.rlim_max / 2;
    setrlimit(RLIMIT_RTTIME, &limit);
  }
  struct sigaction action {};
  action.sa_handler = &OnOverrun;
  action.sa_flags = SA_RESTART;
  sigaction(SIGXCPU, &action, nullptr);
}

void RtRights::Raise(pid_t thread) {
  report_.policy.clear();
  report_.granted_by.clear();
  report_.problem.clear();
  report_.priority = 0;
  report_.lowered = false;
  KeepWarning();
  raised_thread = thread;
  if (thread <= 0) {
    report_.problem = "nobody knows which thread the sound server calls back from";
    return;
  }
  sched_param param{};
  const int policy = sched_getscheduler(thread);
  if (policy < 0 || sched_getparam(thread, &param) != 0) {
    report_.problem = "the callback's thread cannot be looked at: " + ErrorText(errno);
    return;
  }
  if (PolicyName(policy) != "SCHED_OTHER") {
    report_.granted_by = "the sound server";
  } else if (RaiseByLimits(thread)) {
    report_.granted_by = "limits";
  } else if (const std::string why = RaiseByRtkit(thread); why.empty()) {
    report_.granted_by = "rtkit";
  } else {
    report_.problem = "no real-time priority: the limit (ulimit -r) is 0, and RealtimeKit: " + why;
  }
  report_.policy = PolicyName(sched_getscheduler(thread));
  if (sched_getparam(thread, &param) == 0) report_.priority = param.sched_priority;
}

// With each warning the kernel moves the soft limit on by a second, past the hard one: the next
// overrun would be the end, without another.
void RtRights::KeepWarning() {
  rlimit limit{};
  if (getrlimit(RLIMIT_RTTIME, &limit) != 0) return;
  if (was_lowered.exchange(false)) {
    limit.rlim_cur = std::min(warning_us_, limit.rlim_max);
    setrlimit(RLIMIT_RTTIME, &limit);
  } else {
    warning_us_ = limit.rlim_cur;
  }
}

bool RtRights::RaiseByLimits(pid_t thread) {
  rlimit limit{};
  int most = kPriority;
  if (getrlimit(RLIMIT_RTPRIO, &limit) == 0 && limit.rlim_cur > 0 &&
      limit.rlim_cur < static_cast<rlim_t>(kPriority)) {
    most = static_cast<int>(limit.rlim_cur);
  }
  const sched_param param{.sched_priority = most};  // it also counts who may do anything
  return sched_setscheduler(thread, SCHED_FIFO | SCHED_RESET_ON_FORK, &param) == 0;
}

std::string RtRights::RaiseByRtkit(pid_t thread) {
  sd_bus* opened = nullptr;
  if (const int error = sd_bus_open_system(&opened); error < 0) {
    return "there is no system bus (" + ErrorText(error) + ")";
  }
  const std::unique_ptr<sd_bus, Unref> bus(opened);
  sd_bus_set_method_call_timeout(bus.get(), kBusTimeoutUs);
  const int most = RtkitPriority(bus.get());
  if (most <= 0) return "it does not answer (Debian: rtkit)";
  rlimit limit{};
  if (getrlimit(RLIMIT_RTTIME, &limit) == 0 && limit.rlim_max > kRtkitRttimeUs) {
    limit = {.rlim_cur = kRtkitRttimeUs / 2, .rlim_max = kRtkitRttimeUs};
    setrlimit(RLIMIT_RTTIME, &limit);
    warning_us_ = limit.rlim_cur;
  }
  sd_bus_error error{};
  const int result = sd_bus_call_method(
      bus.get(), "org.freedesktop.RealtimeKit1", "/org/freedesktop/RealtimeKit1",
      "org.freedesktop.RealtimeKit1", "MakeThreadRealtime", &error, nullptr, "tu",
      static_cast<std::uint64_t>(thread), static_cast<std::uint32_t>(std::min(most, kPriority)));
  std::string why = result >= 0 ? "" : error.message != nullptr ? error.message : ErrorText(result);
  sd_bus_error_free(&error);
  return why;
}

// Pages are locked when they are touched: what is only reserved, as the stacks of threads are,
// costs nothing. Where the limit is finite, what comes later stays as it is: a lock that does not
// fit makes an allocation fail.
void RtRights::LockMemory() {
  rlimit limit{};
  getrlimit(RLIMIT_MEMLOCK, &limit);
  const bool unlimited = limit.rlim_cur == RLIM_INFINITY;
  report_.memory_problem.clear();
  if (mlockall(MCL_CURRENT | MCL_ONFAULT | (unlimited ? MCL_FUTURE : 0)) != 0) {
    report_.memory_problem = "memory is not locked: " + ErrorText(errno) +
                             "; the limit (ulimit -l) is " + std::to_string(limit.rlim_cur >> 20U) +
                             " MiB, " + std::to_string((StatusBytes("VmSize") >> 20U) + 1) +
                             " are needed";
  }
  report_.locked_bytes = StatusBytes("VmLck");
}

const RtReport& RtRights::report() const {
  if (was_lowered.load() && !report_.lowered) {
    report_.lowered = true;
    report_.policy = "SCHED_OTHER";
    report_.priority = 0;
    report_.problem =
        "the callback took the processor for longer than RLIMIT_RTTIME allows; it goes on without "
        "priority until the stream begins anew";
  }
  return report_;
}

}  // namespace auralis
