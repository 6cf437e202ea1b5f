#include "tests/rt/rt_proof.h"

#include <execinfo.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <exception>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>

#include "daemon/resident_code.h"
#include "tests/support/rt_guard.h"

namespace auralis::test {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 240s;  // the machine may be busy
constexpr std::string_view kPageFaults = "page faults: ";
constexpr std::size_t kStackBytes = std::size_t{256} << 10U;

enum class Stage { kPreparing, kReady, kDone, kOffended };

// What the real-time thread says and the other one reads. Plain atomics: it can do nothing else.
std::atomic<Stage> stage{Stage::kPreparing};
std::atomic<bool> go{false};
std::atomic<const char*> forbidden_function{nullptr};
std::atomic<long> forbidden_call{-1};
std::atomic<int> frame_count{-1};
std::array<void*, 48> frames{};

void Spin() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// The thread may not go on, and may not end either, for that is a system call.
[[noreturn]] void Offend() noexcept {
  stage = Stage::kOffended;
  frame_count = backtrace(frames.data(), static_cast<int>(frames.size()));
  for (;;) Spin();
}
void OnFunction(const char* function) noexcept {
  OnForbiddenCall(nullptr);
  forbidden_function = function;
  Offend();
}
void OnSystemCall(int /*signal*/, siginfo_t* info, void* /*context*/) {
  forbidden_call = info->si_syscall;
  Offend();
}

std::string NameOf(long call) {
#define AURALIS_CALL(name) std::pair<long, const char*>(SYS_##name, #name)
  static const std::array kNames = {AURALIS_CALL(brk),
                                    AURALIS_CALL(clock_gettime),
                                    AURALIS_CALL(clock_nanosleep),
                                    AURALIS_CALL(close),
                                    AURALIS_CALL(exit),
                                    AURALIS_CALL(futex),
                                    AURALIS_CALL(getrandom),
                                    AURALIS_CALL(gettid),
                                    AURALIS_CALL(ioctl),
                                    AURALIS_CALL(madvise),
                                    AURALIS_CALL(mmap),
                                    AURALIS_CALL(mprotect),
                                    AURALIS_CALL(munmap),
                                    AURALIS_CALL(nanosleep),
                                    AURALIS_CALL(openat),
                                    AURALIS_CALL(read),
                                    AURALIS_CALL(recvmsg),
                                    AURALIS_CALL(rt_sigprocmask),
                                    AURALIS_CALL(sched_yield),
                                    AURALIS_CALL(sendmsg),
                                    AURALIS_CALL(sendto),
                                    AURALIS_CALL(set_robust_list),
                                    AURALIS_CALL(tgkill),
                                    AURALIS_CALL(write)};
#undef AURALIS_CALL
  for (const auto& [number, name] : kNames) {
    if (number == call) return name;
  }
  return "number " + std::to_string(call);
}

void AllowNoSystemCall() {
  static sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP);
  const sock_fprog program{.len = 1, .filter = &nothing};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    throw std::runtime_error(std::string("seccomp: ") + std::strerror(errno));
  }
}

// After a fork each page is shared until somebody writes to it: that fault is the fork's.
void OwnEveryPage() {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    char dash = 0;
    std::string access;
    std::istringstream(line) >> std::hex >> begin >> dash >> end >> access;
    if (access.starts_with("rw") && access.ends_with("p")) {
      madvise(reinterpret_cast<void*>(begin), end - begin, MADV_POPULATE_WRITE);
    }
  }
}

[[gnu::noinline]] void TouchStack() {
  std::array<char, kStackBytes> bytes;
  explicit_bzero(bytes.data(), bytes.size());  // not left out, as a write that nobody reads may be
}

void RunRealTime(const RtScene& scene, std::atomic<pid_t>& id) {
  void* warm[2];
  backtrace(warm, 2);  // the first one loads a library
  TouchStack();
  id = gettid();
  AllowNoSystemCall();
  OnForbiddenCall(&OnFunction);
  stage = Stage::kReady;
  while (!go) Spin();
  scene.real_time();
  stage = Stage::kDone;
  for (;;) Spin();
}

// Minor and major ones (proc(5), /proc/PID/stat).
std::uint64_t PageFaultsOf(pid_t thread) {
  std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/stat");
  std::string line;
  std::getline(file, line);
  std::istringstream fields(line.substr(line.rfind(')') + 2));
  std::string skipped;
  for (int field = 3; field < 10; ++field) fields >> skipped;
  std::uint64_t minor = 0;
  std::uint64_t major = 0;
  fields >> minor >> skipped >> major;
  return minor + major;
}

// What of each mapping is in memory, by its first line in /proc/self/smaps.
std::map<std::string, long> ResidentKb() {
  std::map<std::string, long> resident;
  std::ifstream maps("/proc/self/smaps");
  std::string mapping;
  for (std::string line; std::getline(maps, line);) {
    if (line.starts_with("Rss:")) {
      resident[mapping] = std::stol(line.substr(4));
    } else if (line.find('-') < line.find(' ')) {
      mapping = line;
    }
  }
  return resident;
}

// Which mappings have more in memory than before.
std::string Grown(const std::map<std::string, long>& before) {
  std::string text;
  for (const auto& [mapping, kb] : ResidentKb()) {
    const auto old = before.find(mapping);
    const long more = kb - (old == before.end() ? 0 : old->second);
    if (more > 0) text += "\n  " + std::to_string(more) + " KB more in " + mapping;
  }
  return text;
}

bool AwaitStageAfter(Stage before) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (stage == before) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    sched_yield();
  }
  return true;
}

std::string Where() {
  const auto deadline = std::chrono::steady_clock::now() + 2s;
  while (frame_count < 0 && std::chrono::steady_clock::now() < deadline) sched_yield();
  if (frame_count <= 0) return {};
  std::string text;
  char** const names = backtrace_symbols(frames.data(), frame_count);
  for (int i = 0; i < frame_count; ++i) text += std::string("\n  ") + names[i];
  return text;
}

std::string Judge(const std::function<RtScene()>& prepare) {
  struct sigaction action {};
  action.sa_sigaction = &OnSystemCall;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGSYS, &action, nullptr);
  mallopt(M_MMAP_THRESHOLD, 16 << 10);  // large pieces are fresh pages, not old ones
  OwnEveryPage();
  const RtScene scene = prepare();
  MakeCodeResident();
  std::atomic<pid_t> id{0};
  std::thread([&] { RunRealTime(scene, id); }).detach();
  if (!AwaitStageAfter(Stage::kPreparing)) return "did not begin";
  const auto resident_before = ResidentKb();
  const std::uint64_t faults_before = PageFaultsOf(id);
  go = true;
  if (scene.control) scene.control();
  if (!AwaitStageAfter(Stage::kReady)) return "did not end";
  if (stage == Stage::kOffended) {
    const char* const function = forbidden_function;
    return (function != nullptr ? function : "system call " + NameOf(forbidden_call)) + Where();
  }
  const std::uint64_t faults = PageFaultsOf(id) - faults_before;
  if (faults == 0) return {};
  return std::string(kPageFaults) + std::to_string(faults) + Grown(resident_before);
}

[[noreturn]] void BeTheChild(const std::function<RtScene()>& prepare, int report) {
  std::string text;
  try {
    text = Judge(prepare);
  } catch (const std::exception& e) {
    text = std::string("exception: ") + e.what();
  }
  text += '.';  // a report that is whole
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t count = write(report, text.data() + done, text.size() - done);
    if (count <= 0) break;
    done += static_cast<std::size_t>(count);
  }
  _exit(0);
}

}  // namespace

namespace {

RtVerdict ProveOnce(const std::function<RtScene()>& prepare) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) throw std::runtime_error("pipe");
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork");
  if (child == 0) BeTheChild(prepare, ends[1]);
  close(ends[1]);
  std::string text;
  std::array<char, 4096> piece{};
  for (ssize_t count = 0; (count = read(ends[0], piece.data(), piece.size())) > 0;) {
    text.append(piece.data(), static_cast<std::size_t>(count));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (!text.ends_with('.')) {
    return {.offence = "ended by signal " + std::to_string(WTERMSIG(status)), .where = {}};
  }
  text.pop_back();
  const std::size_t end = text.find('\n');
  return {.offence = text.substr(0, end),
          .where = end == std::string::npos ? "" : text.substr(end)};
}

}  // namespace

RtVerdict ProveRealTime(const std::function<RtScene()>& prepare) {
  RtVerdict verdict = ProveOnce(prepare);
  // Fresh memory faults each time; a page that the kernel moved under us does not.
  for (int again = 0; again < 2 && verdict.offence.starts_with(kPageFaults); ++again) {
    verdict = ProveOnce(prepare);
  }
  return verdict;
}

}  // namespace auralis::test
