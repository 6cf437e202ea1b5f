// The test of the test: whatever must be caught is planted, and caught by its name.

#include "tests/rt/rt_proof.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>
#include <vector>

namespace auralis::test {
namespace {

volatile int sink = 0;

RtVerdict Prove(std::function<void()> real_time) {
  return ProveRealTime([&] { return RtScene{real_time}; });
}

TEST(RtProof, ComputingAndReadingTheClockAreClean) {
  const RtVerdict verdict = Prove([] {
    for (int i = 0; i < 1000; ++i) sink = sink + i;
    if (std::chrono::steady_clock::now().time_since_epoch().count() == 0) sink = 1;
  });
  EXPECT_EQ(verdict.offence, "") << verdict.where;
}

TEST(RtProof, TheOtherThreadMayDoEverything) {
  const RtVerdict verdict = ProveRealTime([] {
    auto done = std::make_shared<std::atomic<bool>>(false);
    return RtScene{.real_time =
                       [done] {
                         while (!*done) sink = sink + 1;
                       },
                   .control =
                       [done] {
                         std::vector<int> many(1 << 20, 1);
                         std::this_thread::sleep_for(std::chrono::milliseconds(5));
                         sink = many[12345];
                         *done = true;
                       }};
  });
  EXPECT_EQ(verdict.offence, "") << verdict.where;
}

TEST(RtProof, APlantedNewIsCaught) {
  const RtVerdict verdict = Prove([] {
    int* volatile one = new int(1);  // volatile: else the compiler may leave it out
    sink = *one;
    delete one;
  });
  EXPECT_EQ(verdict.offence, "malloc");
  EXPECT_NE(verdict.where.find("rt_tests"), std::string::npos) << verdict.where;
}

TEST(RtProof, AVectorThatGrowsIsCaught) {
  std::vector<float> grows(8);
  EXPECT_EQ(Prove([&] { grows.resize(9); }).offence, "malloc");
}

TEST(RtProof, APlantedFreeIsCaught) {
  auto held = std::make_unique<int>(1);
  EXPECT_EQ(Prove([&] { held.reset(); }).offence, "free");
}

TEST(RtProof, APlantedLockIsCaughtHeldOrNot) {
  std::mutex mutex;
  EXPECT_EQ(Prove([&] { const std::lock_guard lock(mutex); }).offence, "pthread_mutex_lock");
  EXPECT_EQ(Prove([&] { sink = mutex.try_lock() ? 1 : 0; }).offence, "pthread_mutex_trylock");
}

TEST(RtProof, WakingAThreadIsCaught) {
  std::condition_variable condition;
  EXPECT_EQ(Prove([&] { condition.notify_one(); }).offence, "pthread_cond_signal");
}

TEST(RtProof, APlantedSystemCallIsCaughtByItsName) {
  EXPECT_EQ(Prove([] { sink = static_cast<int>(write(-1, "x", 1)); }).offence, "system call write");
  EXPECT_EQ(Prove([] { sched_yield(); }).offence, "system call sched_yield");
  EXPECT_EQ(Prove([] { std::this_thread::sleep_for(std::chrono::nanoseconds(1)); }).offence,
            "system call clock_nanosleep");
  timespec time{};
  EXPECT_EQ(Prove([&] { clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time); }).offence,
            "system call clock_gettime")
      << "a clock that user space cannot read";
}

TEST(RtProof, APageFaultOnFreshMemoryIsCaught) {
  const RtVerdict verdict = ProveRealTime([] {
    const auto page = static_cast<std::size_t>(getpagesize());
    auto* const fresh = static_cast<char*>(
        mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    return RtScene{[fresh, page] {
      std::memset(fresh, 1, 1);
      std::memset(fresh + page, 1, 1);
    }};
  });
  EXPECT_EQ(verdict.offence, "page faults: 2");
}

// A vector that is reserved and not written to looks allocated; its pages are not there.
TEST(RtProof, ReservedMemoryIsFreshMemory) {
  const RtVerdict verdict = ProveRealTime([] {
    auto block = std::make_shared<std::vector<char>>();
    block->reserve(std::size_t{1} << 20U);
    return RtScene{[block] { block->resize(1 << 16); }};
  });
  EXPECT_EQ(verdict.offence.substr(0, 11), "page faults");
}

TEST(RtProof, AFatalSignalAndAnExceptionAreVerdicts) {
  EXPECT_EQ(Prove([] { *static_cast<volatile int*>(nullptr) = 1; }).offence, "ended by signal 11");
  EXPECT_EQ(ProveRealTime([]() -> RtScene { throw std::runtime_error("no scene"); }).offence,
            "exception: no scene");
}

}  // namespace
}  // namespace auralis::test
