// The daemon writes nowhere but in its own folders, and what it writes is nobody else's business.

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <regex>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/jack_client.h"
#include "tests/support/sound_server.h"
#include "tests/system/auralisd.h"

namespace auralis::test {
namespace {

using namespace std::chrono_literals;

// Every file that a traced program opened to write, made, renamed or removed, and did.
std::vector<std::string> Written(const std::filesystem::path& trace) {
  static const std::regex kOpen(
      R"re((?:openat|open|creat)\((?:AT_FDCWD, )?"([^"]*)".*(?:O_WRONLY|O_RDWR|O_CREAT).*\) = \d+)re");
  static const std::regex kOther(
      R"re((?:mkdir|mkdirat|unlink|unlinkat|rename|renameat|renameat2|symlink|link|truncate|chmod|bind)\(.*"([^"]*)".*\) = 0)re");
  std::vector<std::string> files;
  std::ifstream in(trace);
  for (std::string line; std::getline(in, line);) {
    std::smatch found;
    if (std::regex_search(line, found, kOpen) || std::regex_search(line, found, kOther)) {
      files.push_back(found[1]);
    }
  }
  return files;
}

TEST(Confinement, WritesNowhereButInItsOwnFolders) {
  RequireProgram("strace", "strace");
  const JackServer server(256);
  const JackClient client(server.environment());
  const TempDir home;
  Environment environment = server.environment();
  for (const char* name : {"XDG_CONFIG_HOME", "XDG_STATE_HOME", "AURALIS_STATE"})
    environment[name] = "";
  environment["HOME"] = home.path();
  environment["ASAN_OPTIONS"] = "detect_leaks=0";  // which cannot be looked for under strace
  const std::filesystem::path trace = home / "trace";
  const std::filesystem::path socket = home / "run/control.sock";
  std::vector<std::string> command = {"strace",          "-f",     "-qq",      "-o",  trace, "-e",
                                      "trace=file,bind", AURALISD, "--socket", socket};
  for (const std::string& one : ThroughJack("player", "recorder")) command.push_back(one);
  Process daemon(command, environment);
  ASSERT_TRUE(daemon.AwaitOutput("control socket", 30s)) << daemon.errors();
  const auto ctl = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {AURALISCTL, "--socket", socket});
    return RunProgram(words, environment).exit_code;
  };
  EXPECT_EQ(ctl({"set", "output.gain", "-3", "master.adaptive", "0.4"}), 0);
  EXPECT_EQ(ctl({"convolver", "load", "/nothing.wav"}), 65);
  std::this_thread::sleep_for(1500ms);  // what is set is remembered after half a second
  EXPECT_EQ(ctl({"quit"}), 0);
  EXPECT_EQ(daemon.WaitFor(20s), 0) << daemon.errors();

  const std::array<std::string, 3> own = {home / ".config/auralis", home / ".local/state",
                                          home / "run"};
  bool remembered = false;
  for (const std::string& file : Written(trace)) {
    const bool is_own = std::any_of(own.begin(), own.end(), [&](const std::string& folder) {
      return file.starts_with(folder) || folder.starts_with(file + "/");  // or what it lies in
    });
    // Its own console, its threads' names, and what it shares with the JACK server.
    const bool is_sound = file.starts_with("/dev/shm/") || file.starts_with("/dev/snd/") ||
                          file == "/dev/null" || file == "/dev/tty" ||
                          file.starts_with("/proc/self/task/") ||
                          file.find("jack") != std::string::npos;
    // A path without a folder is relative to one it has opened: of its own, or the test would see.
    EXPECT_TRUE(is_own || is_sound || file.find('/') == std::string::npos) << file;
    remembered = remembered || file.find("values.toml") != std::string::npos;
  }
  EXPECT_TRUE(remembered) << "the trace saw nothing";
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(home / ".local/state/auralis")) {
    struct stat status {};
    ASSERT_EQ(stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0077U, 0U) << entry.path();
  }
}

}  // namespace
}  // namespace auralis::test
