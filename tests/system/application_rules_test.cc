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
  std::unique_ptr<Process> Play(const std::string& role) {
    return std::make_unique<Process>(
        std::vector<std::string>{"pw-play", "--target", "auralis", "--media-role", role,
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

  TempDir folder_;
  PipeWireServer server_;
  Environment environment_;
};

TEST_F(ApplicationRules, ChooseByRoleBeforeTheFirstSoundAndNotOverUnsavedEdits) {
  const Auralisd daemon(environment_, {"--device", "pipewire"});
  daemon.Set({"limiter.ceiling", "-5"});
  Process recorder({"pw-record", "--target", "speakers", "-P", "{ stream.capture.sink = true }",
                    "--format", "f32", folder_ / "recorded.wav"},
                   environment_);
  Await("the recorder", [&] {
    return RunProgram({"pw-link", "-l"}, environment_).output.find("pw-record:input_FL") !=
           std::string::npos;
  });
  auto call = Play("Communication");
  AwaitPreset(daemon, "call");
  EXPECT_EQ(daemon.Ctl({"get", "output.gain", "limiter.ceiling"}).output,
            "output.gain = -12.0 dB\nlimiter.ceiling = -5.0 dB\n");
  const std::string said = daemon.Ctl({"rules"}).output;
  EXPECT_NE(said.find("Communication"), std::string::npos) << said;
  EXPECT_NE(said.find("* 1. application Communication -> base call: fits"), std::string::npos)
      << said;
  std::this_thread::sleep_for(1s);  // of sound to measure

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
  recorder.Signal(SIGINT);
  EXPECT_TRUE(recorder.WaitFor(5s).has_value());

  const StereoSignal heard = ReadSoundFile(folder_ / "recorded.wav");
  const auto first = std::find_if(heard.left.begin(), heard.left.end(),
                                  [](float x) { return std::abs(x) > 1e-3F; });
  ASSERT_GT(heard.left.end() - first, 48000);
  const auto peak_of = [&](std::ptrdiff_t from, std::ptrdiff_t frames) {
    return PeakOf({&*(first + from), static_cast<std::size_t>(frames)});
  };
  const double first_db = Db(peak_of(0, 2400));
  const double later_db = Db(peak_of(24000, 4800));
  std::cout << "the first 50 ms peak at " << first_db << " dBFS, later " << later_db << "\n";
  EXPECT_NEAR(later_db, Db(0.25) - 12.0, 0.3);
  EXPECT_LE(first_db, later_db + 1.0);  // without the preset 12 dB more
}

}  // namespace
}  // namespace auralis::test
