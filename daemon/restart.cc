#include "daemon/restart.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <vector>

namespace auralis {
namespace {

// "PID:DESCRIPTOR": the number is ours before and after, and nobody else's.
constexpr char kVariable[] = "AURALIS_INHERITANCE";
constexpr char kProgram[] = "/proc/self/exe";

std::vector<std::string> OurArguments() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> arguments;
  for (std::string one; std::getline(file, one, '\0');) arguments.push_back(one);
  return arguments;
}

// By its name where that still leads there, so that the process keeps it; an update may have taken
// it away.
std::string OurProgram() {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::read_symlink(kProgram, error);
  return !error && std::filesystem::equivalent(path, kProgram, error) && !error ? path.string()
                                                                                : kProgram;
}

}  // namespace

Inheritance TakeInheritance() {
  const char* const said = std::getenv(kVariable);
  if (said == nullptr) return {};
  const std::string_view text = said;
  const std::string ours = std::to_string(getpid()) + ":";
  Inheritance inheritance;
  if (text.starts_with(ours)) {
    inheritance.any = true;
    std::from_chars(text.data() + ours.size(), text.data() + text.size(), inheritance.listening_fd);
  }
  unsetenv(kVariable);
  return inheritance;
}

std::string RestartInPlace(int listening_fd) {
  std::vector<std::string> arguments = OurArguments();
  if (arguments.empty()) return "the command line cannot be read";
  std::vector<char*> words;
  words.reserve(arguments.size() + 1);
  for (std::string& one : arguments) words.push_back(one.data());
  words.push_back(nullptr);
  const std::string program = OurProgram();
  const std::string handed = std::to_string(getpid()) + ":" + std::to_string(listening_fd);
  setenv(kVariable, handed.c_str(), 1);
  // Libraries leave descriptors open that a server would take for living clients.
  if (close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) != 0) {
    return std::string("descriptors cannot be closed: ") + std::strerror(errno);
  }
  if (listening_fd >= 0) fcntl(listening_fd, F_SETFD, 0);
  execv(program.c_str(), words.data());
  return program + ": " + std::strerror(errno);
}

}  // namespace auralis
