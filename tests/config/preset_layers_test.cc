// Presets upon presets, and presets by name.

#include "config/preset_layers.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "config/preset_library.h"
#include "tests/support/temp_dir.h"

namespace auralis {
namespace {

namespace fs = std::filesystem;

std::size_t IndexOf(std::string_view key) { return ParamRegistry().Find(key).value(); }

TEST(PresetLayers, AHigherLayerCountsAndIsNamed) {
  const std::size_t ceiling = IndexOf("limiter.ceiling");
  const std::size_t width = IndexOf("stereo.width");
  const std::size_t gain = IndexOf("input.gain");
  const Composition all = Compose({Preset{.values = {{ceiling, -1.0F}, {width, 0.7F}}},
                                   Preset{.convolver_file = "/a.wav", .values = {{gain, 3.0F}}},
                                   Preset{.values = {{ceiling, -3.0F}}}});
  EXPECT_EQ(all.preset.values,
            (std::map<std::size_t, float>{{ceiling, -3.0F}, {width, 0.7F}, {gain, 3.0F}}));
  EXPECT_EQ(all.source[ceiling], Layer::kRoute);
  EXPECT_EQ(all.source[width], Layer::kBase);
  EXPECT_EQ(all.source[gain], Layer::kDevice);
  EXPECT_EQ(all.source[IndexOf("gate.enabled")], std::nullopt);
  EXPECT_EQ(all.convolver_file_source, Layer::kDevice);
  EXPECT_EQ(Compose({}).preset, Preset{});
}

TEST(PresetLayers, DifferencesAreInTheOrderOfTheTable) {
  const Preset a{.values = {{IndexOf("limiter.ceiling"), -1.0F}, {IndexOf("input.gain"), 3.0F}}};
  const Preset b{.convolver_file = "r.wav", .values = {{IndexOf("gate.enabled"), 1.0F}}};
  // -1 dB is what the ceiling is anyway.
  EXPECT_EQ(DifferencesOf(a, b), (std::vector<Difference>{{"input.gain", "3.0 dB", "0.0 dB"},
                                                          {"gate.enabled", "off", "on"},
                                                          {"convolver.file", "", "r.wav"}}));
  EXPECT_TRUE(DifferencesOf(a, a).empty());
}

class PresetLibrary : public testing::Test {
 protected:
  PresetLibrary() {
    setenv("XDG_CONFIG_HOME", folder_.path().c_str(), 1);
    fs::create_directories(folder_ / "auralis/presets");
  }
  ~PresetLibrary() override { unsetenv("XDG_CONFIG_HOME"); }
  test::TempDir folder_;
};

TEST_F(PresetLibrary, ShippedPresetsAreThereSoundAndSayWhatTheyAreFor) {
  std::vector<std::string> names;
  for (const PresetFile& one : ListPresets()) {
    names.push_back(one.name);
    EXPECT_TRUE(one.shipped);
    const Preset preset = LoadPreset(one.file);
    EXPECT_TRUE(preset.description.ends_with('.')) << one.name;
    // Only what differs from the default.
    for (const auto& [index, value] : preset.values) {
      EXPECT_NE(value, SignalPath::kDefaults[index]) << one.name << " " << index;
    }
  }
  EXPECT_EQ(names, (std::vector<std::string>{"adaptive", "bright", "flat", "gentle", "live",
                                             "night", "punchy", "voice", "warm"}));
  EXPECT_TRUE(LoadPreset(FindPreset("flat").file).values.empty());
  const Preset warm = LoadPreset(FindPreset("warm").file);
  EXPECT_EQ(warm.values.at(IndexOf("compressor.ratio")), 1.9F);  // 1 + 0.75 (2.2 - 1)
  EXPECT_EQ(warm.values.at(IndexOf("bark.band12")), 0.3F);       // the middle of its zone
}

TEST_F(PresetLibrary, TheUsersPresetOfANameIsTheOneFound) {
  SavePreset(UserPresetFile("warm"), {.description = "Mine."});
  const PresetFile found = FindPreset("warm");
  EXPECT_FALSE(found.shipped);
  EXPECT_EQ(LoadPreset(found.file).description, "Mine.");
  EXPECT_EQ(FindPreset("./some/x.toml").file, "./some/x.toml");
}

TEST_F(PresetLibrary, AnUnknownNameNamesWhatLooksAlike) {
  try {
    FindPreset("wram");
    FAIL();
  } catch (const ConfigError& e) {
    EXPECT_STREQ(e.what(), "wram: there is no such preset (did you mean warm?)");
  }
  EXPECT_THROW(FindPreset(""), ConfigError);
  EXPECT_THROW(UserPresetFile(".hidden"), ConfigError);
  EXPECT_THROW(UserPresetFile("a\nb"), ConfigError);
}

}  // namespace
}  // namespace auralis
