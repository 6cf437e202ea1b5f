// Start, signals and end of the real daemon.

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <set>
#include <thread>

#include "tests/support/measure.h"
#include "tests/support/sound_server.h"
#include "tests/system/auralisd.h"
#include "tests/system/stream_check.h"

namespace auralis::test {
namespace {

using namespace std::chrono_literals;

double Steepest(const Signal& signal, double from_s) {
  double steepest = 0.0;
  for (auto i = static_cast<std::size_t>(from_s * kRateHz); i + 1 < signal.size(); ++i) {
    steepest = std::max(
        steepest, std::abs(static_cast<double>(signal[i + 1]) - static_cast<double>(signal[i])));
  }
  return steepest;
}

TEST(Daemon, FadesOutOnSigtermAndEndsWith0) {
  for (const int signal : {SIGTERM, SIGINT}) {
    SCOPED_TRACE(signal);
    const JackServer server(256, JackServer::Late::kWaits);
    JackClient client(server.environment());
    Auralisd daemon(server.environment(), ThroughJack("player", "recorder"));
    const Recording heard = client.Play(TonePair(200.0, 0.5, 2.0), [&] {
      std::this_thread::sleep_for(1s);
      daemon.process().Signal(signal);
      EXPECT_EQ(daemon.process().WaitFor(3s), 0) << daemon.log();
    });
    // The tone's own slope is 0.5 * 2 pi 200 / 48000 = 0.013 a frame; cut off it would jump by up
    // to 0.5.
    EXPECT_LT(Steepest(heard.audio.left, 0.3), 0.5 * 2.0 * M_PI * 200.0 / kRateHz * 1.1);
    EXPECT_EQ(PeakOf(Cut(heard.audio.left, 1.8, 2.0)), 0.0);
    EXPECT_GT(PeakOf(Cut(heard.audio.left, 0.5, 0.9)), 0.4);
  }
}

TEST(Daemon, ReadsTheSettingsAgainOnSighup) {
  const JackServer server(256, JackServer::Late::kWaits);
  JackClient client(server.environment());
  Auralisd daemon(server.environment(), ThroughJack("player", "recorder"), "[input]\ngain = 0\n");
  const Recording heard = PlayThrough(client, TonePair(1000.0, 0.1, 2.0), [&] {
    daemon.WriteSettings("[input]\ngain = 0\n");
    daemon.process().Signal(SIGHUP);
    std::this_thread::sleep_for(900ms);
    daemon.WriteSettings("[input]\ngain = -12\n");
    daemon.process().Signal(SIGHUP);
  });
  ASSERT_EQ(heard.xruns, 0U);
  EXPECT_NEAR(Db(ToneAmplitude(Cut(heard.audio.left, 0.4, 0.8), 1000.0, kRateHz) / 0.1), 0, 0.02);
  EXPECT_NEAR(Db(ToneAmplitude(Cut(heard.audio.left, 1.5, 1.9), 1000.0, kRateHz) / 0.1), -12, 0.02);
  EXPECT_TRUE(daemon.process().IsRunning());
}

TEST(Daemon, BrokenSettingsChangeNothingOnSighupAndAreAnsweredWithTheirLine) {
  const JackServer server(256);
  const JackClient client(server.environment());
  Auralisd daemon(server.environment(), ThroughJack("player", "recorder"), "[input]\ngain = -3\n");
  daemon.WriteSettings("[input]\ngain = -6\nloudnes = 1\n");
  daemon.process().Signal(SIGHUP);
  EXPECT_TRUE(daemon.process().AwaitOutput("auralis.toml:3", 5s)) << daemon.log();
  EXPECT_NE(daemon.Ctl({"get", "input.gain"}).output.find("-3"), std::string::npos);
}

TEST(Daemon, SecondOneOnTheSameSocketIsRefused) {
  const JackServer server(256);
  const JackClient client(server.environment());
  const Auralisd first(server.environment(), ThroughJack("player", "recorder"));
  const Finished second = RunAuralisd(server.environment(), {"--device", "virtual"});
  EXPECT_EQ(second.exit_code, 69) << second.errors;
  EXPECT_NE(second.errors.find("control.sock"), std::string::npos) << second.errors;
  EXPECT_EQ(first.Status().at("state").get<std::string>(), "running");
}

TEST(Daemon, SocketIsForItsUserOnly) {
  const JackServer server(256);
  const JackClient client(server.environment());
  const Auralisd daemon(server.environment(), ThroughJack("player", "recorder"));
  const std::string folder = server.environment().at("XDG_RUNTIME_DIR") + "/auralis";
  struct stat info {};
  ASSERT_EQ(stat(folder.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0700U);
  ASSERT_EQ(stat((folder + "/control.sock").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

// Files, sockets and pipes; libpulse makes an empty folder wherever it is asked.
std::set<std::filesystem::path> FilesIn(const std::filesystem::path& folder) {
  std::set<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_directory()) found.insert(entry.path());
  }
  return found;
}

TEST(Daemon, LeavesNothingBehind) {
  const JackServer server(256);
  const JackClient client(server.environment());
  const std::filesystem::path home = server.environment().at("XDG_RUNTIME_DIR");
  const auto before = FilesIn(home);
  Auralisd daemon(server.environment(), ThroughJack("player", "recorder"));
  EXPECT_NE(FilesIn(home), before);  // the socket: so the comparison below sees it
  const pid_t group = daemon.process().pid();
  daemon.process().Signal(SIGTERM);
  ASSERT_EQ(daemon.process().WaitFor(5s), 0);
  EXPECT_EQ(kill(-group, 0), -1);  // no process of its group is left
  EXPECT_EQ(errno, ESRCH);
  EXPECT_EQ(FilesIn(home), before);
  const std::string ports = RunProgram({"jack_lsp"}, server.environment()).output;
  EXPECT_EQ(ports.find("auralis"), std::string::npos) << ports;
}

}  // namespace
}  // namespace auralis::test
