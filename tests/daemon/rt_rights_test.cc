#include "daemon/rt_rights.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "tests/support/rt_guard.h"
#include "tests/support/rt_priority.h"

namespace auralis {
namespace {

using namespace std::chrono_literals;

// A thread that waits, and its number.
class Waiting {
 public:
  Waiting() {
    thread_ = std::thread([this] {
      id_ = gettid();
      while (!stop_) std::this_thread::sleep_for(1ms);
    });
    while (id_ == 0) std::this_thread::sleep_for(1ms);
  }
  ~Waiting() {
    stop_ = true;
    thread_.join();
  }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  pid_t id() const { return id_; }

 private:
  std::atomic<pid_t> id_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

// What it says is what the kernel says; without the right it says what would help.
TEST(RtRights, RaisesAThreadOrSaysWhyNot) {
  setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere", 1);
  const Waiting waiting;
  RtRights rights;
  rights.Raise(waiting.id());
  sched_param param{};
  sched_getparam(waiting.id(), &param);
  const int policy = sched_getscheduler(waiting.id()) & ~SCHED_RESET_ON_FORK;
  if (test::MayBeRealTime()) {
    EXPECT_EQ(policy, SCHED_FIFO);
    EXPECT_EQ(rights.report().policy, "SCHED_FIFO");
    EXPECT_EQ(rights.report().priority, param.sched_priority);
    EXPECT_EQ(rights.report().granted_by, "limits");
    EXPECT_EQ(rights.report().problem, "");
    // One that has it already keeps it as it is.
    const sched_param own{.sched_priority = 7};
    sched_setscheduler(waiting.id(), SCHED_RR, &own);
    rights.Raise(waiting.id());
    EXPECT_EQ(sched_getscheduler(waiting.id()), SCHED_RR);
    EXPECT_EQ(rights.report().granted_by, "the sound server");
    EXPECT_EQ(rights.report().priority, 7);
  } else {
    EXPECT_EQ(policy, SCHED_OTHER);
    EXPECT_EQ(rights.report().policy, "SCHED_OTHER");
    EXPECT_NE(rights.report().problem.find("ulimit -r"), std::string::npos);
    EXPECT_NE(rights.report().problem.find("RealtimeKit"), std::string::npos);
  }
  rights.Raise(0);
  EXPECT_NE(rights.report().problem, "");
}

// In a process of its own, because limits that were lowered stay so. Where it may not have
// priority, the limit never counts.
TEST(RtRights, AThreadThatTakesTheProcessorForTooLongIsLoweredNotKilled) {
  const pid_t child = fork();
  if (child == 0) {
    const rlimit limit{.rlim_cur = 400'000, .rlim_max = 400'000};  // hard at once, but for us
    setrlimit(RLIMIT_RTTIME, &limit);
    RtRights rights;
    std::atomic<bool> stop{false};
    std::atomic<pid_t> id{0};
    std::thread busy([&] {
      id = gettid();
      while (!stop) {
      }
    });
    while (id == 0) std::this_thread::sleep_for(1ms);
    rights.Raise(id);
    const bool raised = rights.report().priority > 0;
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (raised && !rights.report().lowered && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(10ms);
    }
    std::this_thread::sleep_for(800ms);  // twice as long as would have ended it
    const bool lowered = (sched_getscheduler(id) & ~SCHED_RESET_ON_FORK) == SCHED_OTHER;
    stop = true;
    busy.join();
    _exit(lowered && rights.report().lowered == raised ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status)) << "ended by signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(RtRights, LocksMemoryOrSaysWhyNot) {
  if (!test::RtGuard::active()) GTEST_SKIP() << "the sanitizers let no memory be locked";
  const pid_t child = fork();  // memory that is locked would be the other tests', too
  if (child == 0) {
    RtRights rights;
    rights.LockMemory();
    const RtReport& report = rights.report();
    const bool told = report.memory_problem.find("ulimit -l") != std::string::npos ||
                      report.memory_problem.find("not locked") != std::string::npos;
    _exit((report.locked_bytes > 0) != told ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace auralis
