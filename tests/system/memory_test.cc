// What the daemon keeps over its end, and what it takes up while it runs.

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "tests/support/jack_client.h"
#include "tests/support/sound_server.h"
#include "tests/system/auralisd.h"

namespace auralis::test {
namespace {

using namespace std::chrono_literals;

std::string Get(const Auralisd& daemon, const std::string& key) {
  const std::string line = daemon.Ctl({"get", key}).output;
  const std::size_t equals = line.find(" = ");
  return equals == std::string::npos ? line : line.substr(equals + 3, line.size() - equals - 4);
}

TEST(Memory, WhatWasSetOutlivesAKill) {
  const JackServer server(256);
  const JackClient client(server.environment());
  const TempDir folder;
  Environment environment = server.environment();
  environment["AURALIS_STATE"] = folder / "state.toml";
  const std::string settings = "[limiter]\nceiling = -2\n";
  {
    Auralisd daemon(environment, ThroughJack("player", "recorder"), settings);
    daemon.Set({"output.gain", "-1.5", "limiter.ceiling", "-3", "master.bypass", "on"});
    std::this_thread::sleep_for(1s);
    daemon.process().Signal(SIGKILL);
    EXPECT_TRUE(daemon.process().WaitFor(3s).has_value());
  }
  const Auralisd daemon(environment, ThroughJack("player", "recorder"), settings);
  EXPECT_EQ(Get(daemon, "output.gain"), "-1.5 dB");
  EXPECT_EQ(Get(daemon, "limiter.ceiling"), "-3.0 dB");
  EXPECT_EQ(Get(daemon, "master.bypass"), "on");
}

TEST(Memory, AnEditedSettingsFileIsTakenUpAndABadOneChangesNothing) {
  const JackServer server(256);
  const JackClient client(server.environment());
  const Auralisd daemon(server.environment(), ThroughJack("player", "recorder"),
                        "[output]\ngain = -1\n");
  daemon.WriteSettings("[output]\ngain = -2\n");
  Await("the edit", [&] { return Get(daemon, "output.gain") == "-2.0 dB"; });
  daemon.WriteSettings("[output]\ngain = 99\n");
  Await("the complaint",
        [&] { return daemon.log().find("settings stay as they were") != std::string::npos; });
  EXPECT_EQ(Get(daemon, "output.gain"), "-2.0 dB");
}

}  // namespace
}  // namespace auralis::test
