// What systemd and the daemon say to each other.

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stop_token>
#include <string>
#include <thread>

#include "ipc/client.h"
#include "tests/support/sound_server.h"
#include "tests/system/auralisd.h"

namespace auralis::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

std::string Read(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string ReplaceAll(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

TEST(SystemdUnit, IsFoundGoodBySystemdAnalyze) {
  RequireProgram("systemd-analyze", "systemd");
  const TempDir folder;
  const std::string unit = Read(AURALISD_UNIT);
  ASSERT_NE(unit.find(AURALISD_INSTALLED), std::string::npos) << unit;
  const auto verify = [&](const std::string& text) {
    std::ofstream(folder / "auralisd.service") << text;
    return RunProgram(
        {"systemd-analyze", "--user", "--man=no", "verify", folder / "auralisd.service"},
        {{"HOME", folder.path()}, {"XDG_RUNTIME_DIR", folder.path()}});
  };
  // Not installed yet: the program of the build stands in.
  const std::string built = ReplaceAll(unit, AURALISD_INSTALLED, AURALISD);
  const Finished good = verify(built);
  EXPECT_EQ(good.exit_code, 0) << good.errors;
  EXPECT_EQ(good.output + good.errors, "");
  // The judge can say no.
  const Finished bad = verify(ReplaceAll(built, "WatchdogSec=", "WatchdogSek="));
  EXPECT_NE(bad.output + bad.errors, "");
}

// The judge reads the unit as the user's manager does; 0 is locked up, 10 is open.
TEST(SystemdUnit, ExposesNoMoreThanTwoOfTen) {
  RequireProgram("systemd-analyze", "systemd");
  const TempDir folder;
  const auto exposure = [&](const std::string& text) {
    std::ofstream(folder / "auralisd.service") << text;
    const Finished done = RunProgram({"systemd-analyze", "--user", "security", "--offline=true",
                                      "--no-pager", folder / "auralisd.service"},
                                     {{"HOME", folder.path()}, {"XDG_RUNTIME_DIR", folder.path()}});
    const std::string before = "Overall exposure level for auralisd.service: ";
    const std::size_t at = done.output.find(before);
    if (at == std::string::npos) throw std::runtime_error(done.output + done.errors);
    return std::stod(done.output.substr(at + before.size()));
  };
  const std::string unit = Read(AURALISD_UNIT);
  const double now = exposure(unit);
  std::printf("exposure: %.1f of 10\n", now);
  EXPECT_LE(now, 2.0);
  // What would keep it from a real-time thread is not what brings it there.
  EXPECT_EQ(unit.find("RestrictRealtime=true"), std::string::npos);
  EXPECT_NE(unit.find("sched_setscheduler"), std::string::npos);
  EXPECT_GT(exposure(ReplaceAll(unit, "PrivateNetwork=true", "")), now) << "the judge reads it";
}

// The socket on which systemd listens to a service of Type=notify.
class NotifySocket {
 public:
  NotifySocket() : fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path().c_str(), sizeof address.sun_path - 1);
    if (bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("cannot bind " + path());
    }
  }
  ~NotifySocket() { close(fd_); }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  std::string path() const { return folder_ / "notify"; }
  const std::filesystem::path& folder() const { return folder_.path(); }
  // Everything said up to and with `line`; throws when the time is up.
  std::string Await(const std::string& line, std::chrono::milliseconds timeout) {
    const auto deadline = Clock::now() + timeout;
    std::string said;
    while (Clock::now() < deadline) {
      char text[4096];
      const ssize_t size = recv(fd_, text, sizeof text, MSG_DONTWAIT);
      if (size > 0) said.append(text, static_cast<std::size_t>(size)).append("\n");
      if (("\n" + said).find("\n" + line + "\n") != std::string::npos) return said;
      if (size <= 0) usleep(1000);
    }
    throw std::runtime_error(line + " was never said, only: " + said);
  }

 private:
  TempDir folder_;
  int fd_;
};

TEST(SystemdNotify, ReadyComesOnceItStreamsThenTheWatchdogIsFed) {
  NotifySocket systemd;
  Auralisd daemon({{"NOTIFY_SOCKET", systemd.path()},
                   {"WATCHDOG_USEC", "400000"},
                   {"XDG_RUNTIME_DIR", systemd.folder()}},
                  {"--device", "virtual"});
  const std::string start = systemd.Await("READY=1", 5s);
  EXPECT_EQ(start.find("STOPPING"), std::string::npos);
  EXPECT_EQ(daemon.Status().at("state").get<std::string>(), "running");
  for (int i = 0; i < 5; ++i) {  // each well before systemd would lose patience
    EXPECT_NO_THROW(systemd.Await("WATCHDOG=1", 400ms)) << "feeding " << i;
  }
  daemon.process().Signal(SIGHUP);
  EXPECT_NO_THROW(systemd.Await("RELOADING=1", 2s));
  EXPECT_NO_THROW(systemd.Await("READY=1", 2s));
  daemon.process().Signal(SIGTERM);
  EXPECT_NO_THROW(systemd.Await("STOPPING=1", 2s));
  EXPECT_EQ(daemon.process().WaitFor(5s), 0);
}

// Sets all bands at once, again and again, as fast as the daemon answers: it designs filters all
// the time.
void Storm(const std::filesystem::path& socket, const std::stop_token& stop) {
  ipc::Client client(socket, "storm");
  for (double gain_db = 3.0; !stop.stop_requested(); gain_db = -gain_db) {
    ipc::Set all;
    for (int band = 1; band <= 25; ++band) {
      const std::string number = std::to_string(band);
      all.assignments.push_back({"equalizer.band" + number + ".gain", gain_db});
      all.assignments.push_back({"bark.band" + number, gain_db});
    }
    client.Ask<ipc::Values>(all);
  }
}

TEST(SystemdNotify, TheWatchdogIsFedAndOthersAreServedInAStormOfSets) {
  NotifySocket systemd;
  Auralisd daemon({{"NOTIFY_SOCKET", systemd.path()},
                   {"WATCHDOG_USEC", "100000"},
                   {"XDG_RUNTIME_DIR", systemd.folder()}},
                  {"--device", "virtual"});
  systemd.Await("READY=1", 5s);
  {
    const auto storm = [&](const std::stop_token& stop) {
      EXPECT_NO_THROW(Storm(systemd.folder() / "auralis" / "control.sock", stop));
    };
    const std::array<std::jthread, 2> storms = {std::jthread(storm), std::jthread(storm)};
    for (int i = 0; i < 5; ++i) {
      EXPECT_NO_THROW(systemd.Await("WATCHDOG=1", 5s)) << "feeding " << i;
      EXPECT_EQ(daemon.Status().at("state").get<std::string>(), "running");
    }
    EXPECT_GT(daemon.Status().at("revision").get<int>(), 10);  // there was a storm
  }
  daemon.process().Signal(SIGTERM);
  EXPECT_EQ(daemon.process().WaitFor(5s), 0);
}

TEST(SystemdNotify, NothingIsSaidWithoutReadiness) {
  NotifySocket systemd;
  const Finished failed =
      RunAuralisd(ForSoundClients({{"HOME", systemd.folder()},
                                   {"NOTIFY_SOCKET", systemd.path()},
                                   {"XDG_RUNTIME_DIR", systemd.folder()}}),
                  {"--device", "portaudio", "--host-api", "jack", "--input", "nobody"});
  EXPECT_EQ(failed.exit_code, 69) << failed.errors;
  EXPECT_THROW(systemd.Await("READY=1", 100ms), std::runtime_error);
}

}  // namespace
}  // namespace auralis::test
