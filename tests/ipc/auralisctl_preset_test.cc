// `auralisctl preset` as people and scripts run it, with files and with a server.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "config/preset.h"
#include "config/text_file.h"
#include "tests/ipc/support/test_server.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace auralis {
namespace {

using nlohmann::json;
using test::Finished;

class AuralisctlPreset : public testing::Test {
 protected:
  // Without a daemon: XDG_RUNTIME_DIR is nowhere.
  Finished Files(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {AURALISCTL, "preset"});
    return test::RunProgram(arguments, {{"XDG_CONFIG_HOME", home_.path().string()},
                                        {"XDG_RUNTIME_DIR", ""},
                                        {"AURALIS_SOCKET", ""}});
  }
  Finished Live(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(),
                     {AURALISCTL, "--socket", server_.path().string(), "preset"});
    return test::RunProgram(arguments, {{"XDG_CONFIG_HOME", home_.path().string()}});
  }
  std::filesystem::path User(const std::string& file) const {
    return home_.path() / "auralis/presets" / file;
  }
  void Write(const std::string& file, const std::string& text) const {
    std::filesystem::create_directories(User(""));
    std::ofstream(User(file)) << text;
  }
  float ValueOf(const std::string& key) {
    return server_.OnLoop([&](ipc::Server&, ParamRegistry& registry) {
      return registry.value(registry.Find(key).value());
    });
  }
  void Set(const std::string& key, double value) {
    server_.OnLoop([&](ipc::Server&, ParamRegistry& registry) {
      return registry.Apply(std::vector<Assignment>{{key, value}}).has_value();
    });
  }

  test::TempDir home_;
  test::TestServer server_;
};

TEST_F(AuralisctlPreset, ListsTheUsersBeforeTheShippedAndSaysWhatIsBroken) {
  Write("warm.toml", "schema = 1\ndescription = \"Mine.\"\n");
  Write("evil.toml", "schema = 1\nlimiter.ceiling = 4\n");
  const Finished list = Files({"list", "--json"});
  ASSERT_EQ(list.exit_code, 0) << list.errors;
  const json presets = json::parse(list.output);
  ASSERT_EQ(presets.size(), 10U);  // nine shipped, one hidden, two of the user's
  for (const json& one : presets) {
    if (one["name"] == "warm") {
      EXPECT_EQ(one["description"], "Mine.");
      EXPECT_EQ(one["shipped"], false);
    }
    if (one["name"] == "evil") {
      EXPECT_NE(one["description"].get<std::string>().find("above the maximum"), std::string::npos);
    }
  }
}

TEST_F(AuralisctlPreset, ChecksFilesWithLineAndColumn) {
  Write("good.toml", "schema = 1\n");
  Write("bad.toml", "schema = 1\n[limiter]\n  ceilng = -1\n");
  const Finished good = Files({"check", "good"});
  EXPECT_EQ(good.exit_code, 0);
  EXPECT_EQ(good.output, User("good.toml").string() + ": ok\n");
  const Finished bad = Files({"check", "good", "bad"});
  EXPECT_EQ(bad.exit_code, 65);
  EXPECT_EQ(bad.errors, "auralisctl: " + User("bad.toml").string() +
                            ":3:3: limiter.ceilng: there is no such key (did you mean "
                            "limiter.ceiling?)\n");
  EXPECT_EQ(Files({"check", "nowhere"}).exit_code, 65);
  EXPECT_EQ(Files({"check"}).exit_code, 64);
}

TEST_F(AuralisctlPreset, ShowsWhichLayerAValueComesFrom) {
  Write("base.toml", "schema = 1\nlimiter.ceiling = -2\nstereo.width = 0.6\n");
  Write("phones.toml", "schema = 1\nlimiter.ceiling = -3\ncrossfeed.enabled = true\n");
  EXPECT_EQ(Files({"show", "base", "--device", "phones"}).output,
            "stereo.width       0.6      base\n"
            "crossfeed.enabled  on       device\n"
            "limiter.ceiling    -3.0 dB  device\n");
  EXPECT_EQ(Files({"diff", "base", "phones"}).output,
            "stereo.width       0.6      0.5\n"
            "crossfeed.enabled  off      on\n"
            "limiter.ceiling    -2.0 dB  -3.0 dB\n");
}

// The daemon does the loading (tests/system/preset_test.cc); here is what it is asked for.
TEST_F(AuralisctlPreset, AsksTheDaemonToLoad) {
  EXPECT_EQ(Live({"load", "warm", "--device", "hd600"}).output, "warm/hd600//0: Fuller.\n");
  const std::string here = std::filesystem::current_path().string();
  EXPECT_EQ(Live({"load", "./a.toml", "--route", "none"}).output,
            here + "/a.toml//none/0: Fuller.\n");
  EXPECT_EQ(Live({"next"}).output, "///1: Fuller.\n");
  EXPECT_EQ(Live({"previous"}).output, "///-1: Fuller.\n");
  const json loaded = json::parse(Live({"load", "warm", "--json"}).output);
  EXPECT_EQ(loaded.at("layers").at("base").at("by"), "you");
  EXPECT_EQ(Files({"load", "warm"}).exit_code, 69);
}

TEST_F(AuralisctlPreset, SavesWhatDiffersAndKeepsComments) {
  Write("mine.toml",
        "# my words\nschema = 1\ndescription = \"Old.\"\nlimiter.ceiling = -2 # safe\n");
  Set("limiter.ceiling", -3.0);
  Set("input.gain", 1.5);
  Set("master.bypass", 1.0);
  ASSERT_EQ(Live({"save", "mine"}).exit_code, 0);
  EXPECT_EQ(ReadFileBytes(User("mine.toml")),
            "# my words\nschema = 1\ndescription = \"Old.\"\nlimiter.ceiling = -3 # safe\n"
            "\n[input]\ngain = 1.5\n");
  ASSERT_EQ(Live({"save", "new", "--description", "New."}).exit_code, 0);
  EXPECT_EQ(ReadFileBytes(User("new.toml")),
            "schema = 1\ndescription = \"New.\"\n\n[input]\ngain = 1.5\n\n[limiter]\nceiling = "
            "-3\n");
  EXPECT_EQ(Live({"diff", "new"}).output, "master.bypass  off  on\n");
  EXPECT_EQ(Live({"save", "../up/"}).exit_code, 65);
  EXPECT_EQ(Live({"save", "a", "--description", "two\nlines"}).exit_code, 65);
}

TEST_F(AuralisctlPreset, DeletesTheUsersOwnWithABackup) {
  Write("mine.toml", "schema = 1\n");
  EXPECT_EQ(Files({"delete", "mine"}).exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(User("mine.toml")));
  EXPECT_TRUE(std::filesystem::exists(User("mine.toml~")));
  const Finished shipped = Files({"delete", "warm"});
  EXPECT_EQ(shipped.exit_code, 65);
  EXPECT_NE(shipped.errors.find("is a shipped preset"), std::string::npos);
}

TEST_F(AuralisctlPreset, ImportsReportsAndExports) {
  std::filesystem::create_directories(home_ / "in");
  std::ofstream(home_ / "in/eq.txt") << "Preamp: -6 dB\nFilter 1: ON PK Fc 100 Hz Gain 3 dB Q 1\n"
                                        "GraphicEQ: 20 0; 200 -3\nBalance: 3\n";
  const std::string source = home_ / "in/eq.txt";
  const Finished imported = Files({"import", source});
  ASSERT_EQ(imported.exit_code, 0) << imported.errors;
  EXPECT_EQ(imported.output, User("eq.toml").string() + ": 6 values and a response\n" + source +
                                 ":4: Balance: is a command that is not known here\n");
  const Preset preset = LoadPreset(User("eq.toml"));
  EXPECT_EQ(preset.description, "Imported from eq.txt.");
  EXPECT_EQ(preset.convolver_file, User("eq.wav").string());

  const Finished again = Files({"import", source});
  EXPECT_EQ(again.exit_code, 65);
  EXPECT_NE(again.errors.find("--force"), std::string::npos);
  EXPECT_EQ(Files({"import", source, "--force"}).exit_code, 0);
  const Finished named = Files({"import", source, "--name", "other", "--json"});
  EXPECT_EQ(json::parse(named.output)["notes"][0]["line"], 4);

  const Finished exported = Files({"export", "eq", "--format", "equalizer-apo"});
  EXPECT_EQ(exported.output,
            "# Written by Auralis.\nPreamp: -6 dB\nFilter 1: ON PK Fc 100 Hz Gain 3 "
            "dB Q 1\nConvolution: " +
                User("eq.wav").string() + "\n");
  EXPECT_EQ(Files({"export", "eq", "--format", "mp3"}).exit_code, 64);

  // Nothing is left of what was refused, and what is deleted is gone with its response.
  std::ofstream(home_ / "in/none.json") << "{";
  EXPECT_EQ(Files({"import", home_ / "in/none.json"}).exit_code, 65);
  EXPECT_FALSE(std::filesystem::exists(User("none.toml")));
  std::ofstream(home_ / "in/nothing.txt") << "Convolution: /dev/zero\nBalance: 3\n";
  const Finished nothing = Files({"import", home_ / "in/nothing.txt"});
  EXPECT_EQ(nothing.exit_code, 65);
  EXPECT_NE(nothing.errors.find("nothing.txt:2: Balance"), std::string::npos) << nothing.errors;
  EXPECT_FALSE(std::filesystem::exists(User("nothing.toml")));
  EXPECT_EQ(Files({"delete", "eq"}).exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(User("eq.wav")));
  EXPECT_EQ(Files({"import", source}).exit_code, 0);
}

}  // namespace
}  // namespace auralis
