// The leveler in the real daemon: from the meter's reading to the gain that is heard, and over the
// daemon's end.

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "tests/support/measure.h"
#include "tests/support/sound_server.h"
#include "tests/system/auralisd.h"
#include "tests/system/stream_check.h"

namespace auralis::test {
namespace {

using namespace std::chrono_literals;

constexpr char kSettings[] = "[leveler]\nenabled = true\ntarget = -18.0\n";

double HeardDb(const Recording& recording, double at_s) {
  return Db(ToneAmplitude(Cut(recording.audio.left, at_s - 0.1, at_s + 0.1), 997.0, kRateHz));
}

// 997 Hz at -10 dBFS on both sides is a programme of -10 LUFS.
StereoSignal Loud(double seconds) { return TonePair(997.0, 0.316228, seconds); }

TEST(Leveler, IsHeardAndRememberedOverTheEnd) {
  const JackServer server(256, JackServer::Late::kWaits);
  JackClient client(server.environment());
  const TempDir folder;
  Environment environment = server.environment();
  environment["AURALIS_STATE"] = folder / "state.toml";
  {
    Auralisd daemon(environment, ThroughJack("player", "recorder"), kSettings);
    const Recording heard = PlayThrough(client, Loud(5.0));
    // 0.8 dB over the target, as what is loudest may be.
    EXPECT_NEAR(HeardDb(heard, 4.8), -17.2, 0.2);
    daemon.process().Signal(SIGTERM);
    EXPECT_EQ(daemon.process().WaitFor(3s), 0) << daemon.log();
  }
  Auralisd daemon(environment, ThroughJack("player", "recorder"), kSettings);
  const Recording heard = PlayThrough(client, Loud(1.5));
  EXPECT_NEAR(HeardDb(heard, 0.5), -17.2, 0.2);
  EXPECT_NEAR(HeardDb(heard, 1.3), -17.2, 0.2);
}

// What was learnt is on the disk within two seconds, to half a decibel.
TEST(Leveler, IsRememberedOverAKill) {
  const JackServer server(256);
  JackClient client(server.environment());
  const TempDir folder;
  Environment environment = server.environment();
  environment["AURALIS_STATE"] = folder / "state.toml";
  {
    Auralisd daemon(environment, ThroughJack("player", "recorder"), kSettings);
    const Recording heard = PlayThrough(client, Loud(4.0));
    EXPECT_NEAR(HeardDb(heard, 3.8), -17.2, 0.4);
    daemon.process().Signal(SIGKILL);
    EXPECT_TRUE(daemon.process().WaitFor(3s).has_value());
  }
  Auralisd daemon(environment, ThroughJack("player", "recorder"), kSettings);
  const Recording heard = PlayThrough(client, Loud(1.0));
  EXPECT_NEAR(HeardDb(heard, 0.3), -17.2, 0.7);
}

TEST(Leveler, ABrokenMemoryIsSaidAndDoesNotKeepItFromStarting) {
  const JackServer server(256, JackServer::Late::kWaits);
  JackClient client(server.environment());
  const TempDir folder;
  Environment environment = server.environment();
  environment["AURALIS_STATE"] = folder / "state.toml";
  std::ofstream(folder / "state.toml") << "[leveler]\ngain = \"very\"\n";
  Auralisd daemon(environment, ThroughJack("player", "recorder"), kSettings);
  EXPECT_NE(daemon.log().find("state.toml"), std::string::npos) << daemon.log();
  const Recording heard = PlayThrough(client, Loud(0.5));
  EXPECT_GT(HeardDb(heard, 0.3), -17.0);
}

}  // namespace
}  // namespace auralis::test
