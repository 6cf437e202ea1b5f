#include "daemon/crash_report.h"

#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <climits>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "config/config_error.h"
#include "config/paths.h"
#include "config/version.h"
#include "daemon/flight_recorder.h"

namespace auralis {
namespace {

constexpr std::array kSignals = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
constexpr std::size_t kKept = 8;  // files of crashes, before this one
constexpr std::size_t kAlternateStackBytes = std::size_t{64} << 10U;

// Everything that the handler needs, worked out before.
struct Prepared {
  std::array<char, PATH_MAX> outer_folder{};
  std::array<char, PATH_MAX> folder{};
  std::array<char, PATH_MAX> report{};
  std::array<char, PATH_MAX> box{};
};
Prepared prepared;
std::atomic<FlightRecorder*> recorder{nullptr};
std::atomic_flag crashing = ATOMIC_FLAG_INIT;

// What follows up to OnSignal() is safe in a signal handler.

void Say(int descriptor, std::string_view text) {
  [[maybe_unused]] const ssize_t written = write(descriptor, text.data(), text.size());
}

void SayNumber(int descriptor, unsigned long long number, unsigned base) {
  std::array<char, 24> digits{};
  std::size_t at = digits.size();
  do {
    digits[--at] = "0123456789abcdef"[number % base];
    number /= base;
  } while (number != 0);
  Say(descriptor, {digits.data() + at, digits.size() - at});
}

const char* NameOf(int signal) {
  switch (signal) {
    case SIGSEGV:
      return "SIGSEGV";
    case SIGBUS:
      return "SIGBUS";
    case SIGFPE:
      return "SIGFPE";
    case SIGILL:
      return "SIGILL";
    default:
      return "SIGABRT";
  }
}

int Create(const char* file) {
  return open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
}

void WriteReport(int descriptor, int signal, const siginfo_t* info) {
  Say(descriptor, "auralisd ");
  Say(descriptor, kVersion);
  Say(descriptor, ", process ");
  SayNumber(descriptor, static_cast<unsigned long long>(getpid()), 10);
  Say(descriptor, ", thread ");
  SayNumber(descriptor, static_cast<unsigned long long>(gettid()), 10);
  Say(descriptor, ", at ");
  SayNumber(descriptor, static_cast<unsigned long long>(time(nullptr)), 10);
  Say(descriptor, " s since 1970: ");
  Say(descriptor, NameOf(signal));
  if (signal != SIGABRT) {
    Say(descriptor, " at address 0x");
    SayNumber(descriptor, reinterpret_cast<std::uintptr_t>(info->si_addr), 16);
  }
  Say(descriptor, "\n\nBacktrace (addr2line -Cfpe FILE ADDRESS names what has no name):\n");
  std::array<void*, 64> frames{};
  const int count = backtrace(frames.data(), static_cast<int>(frames.size()));
  backtrace_symbols_fd(frames.data(), count, descriptor);
}

void CopyBox(int from, int to) {
  std::array<char, 16384> piece;
  off_t at = 0;
  for (ssize_t size = 0; (size = pread(from, piece.data(), piece.size(), at)) > 0; at += size) {
    if (write(to, piece.data(), static_cast<std::size_t>(size)) != size) return;
  }
}

void OnSignal(int signal, siginfo_t* info, void* /*context*/) {
  // The process ends as it would have, at the latest when this came again.
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  sigaction(signal, &usual, nullptr);
  if (!crashing.test_and_set()) {
    mkdir(prepared.outer_folder.data(), 0700);
    mkdir(prepared.folder.data(), 0700);
    WriteReport(STDERR_FILENO, signal, info);
    if (const int report = Create(prepared.report.data()); report >= 0) {
      WriteReport(report, signal, info);
      close(report);
    }
    FlightRecorder* const box = recorder.load();
    const int from = box != nullptr ? box->Crashed(signal) : -1;
    if (const int to = from >= 0 ? Create(prepared.box.data()) : -1; to >= 0) {
      CopyBox(from, to);
      close(to);
    }
  }
  raise(signal);
}

bool Store(const std::filesystem::path& path, std::array<char, PATH_MAX>& to) {
  const std::string& text = path.native();
  if (text.size() >= to.size()) return false;
  std::memcpy(to.data(), text.c_str(), text.size() + 1);
  return true;
}

// A daemon that crashes again and again does not fill the disk.
void Prune(const std::filesystem::path& folder) {
  using Entry = std::filesystem::directory_entry;
  std::error_code ignored;
  std::vector<Entry> crashes;
  for (const Entry& entry : std::filesystem::directory_iterator(folder, ignored)) {
    if (entry.path().filename().native().starts_with("crash-")) crashes.push_back(entry);
  }
  if (crashes.size() <= kKept) return;
  std::sort(crashes.begin(), crashes.end(), [&](const Entry& a, const Entry& b) {
    return a.last_write_time(ignored) > b.last_write_time(ignored);
  });
  for (std::size_t i = kKept; i < crashes.size(); ++i) {
    std::filesystem::remove(crashes[i].path(), ignored);
  }
}

}  // namespace

void InstallCrashReport(FlightRecorder& box) {
  std::filesystem::path folder;
  try {
    folder = StatePath().parent_path();
  } catch (const ConfigError&) {  // nowhere to write
    return;
  }
  const std::string name = "crash-" + std::to_string(getpid());
  if (!Store(folder.parent_path(), prepared.outer_folder) || !Store(folder, prepared.folder) ||
      !Store(folder / (name + ".txt"), prepared.report) ||
      !Store(folder / (name + ".blackbox"), prepared.box)) {
    return;
  }
  Prune(folder);
  recorder = &box;
  std::array<void*, 2> warm{};
  backtrace(warm.data(), static_cast<int>(warm.size()));  // the first one loads a library
  // A stack that is used up is no place for a handler.
  static std::vector<char> stack(kAlternateStackBytes);
  stack_t alternate{};
  alternate.ss_sp = stack.data();
  alternate.ss_size = stack.size();
  sigaltstack(&alternate, nullptr);
  for (const int signal : kSignals) {
    struct sigaction now {};
    sigaction(signal, nullptr, &now);
    if ((now.sa_flags & SA_SIGINFO) != 0 || now.sa_handler != SIG_DFL) continue;
    struct sigaction action {};
    action.sa_sigaction = &OnSignal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigaction(signal, &action, nullptr);
  }
}

void RemoveCrashReport() { recorder = nullptr; }

}  // namespace auralis
