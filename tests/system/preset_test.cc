// Presets in the real daemon.

#include <gtest/gtest.h>
#include <sysexits.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>

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

// What is saved under another name is in force by that name, and sounds as it did; what is saved
// under a device's preset stays as it is.
TEST_F(PresetInDaemon, WhatIsSavedIsInForceByItsName) {
  std::ofstream(User("phones.toml")) << "schema = 1\nlimiter.ceiling = -3\n";
  const Auralisd daemon(environment_, {"--device", "virtual"});
  const auto base = [&] {
    return nlohmann::json::parse(daemon.Ctl({"preset", "show", "--json"}).output)
        .at("layers")
        .at("base")
        .at("preset");
  };
  daemon.Ctl({"preset", "load", "warm"});
  daemon.Set({"output.gain", "-3", "limiter.ceiling", "-5"});
  const std::string values = daemon.Ctl({"get", "*"}).output;
  EXPECT_EQ(daemon.Ctl({"preset", "save", "mine"}).exit_code, 0);
  EXPECT_EQ(base(), "mine");
  EXPECT_EQ(daemon.Ctl({"get", "*"}).output, values);
  EXPECT_EQ(daemon.Ctl({"preset", "show"}).output.find(" you\n"), std::string::npos);

  daemon.Ctl({"preset", "load", "warm", "--device", "phones"});
  daemon.Set({"limiter.ceiling", "-4"});
  EXPECT_EQ(daemon.Ctl({"preset", "save", "other"}).exit_code, 0);
  EXPECT_EQ(base(), "warm");
  EXPECT_EQ(daemon.Ctl({"get", "limiter.ceiling"}).output, "limiter.ceiling = -4.0 dB\n");
}

TEST_F(PresetInDaemon, LoadsAllOrNothingAsOneTransaction) {
  const Auralisd daemon(environment_, {"--device", "virtual"});
  daemon.Set({"input.gain", "6", "master.bypass", "on"});
  const auto revision = daemon.Status().at("revision").get<int>();
  EXPECT_EQ(daemon.Ctl({"preset", "load", "warm"}).exit_code, 0);
  EXPECT_EQ(daemon.Status().at("revision").get<int>(), revision + 1);
  const std::string in_force =
      "compressor.ratio = 1.9:1\ninput.gain = 0.0 dB\nmaster.bypass = on\n";
  const std::vector<std::string> get = {"get", "compressor.ratio", "input.gain", "master.bypass"};
  EXPECT_EQ(daemon.Ctl(get).output, in_force);  // what is compared with stays

  std::ofstream(User("room.toml")) << "schema = 1\ninput.gain = 3\nconvolver.file = \"no.wav\"\n";
  const Finished refused = daemon.Ctl({"preset", "load", "room"});
  EXPECT_EQ(refused.exit_code, 65);
  EXPECT_NE(refused.errors.find("no.wav"), std::string::npos) << refused.errors;
  EXPECT_EQ(daemon.Ctl({"preset", "load", "wram"}).exit_code, 65);
  EXPECT_EQ(daemon.Ctl(get).output, in_force);
  EXPECT_EQ(daemon.Status().at("preset"), "warm");
  EXPECT_EQ(daemon.Status().at("revision").get<int>(), revision + 1);
}

// By the name of the one that was loaded last, whatever was turned since.
TEST_F(PresetInDaemon, StepsThroughTheListRound) {
  const Auralisd daemon(environment_, {"--device", "virtual"});
  const auto step = [&](const char* where) {
    return daemon.Ctl({"preset", where}).output.substr(0, 5);
  };
  EXPECT_EQ(step("next"), "adapt");
  EXPECT_EQ(step("previous"), "warm:");
  EXPECT_EQ(step("previous"), "voice");
  daemon.Set({"input.gain", "1.25"});
  EXPECT_EQ(step("previous"), "punch");
  std::ofstream(User("night.toml")) << "broken";
  EXPECT_EQ(step("previous"), "live:");
}

// Values, pins, response and name: an undo brings back all that a load has taken.
TEST_F(PresetInDaemon, UndoTakesALoadBackWhole) {
  std::ofstream(folder_ / "eq.txt") << "GraphicEQ: 20 -3; 200 -3; 2000 0; 20000 -6\n";
  const Auralisd daemon(environment_, {"--device", "virtual"});
  const auto ctl = [&](const std::vector<std::string>& arguments) {
    const Finished done = daemon.Ctl(arguments);
    EXPECT_EQ(done.exit_code, 0) << done.errors;
    return done.output;
  };
  ctl({"preset", "import", folder_ / "eq.txt"});
  ctl({"preset", "load", "warm"});
  daemon.Set({"input.gain", "1.5"});
  const std::string before = ctl({"get", "*"});
  ctl({"preset", "load", "eq"});
  EXPECT_EQ(daemon.Status().at("convolver_file"), User("eq.wav"));
  ctl({"undo"});
  EXPECT_EQ(ctl({"get", "*"}), before);
  EXPECT_EQ(daemon.Status().at("preset"), "warm");
  EXPECT_EQ(daemon.Status().at("convolver_file"), "");
  ctl({"redo"});
  EXPECT_EQ(daemon.Status().at("preset"), "eq");
  EXPECT_EQ(daemon.Status().at("convolver_file"), User("eq.wav"));
}

// Half a second after it was done everything is on the disk: values, name, bypass, response. So is
// what is the default by a person's will, and not what the preset says.
TEST_F(PresetInDaemon, OutlivesAKill) {
  std::ofstream(folder_ / "eq.txt") << "GraphicEQ: 20 -3; 200 -3; 2000 0; 20000 -6\n";
  const JackServer server(256);
  const JackClient client(server.environment());
  Environment environment = server.environment();
  environment["XDG_CONFIG_HOME"] = folder_.path().string();
  environment["AURALIS_STATE"] = folder_ / "state.toml";
  const std::vector<std::string> options = ThroughJack("player", "recorder");
  std::string values;
  {
    Auralisd daemon(environment, options);
    const auto ctl = [&](const std::vector<std::string>& arguments) {
      const Finished done = daemon.Ctl(arguments);
      EXPECT_EQ(done.exit_code, 0) << done.errors;
      return done.output;
    };
    ctl({"preset", "import", folder_ / "eq.txt"});
    ctl({"preset", "load", "warm"});
    ctl({"convolver", "load", User("eq.wav")});
    ctl({"bypass", "on"});
    daemon.Set({"compressor.ratio", "1"});
    values = ctl({"get", "*"});
    Await("the memory", [&] {
      std::ifstream file(folder_ / "values.toml");
      const std::string text((std::istreambuf_iterator<char>(file)), {});
      return text.find("compressor.ratio") != std::string::npos;
    });
    daemon.process().Signal(SIGKILL);
    daemon.process().WaitFor(std::chrono::seconds(5));
  }
  const Auralisd next(environment, options);
  EXPECT_EQ(next.Ctl({"get", "*"}).output, values);
  EXPECT_EQ(next.Status().at("preset"), "warm");
  EXPECT_EQ(next.Status().at("bypass"), true);
  EXPECT_EQ(next.Status().at("convolver_file"), User("eq.wav"));
}

// A rule is in force before the first sound, its file's edits at once; what nobody saved stays, and
// so does the sound where a file is broken.
TEST_F(PresetInDaemon, FollowsRulesAndEditsOfFilesButNotOverUnsavedEdits) {
  const auto rules = [&](const std::string& text) {
    std::ofstream(folder_ / "auralis/rules.toml") << text;
  };
  std::ofstream(User("sofa.toml")) << "schema = 1\nlimiter.ceiling = -3\n"
                                      "equalizer.band3 = { frequency = 100, gain = 3 }\n";
  rules("[[rule]]\ndevice = \"virtual*\"\npreset = \"sofa\"\n");
  const Auralisd daemon(environment_, {"--device", "virtual"}, "[output]\ngain = -1\n");
  const auto get = [&](const char* key) { return daemon.Ctl({"get", key}).output; };
  const auto await = [&](const char* key, const std::string& value) {
    const std::string line = key + (" = " + value + "\n");
    try {
      Await(line, [&] { return get(key) == line; });
    } catch (const std::runtime_error& e) {
      ADD_FAILURE() << e.what() << ", is " << get(key) << daemon.log();
    }
  };
  EXPECT_EQ(get("limiter.ceiling"), "limiter.ceiling = -3.0 dB\n");
  EXPECT_EQ(get("output.gain"), "output.gain = -1.0 dB\n");  // of the settings file
  const std::string said = daemon.Ctl({"rules"}).output;
  EXPECT_NE(said.find("* 1. device virtual* -> base sofa: fits"), std::string::npos) << said;

  daemon.Set({"equalizer.band3.gain", "6"});
  std::ofstream(User("sofa.toml")) << "schema = 1\nlimiter.ceiling = -4\noutput.gain = -9\n"
                                      "equalizer.band3 = { frequency = 200, gain = 4 }\n";
  await("limiter.ceiling", "-4.0 dB");
  EXPECT_EQ(get("equalizer.band3.gain"), "equalizer.band3.gain = 6.0 dB\n");
  EXPECT_EQ(get("equalizer.band3.frequency"), "equalizer.band3.frequency = 100 Hz\n");
  EXPECT_EQ(get("output.gain"), "output.gain = -1.0 dB\n");
  const auto shown = nlohmann::json::parse(daemon.Ctl({"preset", "show", "--json"}).output);
  EXPECT_EQ(shown.at("sources").at("limiter.ceiling"), "base");
  EXPECT_EQ(shown.at("sources").at("equalizer.band3.gain"), "you");
  EXPECT_EQ(shown.at("sources").at("output.gain"), "settings");

  // Broken files are told, and change nothing.
  const auto revision = daemon.Status().at("revision").get<int>();
  std::ofstream(User("sofa.toml")) << "schema = 1\nlimiter.ceiling = 40\n";
  rules("[[rule]]\nroute = \"attic\"\npreset = \"x\"\n");
  Await("the complaints", [&] {
    const auto state = nlohmann::json::parse(daemon.Ctl({"rules", "--json"}).output);
    return state.at("rules_problem") != "" && state.at("layers").at("base").at("problem") != "";
  });
  EXPECT_EQ(daemon.Status().at("revision").get<int>(), revision);

  // A layer upon it, by another rule; then none fits, and what a person loads is back.
  std::ofstream(User("sofa.toml")) << "schema = 1\nlimiter.ceiling = -4\n";
  std::ofstream(User("phones.toml")) << "schema = 1\nlimiter.ceiling = -6\n";
  rules(
      "[[rule]]\npreset = \"sofa\"\n\n"
      "[[rule]]\ndevice = \"virtual*\"\npreset = \"phones\"\nlayer = \"device\"\n");
  await("limiter.ceiling", "-6.0 dB");
  EXPECT_EQ(daemon.Status().at("preset"), "sofa + phones");
  EXPECT_EQ(daemon.Ctl({"preset", "load", "warm"}).exit_code, 0);
  EXPECT_EQ(daemon.Status().at("preset"), "warm + phones");
  EXPECT_EQ(get("limiter.ceiling"), "limiter.ceiling = -6.0 dB\n");
  rules("");
  await("limiter.ceiling", "-1.0 dB");
  EXPECT_EQ(daemon.Status().at("preset"), "warm");
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
