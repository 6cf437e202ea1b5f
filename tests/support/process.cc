#include "tests/support/process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

namespace auralis::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kPoll = 2ms;
constexpr auto kTermPatience = 3s;

void Check(int error, const std::string& what) {
  if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

int MakeCapture(const char* name) {
  const int fd = memfd_create(name, MFD_CLOEXEC);
  if (fd < 0) Check(errno, "memfd_create");
  return fd;
}

std::string ReadAll(int fd) {
  struct stat info {};
  fstat(fd, &info);
  std::string text(static_cast<std::size_t>(info.st_size), '\0');
  const ssize_t size = pread(fd, text.data(), text.size(), 0);
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return text;
}

std::vector<std::string> Merged(const Environment& changes) {
  std::vector<std::string> merged;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    if (!changes.contains(std::string(text.substr(0, text.find('='))))) merged.emplace_back(text);
  }
  for (const auto& [name, value] : changes) {
    if (!value.empty()) merged.push_back(std::string(name).append("=").append(value));
  }
  return merged;
}

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (std::string& text : strings) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::optional<std::filesystem::path> FindProgram(const std::string& program) {
  if (program.find('/') != std::string::npos) {
    if (access(program.c_str(), X_OK) == 0) return program;
    return std::nullopt;
  }
  const char* path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "/usr/bin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::filesystem::path candidate = std::filesystem::path(folder) / program;
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return std::nullopt;
}

}  // namespace

Process::Process(const std::vector<std::string>& arguments, const Environment& environment) {
  if (!FindProgram(arguments.at(0))) {
    throw std::runtime_error(arguments.at(0) + " is not there, or not executable");
  }
  // A SIGKILL of the test, by ctest's timeout, runs no destructor: the kernel tells the child.
  std::vector<std::string> words = {"setpriv", "--pdeathsig", "KILL"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> variables = Merged(environment);

  std::array<int, 2> input{};
  if (pipe2(input.data(), O_CLOEXEC) != 0) Check(errno, "pipe");
  input_fd_ = input[1];
  output_fd_ = MakeCapture("output");
  errors_fd_ = MakeCapture("errors");

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, input[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, output_fd_, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, errors_fd_, STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);
  const int error = posix_spawnp(&pid_, "setpriv", &files, &attributes, Pointers(words).data(),
                                 Pointers(variables).data());
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  close(input[0]);
  Check(error, "setpriv (package util-linux)");
}

Process::~Process() {
  kill(-pid_, SIGTERM);
  WaitFor(kTermPatience);
  kill(-pid_, SIGKILL);  // what the program started and left behind, or the program itself
  WaitFor(kTermPatience);
  CloseInput();
  close(output_fd_);
  close(errors_fd_);
}

void Process::Signal(int signal) {
  if (IsRunning()) kill(pid_, signal);
}

void Process::WriteLine(const std::string& line) {
  const std::string text = line + "\n";
  if (write(input_fd_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    Check(errno, "write to the program's input");
  }
}

void Process::CloseInput() {
  if (input_fd_ >= 0) close(std::exchange(input_fd_, -1));
}

bool Process::TryReap() {
  if (status_) return true;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return false;
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return true;
}

std::optional<int> Process::WaitFor(std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  while (!TryReap() && Clock::now() < deadline) std::this_thread::sleep_for(kPoll);
  return status_;
}

bool Process::AwaitOutput(const std::string& text, std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  for (;;) {
    const bool ended = TryReap();
    if (output().find(text) != std::string::npos || errors().find(text) != std::string::npos) {
      return true;
    }
    if (ended || Clock::now() >= deadline) return false;
    std::this_thread::sleep_for(kPoll);
  }
}

std::string Process::output() const { return ReadAll(output_fd_); }
std::string Process::errors() const { return ReadAll(errors_fd_); }

Finished RunProgram(const std::vector<std::string>& arguments, const Environment& environment,
                    std::chrono::milliseconds timeout) {
  Process process(arguments, environment);
  const auto exit_code = process.WaitFor(timeout);
  if (!exit_code) {
    throw std::runtime_error(arguments.at(0) + " did not end in time: " + process.output() +
                             process.errors());
  }
  return {*exit_code, process.output(), process.errors()};
}

void Await(const std::string& what, const std::function<bool()>& answer,
           std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  while (!answer()) {
    if (Clock::now() >= deadline) {
      throw std::runtime_error("waited in vain for " + what);
    }
    std::this_thread::sleep_for(kPoll);
  }
}

void RequireProgram(const std::string& program, const std::string& package) {
  if (FindProgram(program)) return;
  throw std::runtime_error(program + " is not installed: apt-get install " + package);
}

}  // namespace auralis::test
