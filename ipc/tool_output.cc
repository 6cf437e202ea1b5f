#include "ipc/tool_output.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstddef>

namespace auralis::ctl {
namespace {

constexpr std::size_t kMostBytes = std::size_t{8} << 20U;

// Nothing where it cannot be started.
std::optional<pid_t> Spawn(const std::vector<std::string>& arguments, int output) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::vector<std::string> words = arguments;
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& one : words) argv.push_back(one.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  const int failed = posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  return failed == 0 ? std::optional(child) : std::nullopt;
}

}  // namespace

std::optional<ToolOutput> RunTool(const std::vector<std::string>& arguments,
                                  std::chrono::milliseconds patience) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
  const std::optional<pid_t> child = Spawn(arguments, ends[1]);
  close(ends[1]);
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + patience;
  std::string output;
  bool whole = false;
  while (child && !whole && output.size() < kMostBytes) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd one{.fd = ends[0], .events = POLLIN, .revents = 0};
    if (left <= 0 || poll(&one, 1, static_cast<int>(left)) <= 0) break;
    std::array<char, 4096> piece{};
    const ssize_t bytes = read(ends[0], piece.data(), piece.size());
    if (bytes > 0) output.append(piece.data(), static_cast<std::size_t>(bytes));
    whole = bytes == 0;
  }
  close(ends[0]);
  if (!child) return std::nullopt;
  if (!whole) kill(*child, SIGKILL);
  int status = 0;
  waitpid(*child, &status, 0);
  if (!whole) return std::nullopt;
  return ToolOutput{WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), output};
}

}  // namespace auralis::ctl
