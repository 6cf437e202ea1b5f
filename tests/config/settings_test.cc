#include "config/settings.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>

#include "config/param_text.h"
#include "tests/support/temp_dir.h"

namespace auralis {
namespace {

// What is wrong with the text, as a user reads it; "" where nothing is.
std::string ErrorOf(std::string_view text) {
  try {
    ParseSettings(text, "f");
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "";
}

std::string LoadErrorOf(const std::filesystem::path& file) {
  try {
    LoadSettings(file);
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "";
}

// The registry after the settings of the text.
ParamRegistry RegistryAfter(std::string_view text) {
  ParamRegistry registry;
  const auto error = registry.Apply(ParseSettings(text, "f").parameters);
  EXPECT_FALSE(error.has_value()) << error->Message();
  return registry;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

constexpr const char* kExample = AURALIS_SOURCE_DIR "/config/auralis.toml";

TEST(Settings, AnEmptyFileIsTheDefaults) {
  for (const char* text : {"", "\n\n", "# nothing\n", "\xEF\xBB\xBF", "[audio]\n[limiter]\n"}) {
    const Settings settings = ParseSettings(text, "f");
    EXPECT_EQ(settings.audio, AudioSettings());
    EXPECT_TRUE(settings.parameters.empty());
  }
}

TEST(Settings, ReadsEveryKeyOfAudio) {
  const AudioSettings audio = ParseSettings(R"([audio]
device = "virtual"
host_api = "alsa"
input = "Monitor of Größe"
output = "Speakers"
rate = 44100
sink = false
default_sink = true
block = 256
)",
                                            "f")
                                  .audio;
  const AudioSettings expected = {.device = "virtual",
                                  .host_api = "alsa",
                                  .input = "Monitor of Größe",
                                  .output = "Speakers",
                                  .rate_hz = 44100.0,
                                  .block_frames = 256,
                                  .own_sink = false,
                                  .default_sink = true};
  EXPECT_EQ(audio, expected);
}

TEST(Settings, ReadsTheConvolversFileBesideItsParameters) {
  const Settings settings =
      ParseSettings("[convolver]\nenabled = true\nfile = \"hall.wav\"\n", "f");
  EXPECT_EQ(settings.convolver_file, "hall.wav");
  EXPECT_EQ(settings.parameters.size(), 1U);
  EXPECT_EQ(ParseSettings("", "f").convolver_file, "");
  EXPECT_NE(ErrorOf("[convolver]\nfile = 3\n").find("f:2: convolver.file: 3 is not the name"),
            std::string::npos)
      << ErrorOf("[convolver]\nfile = 3\n");
  EXPECT_NE(ErrorOf("convolver.file = \"a\\u0007b\"\n"), "");
  EXPECT_NE(ErrorOf("[convolver.file]\nname = 1\n"), "");
}

TEST(Settings, ReadsParametersInEverySpellingOfToml) {
  const ParamRegistry registry = RegistryAfter(R"(
output.gain = -1
equalizer.band1.gain = 2.5
[equalizer.band2]
gain = "-3 dB"
type = "low-shelf"
frequency = "1.2 kHz"
[equalizer.band3]
enabled = false
[input]
gain = 6
dc_block = "on"
[master]
bypass = true
)");
  const auto value = [&](const char* key) { return registry.value(*registry.Find(key)); };
  EXPECT_EQ(value("output.gain"), -1.0F);
  EXPECT_EQ(value("equalizer.band1.gain"), 2.5F);
  EXPECT_EQ(value("equalizer.band2.gain"), -3.0F);
  EXPECT_EQ(FormatValue(ParamRegistry::info(*registry.Find("equalizer.band2.type")).spec,
                        value("equalizer.band2.type")),
            "low-shelf");
  EXPECT_EQ(value("equalizer.band2.frequency"), 1200.0F);
  EXPECT_EQ(value("equalizer.band3.enabled"), 0.0F);
  EXPECT_EQ(value("input.gain"), 6.0F);
  EXPECT_EQ(value("input.dc_block"), 1.0F);
  EXPECT_EQ(value("master.bypass"), 1.0F);
  EXPECT_EQ(RegistryAfter("equalizer = {band1 = {gain = 7}}")
                .value(*registry.Find("equalizer.band1.gain")),
            7.0F);
}

TEST(Settings, TakesEveryValueThatTheTableAllows) {
  const ParamRegistry registry;
  for (std::size_t i = 0; i < ParamRegistry::size(); ++i) {
    const ParamSpec& spec = ParamRegistry::info(i).spec;
    for (const float value : {spec.min, spec.max, spec.def}) {
      const std::string number = registry.key(i) + " = " + ExactText(value);
      const std::string text = registry.key(i) + " = \"" + FormatValue(spec, value) + "\"";
      EXPECT_EQ(RegistryAfter(number).value(i), value) << number;
      EXPECT_NEAR(RegistryAfter(text).value(i), value, 0.0005F) << text;
    }
  }
}

TEST(Settings, NamesEachWrongLineWithKeyReasonAndWhatIsAllowed) {
  const std::string blocks = "(allowed: 16, 32, 64, 128, 256, 512, 1024)";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"audio.device = \"pulse\"",
       "f:1: audio.device: pulse is not one of the choices (allowed: auto, pipewire, portaudio, "
       "virtual)"},
      {"audio.device = 3",
       "f:1: audio.device: 3 is not a text in quotes (allowed: auto, pipewire, portaudio, "
       "virtual)"},
      {"audio.host_api = \"oss\"",
       "f:1: audio.host_api: oss is not one of the choices (allowed: \"\" for the first that "
       "answers, jack, alsa)"},
      {"audio.input = true",
       "f:1: audio.input: true is not a text in quotes (allowed: a device's name or part of it, up "
       "to 256 bytes)"},
      {"audio.output = \"a\\u001bb\"",
       "f:1: audio.output: a?b has control characters in it (allowed: a device's name or part of "
       "it, up to 256 bytes)"},
      {"audio.rate = 7999",
       "f:1: audio.rate: 7999 is not a sample rate (allowed: 0 for the device's own, 8000 to "
       "384000)"},
      {"audio.rate = nan",
       "f:1: audio.rate: nan is not a sample rate (allowed: 0 for the device's own, 8000 to "
       "384000)"},
      {"audio.rate = \"48k\"",
       "f:1: audio.rate: 48k is not a number (allowed: 0 for the device's own, 8000 to 384000)"},
      {"audio.block = 100", "f:1: audio.block: 100 is not a block length " + blocks},
      {"audio.block = 8", "f:1: audio.block: 8 is not a block length " + blocks},
      {"audio.block = 2048", "f:1: audio.block: 2048 is not a block length " + blocks},
      {"audio.block = -9223372036854775808",
       "f:1: audio.block: -9223372036854775808 is not a block length " + blocks},
      {"audio.block = 64.0", "f:1: audio.block: 64 is not a whole number " + blocks},
      {"audio.block = [64]", "f:1: audio.block: an array is not a whole number " + blocks},
      {"audio = 3", "f:1: audio: 3 is not a table (allowed: [audio])"},
      {"[[audio]]", "f:1: audio: an array is not a table (allowed: [audio])"},
      {"\n[audio]\nlatency = 3",
       "f:3: audio.latency: there is no such key (allowed: device, host_api, input, output, rate, "
       "sink, default_sink, block)"},
      {"[audio]\nsink = 1", "f:2: audio.sink: 1 is neither true nor false (allowed: true, false)"},
      {"rate = 48000", "f:1: rate: there is no such table (did you mean audio.rate, gate?)"},
      {"[equaliser]", "f:1: equaliser: there is no such table (did you mean equalizer?)"},
      {"output = 3", "f:1: output: 3 is not a table (allowed: [output])"},
      {"output.gian = 3", "f:1: output.gian: there is no such key (did you mean output.gain?)"},
      {"\n\noutput.gain = 3", "f:3: output.gain: 3 is above the maximum (allowed: -60 dB to 0 dB)"},
      {"output.gain = -9223372036854775807",
       "f:1: output.gain: -9223372036854775807 is below the minimum (allowed: -60 dB to 0 dB)"},
      {"input.gain = 9223372036854775807",
       "f:1: input.gain: 9223372036854775807 is above the maximum (allowed: -36 dB to 36 dB)"},
      {"output.gain = \"-3 Hz\"",
       "f:1: output.gain: -3 Hz ends in 'Hz', which does not fit (allowed: -60 dB to 0 dB)"},
      {"output.gain = nan",
       "f:1: output.gain: nan is not a finite number (allowed: -60 dB to 0 dB)"},
      {"output.gain = true",
       "f:1: output.gain: true is not a value for it (allowed: -60 dB to 0 dB)"},
      {"output.gain = 1979-05-27",
       "f:1: output.gain: a date or time is not a value for it (allowed: -60 dB to 0 dB)"},
      {"output.gain.db = 3",
       "f:1: output.gain: a table is not a value for it (allowed: -60 dB to 0 dB)"},
      {"master.bypass = \"toggle\"",
       "f:1: master.bypass: toggle has nothing to turn round here (allowed: true, false, \"on\", "
       "\"off\")"},
      {"master.bypass = 0.5",
       "f:1: master.bypass: 0.5 is not on or off (allowed: true, false, \"on\", \"off\")"},
      {"[equalizer.band33]\ngain = 3\nq = 1",
       "f:1: equalizer.band33: there is no band33 (allowed: band1 to band32)"},
      {"equalizer.band1 = 3",
       "f:1: equalizer.band1: 3 is not a table (allowed: [equalizer.band1])"},
      {"[equalizer]\n\"band1.gain\" = 3",
       "f:2: equalizer.\"band1.gain\": a dot in quotes does not divide (did you mean band1.gain?)"},
      {"\"output.gain\" = -3",
       "f:1: \"output.gain\": a dot in quotes does not divide (did you mean output.gain?)"},
      {"[[equalizer.band1]]\ngain = 3",
       "f:1: equalizer.band1: an array is not a table (allowed: [equalizer.band1])"},
  };
  for (const auto& [text, message] : cases) EXPECT_EQ(ErrorOf(text), message) << text;
}

TEST(Settings, ReadsWhatEditorsOfOtherSystemsWrite) {
  EXPECT_EQ(RegistryAfter("\xEF\xBB\xBF[output]\r\ngain = -1.5\r\n").values(),
            RegistryAfter("output.gain = -1.5").values());
  EXPECT_EQ(RegistryAfter("output.gain = \"\u22121.5 dB\"").values(),
            RegistryAfter("output.gain = -1.5").values());
}

TEST(Settings, ReportsEveryErrorAtOnceInTheOrderOfTheFile) {
  EXPECT_EQ(ErrorOf("[output]\ngain = 3\n[audio]\nblock = 100\ninput = 1\n[input]\ngain = 99\n"),
            "f:2: output.gain: 3 is above the maximum (allowed: -60 dB to 0 dB)\n"
            "f:4: audio.block: 100 is not a block length (allowed: 16, 32, 64, 128, 256, 512, "
            "1024)\n"
            "f:5: audio.input: 1 is not a text in quotes (allowed: a device's name or part of it, "
            "up to 256 bytes)\n"
            "f:7: input.gain: 99 is above the maximum (allowed: -36 dB to 36 dB)");
}

TEST(Settings, LocatesErrorsOfSyntaxByLineAndColumn) {
  EXPECT_EQ(ErrorOf("[output]\ngain = \n").substr(0, 16), "f:2:8: not TOML:");
  EXPECT_EQ(ErrorOf("[audio\n").substr(0, 16), "f:1:7: not TOML:");
  EXPECT_EQ(ErrorOf("[output]\ngain = -1\ngain = -2\n"),
            "f:3:8: not TOML: Error while parsing key-value pair: cannot redefine existing integer "
            "'gain'");
  EXPECT_EQ(ErrorOf("a = \"\xFF\"\n").substr(0, 2), "f:");
}

TEST(Settings, StandsHostileFiles) {
  std::string dots = "a";
  for (int i = 0; i < 200000; ++i) dots += ".a";
  EXPECT_EQ(ErrorOf("\n" + dots + " = 1"), "f:2: has more than 64 dots in a line");
  EXPECT_EQ(ErrorOf("[" + dots + "]"), "f:1: has more than 64 dots in a line");
  EXPECT_NE(ErrorOf("a = " + std::string(100000, '[')).find("nested"), std::string::npos);
  // As deep as the two limits together let it: 65 tables a line in 120 arrays.
  const std::string path = dots.substr(0, 129);
  std::string deep = path + " = ";
  for (int i = 0; i < 120; ++i) deep += "[\n{" + path + " = ";
  deep += "1";
  for (int i = 0; i < 120; ++i) deep += "}]";
  const std::string no_table = "f:1: a: there is no such table (allowed: audio, input, ";
  EXPECT_EQ(ErrorOf(deep).substr(0, no_table.size()), no_table);
  EXPECT_EQ(ErrorOf(std::string("a = 1\0", 6)), "f: is not text (it has zero bytes in it)");
  EXPECT_EQ(ErrorOf(std::string((1 << 20) + 1, '\n')),
            "f: is larger than 1 MiB, so it is not a settings file");
  EXPECT_EQ(ErrorOf(std::string(1 << 20, '\n')), "");
}

TEST(Settings, StopsAtFiftyErrors) {
  std::string text = "[audio]\n";
  for (int i = 0; i < 60; ++i) text += "x" + std::to_string(i) + " = 1\n";
  const std::string error = ErrorOf(text);
  EXPECT_EQ(std::count(error.begin(), error.end(), '\n'), 50);
  EXPECT_TRUE(error.ends_with("\nf: there are more errors")) << error;
}

TEST(Settings, AFileFullOfErrorsIsRefusedSoon) {
  for (const char* name : {"[equalizer.bnad#.gain.x]\n", "limiterceil# = 1\n", "audio.x# = 1\n"}) {
    std::string text;
    for (int i = 0; text.size() < (1 << 20) - 100; ++i) {
      text += std::regex_replace(name, std::regex("#"), std::to_string(i));
    }
    const auto before = std::chrono::steady_clock::now();
    EXPECT_TRUE(ErrorOf(text).ends_with("\nf: there are more errors")) << name;
    // Reading a megabyte is allowed its time; looking for what each of 50 000 keys was meant to be
    // would add five seconds.
    EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(3)) << name;
  }
}

TEST(SettingsFile, WhatIsNoSettingsFileIsRefusedByName) {
  const test::TempDir folder;
  EXPECT_EQ(LoadErrorOf(folder / "none"),
            (folder / "none").string() + ": No such file or directory");
  EXPECT_EQ(LoadErrorOf(folder.path()), folder.path().string() + ": is a folder, not a file");
  const auto fifo = folder / "fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_EQ(LoadErrorOf(fifo), fifo.string() + ": is not a regular file");
  EXPECT_EQ(LoadErrorOf("/dev/zero"), "/dev/zero: is not a regular file");
  // Opens, and fails to read: also for root, who may read everything.
  EXPECT_EQ(LoadErrorOf("/proc/self/mem"), "/proc/self/mem: cannot be read: Input/output error");
}

TEST(SettingsFile, ErrorsCarryTheNameOfTheFile) {
  const test::TempDir folder;
  const auto file = folder / "a.toml";
  std::ofstream(file) << "[output]\ngain = 1\n";
  EXPECT_EQ(LoadErrorOf(file),
            file.string() + ":2: output.gain: 1 is above the maximum (allowed: -60 dB to 0 dB)");
  std::ofstream(file) << "output.gain = -1\n";
  EXPECT_EQ(LoadSettings(file).parameters.size(), 1U);
}

TEST(SettingsExample, ParsesAsItIsAndWithTheCommentsTakenAway) {
  const Settings as_it_is = LoadSettings(kExample);
  EXPECT_EQ(as_it_is.audio, AudioSettings());
  EXPECT_TRUE(as_it_is.parameters.empty());
  const std::string text = ReadFile(kExample);
  const std::string active = std::regex_replace(text, std::regex("(^|\n)#(?=[a-z])"), "$1");
  const std::ptrdiff_t hidden =
      std::count(text.begin(), text.end(), '#') - std::count(active.begin(), active.end(), '#');
  const Settings settings = ParseSettings(active, kExample);
  // What it shows are the defaults, each of [audio] among them.
  EXPECT_EQ(settings.audio, AudioSettings());
  ParamRegistry registry;
  ASSERT_FALSE(registry.Apply(settings.parameters).has_value());
  EXPECT_EQ(registry.values(), SignalPath::kDefaults);
  EXPECT_EQ(hidden, static_cast<std::ptrdiff_t>(8 + settings.parameters.size()));
}

TEST(SettingsExample, AndTheDocsExplainEveryKeyOfAudio) {
  const std::string error = ErrorOf("audio.x = 1");
  const std::string list = error.substr(error.find("allowed: ") + 9);
  std::istringstream keys(list.substr(0, list.size() - 1));
  const std::string example = ReadFile(kExample);
  const std::string docs = ReadFile(AURALIS_SOURCE_DIR "/docs/settings.md");
  int count = 0;
  for (std::string key; keys >> key; ++count) {
    if (key.ends_with(',')) key.pop_back();
    EXPECT_NE(example.find("\n#" + key + " = "), std::string::npos) << key;
    EXPECT_NE(docs.find("\n| `" + key + "` | "), std::string::npos) << key;
  }
  EXPECT_EQ(count, 8);
}

TEST(SettingsExample, TheOneInTheDocsParses) {
  const std::string docs = ReadFile(AURALIS_SOURCE_DIR "/docs/settings.md");
  const std::size_t begin = docs.find("```toml\n") + 8;
  EXPECT_EQ(ErrorOf(std::string_view(docs).substr(begin, docs.find("```", begin) - begin)), "");
}

}  // namespace
}  // namespace auralis
