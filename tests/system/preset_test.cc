// Presets in the real daemon.

#include <gtest/gtest.h>
#include <sysexits.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <thread>

#include "tests/support/process.h"
#include "tests/support/sound_server.h"
#include "tests/support/temp_dir.h"
#include "tests/system/auralisd.h"
#include "tests/system/stream_check.h"

namespace auralis::test {
namespace {

class PresetInDaemon : public testing::Test {
 protected:
  PresetInDaemon() {
    environment_ = {{"HOME", folder_.path().string()},
                    {"XDG_RUNTIME_DIR", folder_.path().string()},
                    {"XDG_CONFIG_HOME", folder_.path().string()}};
    std::filesystem::create_directories(User(""));
  }
  std::string User(const std::string& file) const { return folder_ / ("auralis/presets/" + file); }
  TempDir folder_;
  Environment environment_;
};

TEST_F(PresetInDaemon, StartsWithTheOneThatIsNamed) {
  std::ofstream(User("mine.toml")) << "schema = 1\nlimiter.ceiling = -4\n";
  const Auralisd daemon(environment_, {"--device", "virtual", "--preset", "mine"},
                        "[limiter]\nceiling = -2\n[input]\ngain = 3\n");
  EXPECT_EQ(daemon.Ctl({"get", "limiter.ceiling", "input.gain"}).output,
            "limiter.ceiling = -4.0 dB\ninput.gain = 0.0 dB\n");
}

TEST_F(PresetInDaemon, AnImportedGraphicEqualizerIsLoadedWithItsResponse) {
  std::ofstream(folder_ / "eq.txt") << "GraphicEQ: 20 -3; 200 -3; 2000 0; 20000 -6\n";
  const Auralisd daemon(environment_, {"--device", "virtual"});
  const auto ctl = [&](const std::vector<std::string>& arguments) {
    const Finished done = daemon.Ctl(arguments);
    EXPECT_EQ(done.exit_code, 0) << done.errors;
    return done.output;
  };
  ctl({"preset", "import", folder_ / "eq.txt"});
  ctl({"preset", "load", "eq"});
  EXPECT_EQ(daemon.Status().at("convolver_file"), User("eq.wav"));
  EXPECT_EQ(ctl({"get", "convolver.enabled"}), "convolver.enabled = on\n");
  // What is in force is what the file says, and what is saved of it is the same once more.
  EXPECT_EQ(ctl({"preset", "diff", "eq"}), "");
  ctl({"preset", "save", "again"});
  EXPECT_EQ(ctl({"preset", "diff", "eq", "again"}), "");
  // A response that has gone keeps the daemon as it is.
  ctl({"preset", "load", "warm"});
  std::filesystem::remove(User("eq.wav"));
  EXPECT_EQ(daemon.Ctl({"preset", "load", "eq"}).exit_code, 65);
  EXPECT_EQ(ctl({"preset", "diff", "warm"}), "");
}

// What a preset sets may be moved by adaptation, what a person sets may not; watchers hear of it.
TEST_F(PresetInDaemon, IsToldAndNotPinned) {
  const Auralisd daemon(environment_, {"--device", "virtual"});
  Process watcher({AURALISCTL, "watch", "events", "--json"}, environment_);
  ASSERT_TRUE(watcher.AwaitOutput("xruns so far", std::chrono::seconds(5)));
  EXPECT_EQ(daemon.Ctl({"preset", "load", "warm"}).exit_code, 0);
  EXPECT_TRUE(watcher.AwaitOutput("\"warm\"", std::chrono::seconds(5))) << watcher.output();
  EXPECT_EQ(daemon.Status().at("preset"), "warm");
  const auto is_pinned = [&](const char* key) {
    const auto report = nlohmann::json::parse(daemon.Ctl({"adaptation", "--json"}).output);
    return report.at("parameters").at(key).at("pinned").get<bool>();
  };
  EXPECT_FALSE(is_pinned("compressor.threshold"));
  daemon.Set({"compressor.threshold", "-20"});
  EXPECT_TRUE(is_pinned("compressor.threshold"));
  EXPECT_EQ(daemon.Ctl({"undo"}).exit_code, 0);
  EXPECT_FALSE(is_pinned("compressor.threshold"));
  EXPECT_EQ(daemon.Ctl({"quit"}).exit_code, 0);
}

TEST_F(PresetInDaemon, CheckConfigLooksAtPresetsAndRules) {
  std::ofstream(folder_ / "auralis/auralis.toml") << "[input]\ngain = 1\n";
  std::ofstream(User("bad.toml")) << "schema = 1\nlimiter.ceiling = 4\n";
  std::ofstream(folder_ / "auralis/rules.toml") << "[[rule]]\nroute = \"attic\"\npreset = \"x\"\n";
  const Finished done = RunAuralisd(environment_, {"--check-config"});
  EXPECT_EQ(done.exit_code, EX_CONFIG);
  EXPECT_NE(done.errors.find("bad.toml:2:9: limiter.ceiling"), std::string::npos) << done.errors;
  EXPECT_NE(done.errors.find("rules.toml:2:1: rule.route"), std::string::npos) << done.errors;
  EXPECT_NE(done.output.find("auralis.toml: ok"), std::string::npos);

  const Finished unknown = RunAuralisd(environment_, {"--device", "virtual", "--preset", "wram"});
  EXPECT_EQ(unknown.exit_code, EX_CONFIG);
  EXPECT_NE(unknown.errors.find("did you mean warm?"), std::string::npos) << unknown.errors;
}

// While a low tone plays: a step of the signal would stand out in its second difference.
TEST(PresetSwitch, NoneOfTheShippedPresetsClicks) {
  const JackServer server(256);
  JackClient client(server.environment());
  const Auralisd daemon(server.environment(), ThroughJack("player", "recorder"));
  const Recording heard = PlayThrough(client, TonePair(200.0, 0.1, 6.0), [&] {
    for (const char* name :
         {"warm", "night", "bright", "voice", "adaptive", "punchy", "live", "gentle", "flat"}) {
      std::this_thread::sleep_for(std::chrono::milliseconds(550));
      EXPECT_EQ(daemon.Ctl({"preset", "load", name}).exit_code, 0) << name;
    }
  });
  ASSERT_EQ(heard.xruns, 0U);
  double sharpest = 0.0;
  const Signal& left = heard.audio.left;
  for (std::size_t i = 24000; i + 2 < left.size(); ++i) {
    const double bend = static_cast<double>(left[i + 2]) - 2.0 * static_cast<double>(left[i + 1]) +
                        static_cast<double>(left[i]);
    sharpest = std::max(sharpest, std::abs(bend));
  }
  const double of_the_tone = 0.1 * std::pow(2.0 * M_PI * 200.0 / kRateHz, 2.0);
  std::cout << "sharpest bend " << sharpest / of_the_tone << " times the tone's own\n";
  // Presets raise the tone by some dB; a step of a hundredth of it would be 14 times.
  EXPECT_LT(sharpest, 3.0 * of_the_tone);
}

// The filter-chain that is exported, in the real PipeWire: its sink comes up.
TEST(PresetExport, PipeWireRunsTheFilterChain) {
  const PipeWireServer server(256);
  const TempDir folder;
  const std::string fragments = folder / "pipewire/chain.conf.d";
  std::filesystem::create_directories(fragments);
  // A client of the server that loads what is in chain.conf.d.
  std::ofstream(folder / "pipewire/chain.conf")
      << "context.spa-libs = { audio.convert.* = audioconvert/libspa-audioconvert\n"
         "  support.* = support/libspa-support }\n"
         "context.modules = [ { name = libpipewire-module-protocol-native }\n"
         "  { name = libpipewire-module-client-node } { name = libpipewire-module-adapter } ]\n";
  std::ofstream(folder / "mine.toml")
      << "schema = 1\n[equalizer]\npreamp = -4\nband1 = { type = \"low-shelf\", gain = 4 "
         "}\n"
         "band9.gain = -3\nband20 = { type = \"high-pass\", frequency = 30 }\n";
  Environment environment = server.environment();
  environment["XDG_CONFIG_HOME"] = folder.path().string();
  const Finished exported =
      RunProgram({AURALISCTL, "preset", "export", folder / "mine.toml", "--format", "pipewire",
                  "--output", fragments + "/mine.conf"},
                 environment);
  ASSERT_EQ(exported.exit_code, 0) << exported.errors;
  Process filter_chain({"pipewire", "-c", "chain.conf"}, environment);
  const auto sinks = [&] {
    return RunProgram({"pactl", "list", "short", "sinks"}, environment).output;
  };
  const auto has_sink = [&] { return sinks().find("effect_input.mine") != std::string::npos; };
  try {
    Await("the sink of the filter-chain", has_sink, std::chrono::seconds(5));
  } catch (const std::runtime_error&) {
    ADD_FAILURE() << "no sink:\n" << sinks() << filter_chain.errors();
  }
  EXPECT_TRUE(filter_chain.IsRunning()) << filter_chain.errors();
}

}  // namespace
}  // namespace auralis::test
