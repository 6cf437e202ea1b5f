#pragma once
// Which preset belongs to what is playing where. [control]

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config_error.h"
#include "config/preset_layers.h"

namespace auralis {

inline constexpr auto kRoutes =
    std::to_array<std::string_view>({"headphones", "speaker", "hdmi", "bluetooth"});

// What is known of the moment; "" where it is not.
struct Situation {
  std::string device_id = {};    // "alsa_output.pci-0000_00_1f.3.analog-stereo"
  std::string device_name = {};  // "Built-in Audio"
  std::string route = {};        // one of kRoutes
  std::string role = {};         // media.role: "Music", "Movie", "Communication", ..
  std::string application = {};  // "Firefox"
  bool operator==(const Situation&) const = default;
};

struct Rule {
  std::string device = {};  // glob (* and ?) on id or name; "" for any
  std::string route = {};   // "" for any
  // Glob on the role or the name of what plays; "" for any. Case does not count.
  std::string application = {};
  std::string preset = {};
  Layer layer = Layer::kBase;
  bool operator==(const Rule&) const = default;
};

// TOML, a [[rule]] each, with `preset`, and any of `device`, `route`, `application`, `layer`
// ("base", "device", "route"). Every error at once, with line and column. Throws ConfigError.
std::vector<Rule> ParseRules(std::string_view text, std::string_view name);
// Nothing where there is no file. Throws ConfigError.
std::vector<Rule> LoadRules(const std::filesystem::path& file);
// rules.toml in the user's folder.
std::filesystem::path RulesPath();

// What becomes of one rule.
struct RuleVerdict {
  bool fits = false;
  bool chosen = false;  // it fits, and none is before it in its layer
  std::string why;      // for people
};
// Of each rule, in their order.
std::vector<RuleVerdict> Judge(const std::vector<Rule>& rules, const Situation& situation);

// The preset of each layer. Of the rules that fit the most specific one wins: that names the device
// without wildcards, then by more letters of its name, then a route, then an application; of equals
// the later.
std::array<std::optional<std::string>, kLayers> ChoosePresets(const std::vector<Rule>& rules,
                                                              const Situation& situation);

}  // namespace auralis
