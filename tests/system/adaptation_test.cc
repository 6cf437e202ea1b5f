// Adaptation in the real daemon, steered by the real client: heard, explained, learnt, remembered.

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "tests/support/measure.h"
#include "tests/support/sound_server.h"
#include "tests/system/auralisd.h"
#include "tests/system/stream_check.h"

namespace auralis::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

json Adaptation(const Auralisd& daemon) {
  return json::parse(daemon.Ctl({"adaptation", "--json"}).output);
}

double ToneDb(const Recording& heard, double hz, double at_s) {
  return Db(ToneAmplitude(Cut(heard.audio.left, at_s - 0.5, at_s), hz, kRateHz));
}

// A bass, and a tone in every other zone that is 10 dB softer than would be usual.
StereoSignal BassHeavy(double seconds) {
  StereoSignal sum = TonePair(120.0, 0.2, seconds);
  for (const auto& [hz, amplitude] :
       {std::pair(45.0, 0.03), std::pair(350.0, 0.03), std::pair(1000.0, 0.04),
        std::pair(2800.0, 0.025), std::pair(5600.0, 0.012), std::pair(11000.0, 0.006)}) {
    const StereoSignal tone = TonePair(hz, amplitude, seconds);
    for (std::size_t i = 0; i < sum.left.size(); ++i) {
      sum.left[i] += tone.left[i];
      sum.right[i] += tone.right[i];
    }
  }
  return sum;
}

TEST(Adaptation, IsHeardExplainedAndSteered) {
  const JackServer server(256, JackServer::Late::kWaits);
  JackClient client(server.environment());
  const TempDir folder;
  Environment environment = server.environment();
  environment["AURALIS_STATE"] = folder / "state.toml";
  json frozen;
  json released;
  Recording heard;
  std::optional<Auralisd> running;
  // What the server loses on a busy machine says nothing; a try begins with another daemon, which
  // has heard nothing yet.
  for (int attempt = 1; attempt <= 3; ++attempt) {
    running.reset();
    running.emplace(environment, ThroughJack("player", "recorder"),
                    "[master]\nadaptive = 1\n[compressor]\nthreshold = -30\n");
    heard = client.Play(BassHeavy(18.0), [&] {
      std::this_thread::sleep_for(15s);
      EXPECT_EQ(running->Ctl({"adaptation", "freeze"}).exit_code, 0);
      frozen = Adaptation(*running);
      released = json::parse(running->Ctl({"adaptation", "release", "--json"}).output);
    });
    if (heard.xruns == 0) break;
    std::cout << "try " << attempt << ": the server lost " << heard.xruns << " cycles\n";
  }
  const Auralisd& daemon = *running;
  EXPECT_EQ(frozen.at("doing"), "frozen");
  EXPECT_GT(frozen.at("heard_s").get<double>(), 12.0);
  EXPECT_TRUE(frozen.at("parameters").at("compressor.threshold").at("pinned").get<bool>());
  EXPECT_FALSE(released.at("parameters").at("compressor.threshold").at("pinned").get<bool>());
  // The bass beside the middle: less at the end than at the start, by what it says.
  const double before_db = ToneDb(heard, 120.0, 1.5) - ToneDb(heard, 1000.0, 1.5);
  const double after_db = ToneDb(heard, 120.0, 17.5) - ToneDb(heard, 1000.0, 17.5);
  const auto& gains = frozen.at("band_gain_db");
  const double said_db = gains.at(1).get<double>() - gains.at(8).get<double>();
  std::cout << "bass beside the middle: " << after_db - before_db << " dB, said " << said_db
            << " dB\n";
  EXPECT_LT(after_db - before_db, -1.0);
  EXPECT_NEAR(after_db - before_db, said_db, 0.3);
  const std::string story = daemon.Ctl({"adaptation"}).output;
  EXPECT_NE(story.find("dB at 122 Hz: bass zone"), std::string::npos) << story;
  EXPECT_NE(daemon.Ctl({"status"}).output.find("adaptation  frozen by a person"),
            std::string::npos);
}

TEST(Adaptation, LearnsAReferenceAndKeepsIt) {
  const JackServer server(256);
  const JackClient client(server.environment());
  const TempDir folder;
  Environment environment = server.environment();
  environment["AURALIS_STATE"] = folder / "state.toml";
  const std::string music = folder / "favourite.flac";
  ASSERT_EQ(RunProgram({AURALIS_PROGRAMME, music}, environment).exit_code, 0);
  {
    Auralisd daemon(environment, ThroughJack("player", "recorder"));
    EXPECT_EQ(daemon.Ctl({"reference", folder / "nowhere.flac"}).exit_code, 65);
    EXPECT_EQ(daemon.Ctl({"calibrate", music}).exit_code, 65);  // one track is not enough
    const Finished learnt = daemon.Ctl({"reference", music});
    EXPECT_EQ(learnt.exit_code, 0) << learnt.errors;
    EXPECT_NE(learnt.output.find("1 of 1 files"), std::string::npos) << learnt.output;
    EXPECT_EQ(Adaptation(daemon).at("reference"), music);
    daemon.process().Signal(SIGKILL);
    EXPECT_TRUE(daemon.process().WaitFor(3s).has_value());
  }
  const Auralisd daemon(environment, ThroughJack("player", "recorder"));
  EXPECT_EQ(Adaptation(daemon).at("reference"), music);
  EXPECT_EQ(daemon.Ctl({"reference", "clear"}).exit_code, 0);
  EXPECT_EQ(Adaptation(daemon).at("reference"), "");
  EXPECT_FALSE(std::filesystem::exists(folder / "reference.toml"));
}

}  // namespace
}  // namespace auralis::test
