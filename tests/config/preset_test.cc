#include "config/preset.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <fstream>
#include <random>

#include "config/text_file.h"
#include "tests/support/temp_dir.h"

namespace auralis {
namespace {

namespace fs = std::filesystem;

const fs::path kFixtures = fs::path(AURALIS_SOURCE_DIR) / "tests/config/fixtures";

std::size_t IndexOf(std::string_view key) { return ParamRegistry().Find(key).value(); }

std::string ErrorOf(std::string_view text) {
  try {
    ParsePreset(text, "f");
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "";
}

// Values of every kind, at random.
Preset SomePreset(std::mt19937& random, int values) {
  Preset preset{.description = "Number " + std::to_string(random() % 1000)};
  for (int i = 0; i < values; ++i) {
    const std::size_t index = random() % ParamRegistry::size();
    const ParamSpec& spec = ParamRegistry::info(index).spec;
    float value = spec.min + (spec.max - spec.min) * static_cast<float>(random() % 1000) / 999.0F;
    if (spec.scale == Scale::kToggle || spec.scale == Scale::kChoice) value = std::round(value);
    preset.values[index] = value == 0.0F ? 0.0F : value;
  }
  return preset;
}

void Write(const fs::path& file, std::string_view text) {
  std::ofstream(file, std::ios::binary) << text;
}

TEST(Preset, AFileOfSchemaOneIsReadForEver) {
  const Preset preset = LoadPreset(kFixtures / "preset_schema1.toml");
  EXPECT_EQ(preset.description, "My headphones, and a small room.");
  EXPECT_EQ(preset.convolver_file, (kFixtures / "room.wav").string());
  const std::map<std::size_t, float> values = {{IndexOf("equalizer.preamp"), -6.5F},
                                               {IndexOf("equalizer.band3.type"), 2.0F},
                                               {IndexOf("equalizer.band3.frequency"), 105.0F},
                                               {IndexOf("equalizer.band3.gain"), 5.5F},
                                               {IndexOf("equalizer.band3.q"), 0.7F},
                                               {IndexOf("equalizer.band8.gain"), 3.25F},
                                               {IndexOf("equalizer.band20.type"), 5.0F},
                                               {IndexOf("equalizer.band20.slope"), 9.0F},
                                               {IndexOf("equalizer.band20.frequency"), 1200.0F},
                                               {IndexOf("equalizer.band20.channel"), 4.0F},
                                               {IndexOf("convolver.enabled"), 1.0F},
                                               {IndexOf("limiter.ceiling"), -1.5F}};
  EXPECT_EQ(preset.values, values);
}

TEST(Preset, KeysOfEarlierSchemasAreTakenThroughEveryChangeSince) {
  // A history made up: centibels became decibels, then moved; a switch went.
  const auto changes = std::to_array<KeyChange>(
      {{.since_schema = 2, .old_key = "loudener.gain", .new_key = "input.level", .scale = 0.1},
       {.since_schema = 2, .old_key = "limiter.magic", .new_key = ""},
       {.since_schema = 3, .old_key = "input.level", .new_key = "input.gain", .offset = 1.0}});
  const auto gain_of = [&](const char* text) {
    const Preset preset = ParsePreset(text, "f", 3, changes);
    EXPECT_EQ(preset.values.size(), 1U);
    return preset.values.at(IndexOf("input.gain"));
  };
  EXPECT_EQ(gain_of("schema = 1\nloudener.gain = 30\nlimiter.magic = true"), 4.0F);
  EXPECT_EQ(gain_of("schema = 2\n[input]\nlevel = 3"), 4.0F);
  EXPECT_EQ(gain_of("schema = 3\n[input]\ngain = 4"), 4.0F);
  // What a schema does not have is a mistake in its files.
  EXPECT_THROW(ParsePreset("schema = 3\n[input]\nlevel = 3", "f", 3, changes), ConfigError);
  EXPECT_THROW(ParsePreset("schema = 2\nloudener.gain = 30", "f", 3, changes), ConfigError);
}

TEST(Preset, EveryMistakeIsReportedWithLineAndColumn) {
  EXPECT_EQ(ErrorOf("schema = 1\n[limiter]\nceiling = 3\n  ceilng = -1\n"),
            "f:3:1: limiter.ceiling: 3 is above the maximum (allowed: -12 dB to 0 dB)\n"
            "f:4:3: limiter.ceilng: there is no such key (did you mean limiter.ceiling?)");
  EXPECT_EQ(ErrorOf("schema = 1\nlimiter = 3\ndescription = 4"),
            "f:2:1: limiter: 3 is not a table (allowed: [limiter])\n"
            "f:3:1: description: 4 is not a sentence in quotes (allowed: one line, up to 300 "
            "bytes)");
  EXPECT_EQ(ErrorOf("schema = 1\ninput.gain = \n").substr(0, 14), "f:2:14: not TO");
}

TEST(Preset, ASchemaMustBeThereAndKnown) {
  EXPECT_EQ(ErrorOf("[limiter]\nceiling = -1\n"),
            "f:1:1: schema: is missing (write schema = 1 as the first line)");
  EXPECT_EQ(ErrorOf("schema = 2\nnew.things = 1\n"),
            "f:1:10: schema: 2 is of a newer Auralis (allowed: 1)");
  EXPECT_EQ(ErrorOf("schema = \"1\"\n"),
            "f:1:10: schema: 1 is no version of a preset (allowed: 1)");
}

TEST(Preset, WhatIsWrittenIsReadBackAndNothingElse) {
  std::mt19937 random(1);
  for (int i = 0; i < 200; ++i) {
    Preset preset = SomePreset(random, 1 + i / 4);
    if (i % 3 == 0) preset.convolver_file = "a \"b\\c.wav";
    const std::string text = PresetText(preset);
    ASSERT_EQ(ParsePreset(text, "f"), preset) << text;
  }
  ParamRegistry registry;
  EXPECT_EQ(PresetText(PresetOf(registry.values())), "schema = 1\n");
  ASSERT_FALSE(registry.Apply(std::to_array<Assignment>({{"limiter.ceiling", -2.0}})));
  EXPECT_EQ(PresetText(PresetOf(registry.values())), "schema = 1\n\n[limiter]\nceiling = -2\n");
}

TEST(Preset, SavingKeepsCommentsOrderAndSpelling) {
  const std::string text = ReadFileBytes(kFixtures / "preset_schema1.toml");
  Preset preset = ParsePreset(text, "f");
  EXPECT_EQ(EditedPresetText(text, preset), text);

  preset.description = "Changed.";
  preset.values[IndexOf("equalizer.preamp")] = -7.0F;
  preset.values[IndexOf("equalizer.band3.frequency")] = 110.0F;
  preset.values[IndexOf("equalizer.band3.q")] = 1.5F;
  preset.values.erase(IndexOf("equalizer.band8.gain"));
  preset.values[IndexOf("equalizer.band20.gain")] = 2.0F;
  preset.values[IndexOf("stereo.width")] = 0.75F;
  EXPECT_EQ(EditedPresetText(text, preset),
            R"(# Written for schema 1. Every later Auralis reads it.
schema = 1
description = "Changed."

[equalizer]
preamp = -7          # room for band 3
band3 = { type = "low-shelf", frequency = 110, gain = "5.5 dB", q = 1.5 }

[equalizer.band20]
type = "high-pass"
slope = "lr24"
frequency = "1.2 kHz"
channel = "side"
gain = 2

[convolver]
enabled = true
file = "room.wav"

[limiter]
ceiling = -1.5

[stereo]
width = 0.75
)");
}

TEST(Preset, AnEditedFileSaysWhatThePresetSays) {
  const std::string text = ReadFileBytes(kFixtures / "preset_schema1.toml");
  std::mt19937 random(2);
  for (int i = 0; i < 300; ++i) {
    const Preset preset = SomePreset(random, 1 + i / 4);
    Preset read = ParsePreset(EditedPresetText(text, preset), "f");
    std::erase_if(read.values, [&](const auto& one) {
      return !preset.values.contains(one.first) && one.second == SignalPath::kDefaults[one.first];
    });
    ASSERT_EQ(read, preset) << EditedPresetText(text, preset);
    ASSERT_TRUE(EditedPresetText(text, preset).starts_with("# Written for schema 1."));
  }
}

TEST(Preset, SavingKeepsABackupFollowsALinkAndLeavesNothingElse) {
  const test::TempDir folder;
  fs::create_directory(folder / "real");
  Write(folder / "real/a.toml", "schema = 1\n# old\n");
  fs::create_symlink("real/a.toml", folder / "a.toml");
  Write(folder / "real/.a.toml.999999999.new", "of a writer that is gone");
  SavePreset(folder / "a.toml", {.description = "new"});
  EXPECT_TRUE(fs::is_symlink(folder / "a.toml"));
  EXPECT_EQ(ReadFileBytes(folder / "a.toml"), "schema = 1\ndescription = \"new\"\n# old\n");
  EXPECT_EQ(ReadFileBytes(folder / "real/a.toml~"), "schema = 1\n# old\n");
  SavePreset(folder / "a.toml", {.description = "newer"});
  EXPECT_EQ(ReadFileBytes(folder / "real/a.toml~"), "schema = 1\ndescription = \"new\"\n# old\n");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder / "real"), fs::directory_iterator()), 2);
}

TEST(Preset, WhatCannotBeSavedLeavesTheOldFile) {
  const test::TempDir folder;
  Write(folder / "a.toml", "schema = 1\n");
  Write(folder / "file", "");
  EXPECT_THROW(SavePreset(folder / "file" / "a.toml", {}), ConfigError);
  EXPECT_THROW(SavePreset(folder.path(), {}), ConfigError);
  EXPECT_THROW(SavePreset("/proc/a.toml", {}), ConfigError);  // where nobody makes files
  EXPECT_EQ(ReadFileBytes(folder / "a.toml"), "schema = 1\n");
}

TEST(Preset, AWriterKilledAtAnyMomentLeavesTheOldFileOrTheNewWhole) {
  const test::TempDir folder;
  const fs::path file = folder / "a.toml";
  std::mt19937 random(3);
  const std::array<Preset, 2> presets = {SomePreset(random, 120), SomePreset(random, 100)};
  SavePreset(file, presets[0]);
  std::array<int, 2> seen{};
  int backups = 0;
  for (int i = 0; i < 500; ++i) {
    const pid_t writer = fork();
    ASSERT_GE(writer, 0);
    if (writer == 0) {
      for (auto n = static_cast<std::size_t>(i);; ++n) SavePreset(file, presets[n % 2]);
    }
    usleep(static_cast<useconds_t>(random() % 8000));
    kill(writer, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(writer, &status, 0), writer);
    ASSERT_TRUE(WIFSIGNALED(status));  // it does not end by itself, as by an exception
    const std::string text = ReadFileBytes(file);
    ASSERT_TRUE(text.ends_with('\n')) << "kill " << i << " left " << text.size() << " bytes";
    const auto* const found = std::find(presets.begin(), presets.end(), ParsePreset(text, "f"));
    ASSERT_NE(found, presets.end()) << "kill " << i << " left " << text;
    ++seen[static_cast<std::size_t>(found - presets.begin())];
    if (fs::exists(folder / "a.toml~")) {
      ++backups;
      const Preset backup = LoadPreset(folder / "a.toml~");
      ASSERT_TRUE(backup == presets[0] || backup == presets[1]);
    }
  }
  EXPECT_GT(seen[0], 50);
  EXPECT_GT(seen[1], 50);
  EXPECT_GT(backups, 400);
  // What the killed ones left is gone with the next save.
  SavePreset(file, presets[0]);
  EXPECT_EQ(LoadPreset(file), presets[0]);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 2);
}

TEST(Preset, ATransactionComesFromAnywhereToThePreset) {
  std::mt19937 random(4);
  ParamRegistry registry;
  const Preset elsewhere = SomePreset(random, 300);
  ASSERT_FALSE(registry.Apply(AssignmentsOf(elsewhere)));
  const Preset preset = SomePreset(random, 40);
  ASSERT_FALSE(registry.Apply(AssignmentsOf(preset)));
  for (std::size_t i = 0; i < ParamRegistry::size(); ++i) {
    if (registry.key(i) == "master.bypass" && !preset.values.contains(i)) continue;
    const auto said = preset.values.find(i);
    const float wanted = said == preset.values.end() ? SignalPath::kDefaults[i] : said->second;
    ASSERT_EQ(registry.value(i), wanted) << registry.key(i);
  }
}

// Cuts, doubles, overwrites and inserts, a few times.
std::string Mutated(std::string text, std::mt19937& random) {
  constexpr auto kPieces = std::to_array<std::string_view>({"[",
                                                            "]",
                                                            "{",
                                                            "}",
                                                            "=",
                                                            ".",
                                                            "\"",
                                                            "'''",
                                                            "\n",
                                                            "#",
                                                            "nan",
                                                            "1e999",
                                                            "\xFF",
                                                            "\x1B",
                                                            "schema = 1\n",
                                                            "schema = 2\n",
                                                            "[limiter]\n",
                                                            "equalizer.band3",
                                                            "true",
                                                            ","});
  for (auto edits = 1 + random() % 6; edits > 0; --edits) {
    const std::size_t at = random() % (text.size() + 1);
    const std::size_t length = random() % 24;
    switch (random() % 4) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(at, text.substr(at, length));
        break;
      case 2:
        text.insert(at, kPieces[random() % kPieces.size()]);
        break;
      default:
        if (at < text.size()) text[at] = static_cast<char>(random() % 256);
        break;
    }
  }
  return text;
}

TEST(PresetFuzz, AMutatedFileIsReadOrRefusedAndMayBeSavedOver) {
  const std::string seed = ReadFileBytes(kFixtures / "preset_schema1.toml");
  std::mt19937 random(5);
  int read = 0;
  int refused = 0;
  for (int i = 0; i < 5000; ++i) {
    const std::string text = Mutated(seed, random);
    try {
      ParamRegistry registry;
      ASSERT_FALSE(registry.Apply(AssignmentsOf(ParsePreset(text, "f")))) << text;
      ++read;
    } catch (const ConfigError& e) {
      ASSERT_TRUE(std::string_view(e.what()).starts_with("f:")) << e.what();
      ASSERT_EQ(std::string_view(e.what()).find('\x1B'), std::string_view::npos) << text;
      ++refused;
    }
    const Preset wanted = SomePreset(random, 5);
    Preset again = ParsePreset(EditedPresetText(text, wanted), "f");
    std::erase_if(again.values,
                  [&](const auto& one) { return !wanted.values.contains(one.first); });
    ASSERT_EQ(again, wanted) << text;
  }
  EXPECT_GT(read, 100);
  EXPECT_GT(refused, 500);
}

}  // namespace
}  // namespace auralis
