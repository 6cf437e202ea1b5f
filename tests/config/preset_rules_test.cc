#include "config/preset_rules.h"

#include <gtest/gtest.h>

#include <random>

namespace auralis {
namespace {

using Chosen = std::array<std::optional<std::string>, kLayers>;

constexpr std::string_view kRules = R"(# rules
[[rule]]
preset = "adaptive"

[[rule]]
device = "alsa_output.*"
preset = "warm"

[[rule]]
device = "alsa_output.usb-*"
route = "headphones"
preset = "hd600"
layer = "device"

[[rule]]
device = "alsa_output.usb-Focusrite"
preset = "flat"

[[rule]]
route = "speaker"
preset = "small speaker"
layer = "route"

[[rule]]
route = "speaker"
application = "communication"
preset = "voice"

[[rule]]
application = "Movie"
preset = "night"
)";

std::string ErrorOf(std::string_view text) {
  try {
    ParseRules(text, "f");
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "";
}

TEST(PresetRules, TheMostSpecificThatFitsWinsInEachLayer) {
  const std::vector<Rule> rules = ParseRules(kRules, "f");
  ASSERT_EQ(rules.size(), 7U);
  const auto choose = [&](const Situation& now) { return ChoosePresets(rules, now); };
  EXPECT_EQ(choose({}), (Chosen{"adaptive", std::nullopt, std::nullopt}));
  EXPECT_EQ(choose({.device_id = "alsa_output.pci"}), (Chosen{"warm"}));
  // On the name as on the id; a whole name before a longer glob.
  EXPECT_EQ(choose({.device_id = "7", .device_name = "alsa_output.usb-Focusrite"}),
            (Chosen{"flat"}));
  EXPECT_EQ(choose({.device_id = "alsa_output.usb-DAC", .route = "headphones"}),
            (Chosen{"warm", "hd600"}));
  EXPECT_EQ(choose({.device_id = "alsa_output.usb-DAC", .route = "speaker"}),
            (Chosen{"warm", std::nullopt, "small speaker"}));
  // A device says more than a route and an application.
  EXPECT_EQ(choose({.device_id = "alsa_output.pci", .role = "Movie"}), (Chosen{"warm"}));
  EXPECT_EQ(choose({.route = "speaker", .role = "Communication"}),
            (Chosen{"voice", std::nullopt, "small speaker"}));
  EXPECT_EQ(choose({.role = "movie"}), (Chosen{"night"}));
  EXPECT_EQ(choose({.role = "Music", .application = "MOVIE"}), (Chosen{"night"}));  // or by name
}

TEST(PresetRules, OfEqualsTheLaterWins) {
  const std::vector<Rule> rules = {{.device = "ab*", .preset = "first"},
                                   {.device = "*yz", .preset = "second"}};
  EXPECT_EQ(ChoosePresets(rules, {.device_id = "abyz"})[0], "second");
}

TEST(PresetRules, EveryMistakeIsReportedWithLineAndColumn) {
  EXPECT_EQ(ErrorOf("[[rule]]\nrout = \"speaker\"\n  route = \"attic\"\nlayer = 3\n"),
            "f:1:1: rule.preset: is missing\n"
            "f:2:1: rule.rout: there is no such key (allowed: preset, device, route, application, "
            "layer)\n"
            "f:3:3: rule.route: attic is no route (allowed: headphones, speaker, hdmi, bluetooth)\n"
            "f:4:1: rule.layer: 3 is not a text in quotes (allowed: up to 256 bytes)");
  EXPECT_EQ(ErrorOf("rule = 3"), "f:1:1: rule: is no list of rules (allowed: [[rule]])");
  EXPECT_EQ(ErrorOf("rule = [3]"), "f:1:9: rule: is not a table (write [[rule]])");
  EXPECT_TRUE(ErrorOf("[[rule]\n").starts_with("f:1:"));
  EXPECT_TRUE(LoadRules("/nowhere/rules.toml").empty());
}

TEST(PresetRules, AMutatedFileIsReadOrRefusedAndNothingElse) {
  std::mt19937 random(8);
  int read = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string text(kRules);
    for (auto edits = 1 + random() % 4; edits > 0; --edits) {
      const std::size_t at = random() % text.size();
      if (random() % 2 == 0) {
        text.erase(at, random() % 20);
      } else {
        text[at] = static_cast<char>(random() % 256);
      }
    }
    try {
      ChoosePresets(ParseRules(text, "f"), {.device_id = "alsa_output.usb-[x"});
      ++read;
    } catch (const ConfigError& e) {
      ASSERT_TRUE(std::string_view(e.what()).starts_with("f:")) << e.what();
    }
  }
  EXPECT_GT(read, 100);
}

}  // namespace
}  // namespace auralis
