// Rules that go by what plays, with real streams of PipeWire.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/measure.h"
#include "tests/support/process.h"
#include "tests/support/sound_server.h"
#include "tests/support/temp_dir.h"
#include "tests/system/auralisd.h"
#include "tests/system/stream_check.h"

namespace auralis::test {
namespace {

using namespace std::chrono_literals;

class ApplicationRules : public testing::Test {
 protected:
  ApplicationRules() : server_(256), environment_(server_.environment()) {
    server_.MakeNullSink("speakers", "Speakers");
    server_.SetDefaultSink("speakers");
    environment_["XDG_CONFIG_HOME"] = folder_.path().string();
    const std::filesystem::path presets = folder_ / "auralis/presets";
    std::filesystem::create_directories(presets);
    std::ofstream(presets / "call.toml") << "schema = 1\noutput.gain = -12\nlimiter.ceiling = -8\n";
    std::ofstream(presets / "film.toml") << "schema = 1\noutput.gain = -3\n";
    std::ofstream(folder_ / "auralis/rules.toml")
        << "[[rule]]\napplication = \"Communication\"\npreset = \"call\"\n\n"
           "[[rule]]\napplication = \"Movie\"\npreset = \"film\"\n";
    WriteSoundFile(folder_ / "tone.wav", TonePair(440.0, 0.25, 20.0));
  }
  // A tone in the background, by an application of that role.
  std::unique_ptr<Process> Play(const std::string& role, const std::string& target = "auralis") {
    return std::make_unique<Process>(
        std::vector<std::string>{"pw-play", "--target", target, "--media-role", role,
                                 folder_ / "tone.wav"},
        environment_);
  }
  static void AwaitPreset(const Auralisd& daemon, const std::string& name) {
    try {
      Await("preset '" + name + "'", [&] { return daemon.Status().at("preset") == name; });
    } catch (const std::exception& e) {
      ADD_FAILURE() << e.what() << '\n' << daemon.Ctl({"rules"}).output << daemon.log();
    }
  }

  // What the speakers are given while a call begins and goes on for more than a second.
  Signal HearCall(const Auralisd& daemon) {
    Process recorder({"pw-record", "--target", "speakers", "-P", "{ stream.capture.sink = true }",
                      "--format", "f32", folder_ / "recorded.wav"},
                     environment_);
    Await("the recorder", [&] {
      return RunProgram({"pw-link", "-l"}, environment_).output.find("pw-record:input_FL") !=
             std::string::npos;
    });
    std::this_thread::sleep_for(200ms);
    const auto call = Play("Communication", "auto");
    AwaitPreset(daemon, "call");
    std::this_thread::sleep_for(2500ms);
    recorder.Signal(SIGINT);
    EXPECT_TRUE(recorder.WaitFor(5s).has_value());
    return ReadSoundFile(folder_ / "recorded.wav").left;
  }

  TempDir folder_;
  PipeWireServer server_;
  Environment environment_;
};

TEST_F(ApplicationRules, ChooseByRoleAndNotOverUnsavedEdits) {
  const Auralisd daemon(environment_, {"--device", "pipewire"});
  daemon.Set({"limiter.ceiling", "-5"});
  auto call = Play("Communication");
  AwaitPreset(daemon, "call");
  EXPECT_EQ(daemon.Ctl({"get", "output.gain", "limiter.ceiling"}).output,
            "output.gain = -12.0 dB\nlimiter.ceiling = -5.0 dB\n");
  const std::string said = daemon.Ctl({"rules"}).output;
  EXPECT_NE(said.find("* 1. application Communication -> base call: fits"), std::string::npos)
      << said;
  // What plays came last; what plays no more counts until something else does.
  auto film = Play("Movie");
  AwaitPreset(daemon, "film");
  film.reset();
  AwaitPreset(daemon, "call");
  call.reset();
  auto music = Play("Music");
  AwaitPreset(daemon, "");
  EXPECT_EQ(daemon.Ctl({"get", "output.gain", "limiter.ceiling"}).output,
            "output.gain = 0.0 dB\nlimiter.ceiling = -5.0 dB\n");
}

// The preset is chosen when the stream appears, before it is linked, and is in force from the first
// frame; what is heard may fade in. Without the preset it is 12 dB more.
TEST_F(ApplicationRules, ChooseBeforeTheFirstSound) {
  const Auralisd daemon(environment_, {"--device", "pipewire", "--make-default"});
  Await("the default", [&] {
    return RunProgram({"pactl", "get-default-sink"}, environment_).output == "auralis\n";
  });
  const Signal heard = HearCall(daemon);
  const auto first =
      std::find_if(heard.begin(), heard.end(), [](float x) { return std::abs(x) > 1e-3F; });
  ASSERT_GT(heard.end() - first, 24000);
  const std::span<const float> call(&*first, 24000);
  const double first_db = Db(PeakOf(call.first(960)));
  const double later_db = Db(PeakOf(call.last(4800)));
  std::cout << "the first 20 ms peak at " << first_db << " dBFS, later " << later_db << "\n";
  EXPECT_NEAR(later_db, Db(0.25) - 12.0, 0.3);
  EXPECT_LE(first_db, later_db + 0.1);
  EXPECT_LE(Db(PeakOf(call)), later_db + 0.1);
}

}  // namespace
}  // namespace auralis::test
