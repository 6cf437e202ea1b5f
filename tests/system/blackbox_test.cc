// The flight recorder of the real daemon: while it runs, when it is dead, and how it died.

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "tests/support/jack_client.h"
#include "tests/support/rt_guard.h"
#include "tests/support/sound_server.h"
#include "tests/system/auralisd.h"

namespace auralis::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

std::string Read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class BlackBoxOfTheDaemon : public ::testing::Test {
 protected:
  Environment With(Environment environment) const {
    environment["AURALIS_STATE"] = folder_ / "state/state.toml";
    environment["HOME"] = folder_.path();
    if (!environment.contains("XDG_RUNTIME_DIR")) environment["XDG_RUNTIME_DIR"] = folder_.path();
    return environment;
  }
  std::filesystem::path State(const std::string& name) const { return folder_ / "state" / name; }
  static json Parse(const Finished& done) {
    EXPECT_EQ(done.exit_code, 0) << done.errors;
    return json::parse(done.output);
  }

  TempDir folder_;
};

TEST_F(BlackBoxOfTheDaemon, TellsWhatEachStageTakesWhileItRuns) {
  const Auralisd daemon(With({}), {"--device", "virtual"});
  daemon.Set({"output.gain", "-2"});
  std::this_thread::sleep_for(1500ms);
  const json box = Parse(daemon.Ctl({"blackbox", "--json"}));
  EXPECT_EQ(box.at("end"), "runs");
  ASSERT_GE(box.at("slices").size(), 8U);
  const json& last = box.at("slices").back();
  EXPECT_EQ(last.at("quantum"), json::array({256, 256}));
  EXPECT_GT(last.at("mean_us").get<double>(), 0.0);
  EXPECT_EQ(last.at("stages_us").size(), 19U);
  EXPECT_GT(last.at("stages_us").at("limiter").get<double>(), 0.0);
  EXPECT_EQ(last.at("revision"), 1);
  const Finished story = daemon.Ctl({"blackbox"});
  EXPECT_NE(story.output.find("What a block takes, by stage"), std::string::npos) << story.output;
  EXPECT_NE(story.output.find("revision 0 to 1"), std::string::npos) << story.output;
  EXPECT_NE(story.output.find("info: streaming virtual"), std::string::npos) << story.output;
  EXPECT_FALSE(std::filesystem::exists(State("blackbox.bin")))
      << "a file that plays leaves no trace";
}

TEST_F(BlackBoxOfTheDaemon, OutlivesAKillAndIsReadWithoutADaemon) {
  const JackServer server(256);
  const JackClient client(server.environment());
  const Environment environment = With(server.environment());
  {
    Auralisd daemon(environment, ThroughJack("player", "recorder"));
    std::this_thread::sleep_for(1500ms);
    daemon.process().Signal(SIGKILL);
    ASSERT_TRUE(daemon.process().WaitFor(5s).has_value());
    const json box = Parse(daemon.Ctl({"blackbox", "--json"}));
    EXPECT_EQ(box.at("file"), State("blackbox.bin").string());
    EXPECT_NE(box.at("end").get<std::string>().find("without a word"), std::string::npos);
    EXPECT_GE(box.at("slices").size(), 8U);
  }
  const Auralisd next(environment, ThroughJack("player", "recorder"));
  const json last = Parse(next.Ctl({"blackbox", "--json", State("blackbox.bin.last")}));
  EXPECT_GE(last.at("slices").size(), 8U) << "the next one does not write over it";
}

TEST_F(BlackBoxOfTheDaemon, ACrashLeavesABacktraceAndTheRing) {
  for (const int signal : {SIGSEGV, SIGABRT}) {
    if (signal == SIGSEGV && !RtGuard::active()) continue;  // a sanitizer's own
    Auralisd daemon(With({}), {"--device", "virtual"});
    std::this_thread::sleep_for(700ms);
    daemon.process().Signal(signal);
    ASSERT_EQ(daemon.process().WaitFor(10s), -signal) << "it ends as it would have";
    const std::string name = "crash-" + std::to_string(daemon.process().pid());
    const std::string report = Read(State(name + ".txt"));
    EXPECT_NE(report.find(signal == SIGSEGV ? "SIGSEGV" : "SIGABRT"), std::string::npos) << report;
    EXPECT_NE(report.find("auralisd("), std::string::npos) << report;
    EXPECT_NE(daemon.log().find("Backtrace"), std::string::npos) << "in the journal, too";
    const json box = Parse(daemon.Ctl({"blackbox", "--json", State(name + ".blackbox")}));
    EXPECT_NE(box.at("end").get<std::string>().find("ended by signal " + std::to_string(signal)),
              std::string::npos);
    EXPECT_GE(box.at("slices").size(), 3U);
    EXPECT_EQ(box.at("events").back().at("kind"), "crash");
  }
}

TEST_F(BlackBoxOfTheDaemon, WhatIsNoneIsRefused) {
  const std::string file = folder_ / "x";
  std::ofstream(file) << "no box";
  const Finished done = RunProgram({AURALISCTL, "blackbox", file}, With({}));
  EXPECT_EQ(done.exit_code, 69) << done.errors;
  EXPECT_NE(done.errors.find(file), std::string::npos) << done.errors;
  const Finished none = RunProgram({AURALISCTL, "blackbox"}, With({}));
  EXPECT_EQ(none.exit_code, 69);
  EXPECT_NE(none.errors.find("is not running"), std::string::npos) << none.errors;
}

}  // namespace
}  // namespace auralis::test
