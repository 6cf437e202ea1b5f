#include "config/preset_rules.h"

#include <fnmatch.h>

#include <algorithm>
#include <system_error>
#include <tuple>

#include "config/key_hints.h"
#include "config/param_text.h"
#include "config/paths.h"
#include "config/text_file.h"
#include "config/toml_reader.h"

namespace auralis {
namespace {

constexpr std::size_t kMaxText = 256;
constexpr std::size_t kMostRules = 1000;

std::string Lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

template <std::size_t N>
std::string ListOf(const std::array<std::string_view, N>& words) {
  return Joined(std::vector<std::string>(words.begin(), words.end()));
}

class Reader {
 public:
  explicit Reader(std::string_view name) : problems_(name, Problems::Place::kLineAndColumn) {}

  std::vector<Rule> Read(const toml::table& root) {
    for (const auto& [key, node] : root) {
      const toml::array* rules = key == "rule" ? node.as_array() : nullptr;
      if (rules == nullptr || rules->size() > kMostRules) {
        problems_.Add(key, {Printable(key.str()), "", "is no list of rules", "[[rule]]"});
        continue;
      }
      for (const toml::node& rule : *rules) {
        if (const toml::table* table = rule.as_table()) {
          ReadRule(*table);
        } else {
          problems_.Add(rule.source().begin, "rule: is not a table (write [[rule]])");
        }
      }
    }
    problems_.ThrowIfAny();
    return std::move(rules_);
  }

 private:
  void ReadRule(const toml::table& table) {
    Rule rule;
    for (const auto& [key, node] : table) {
      const auto text = PlainText(node, kMaxText);
      const std::string shown = "rule." + Printable(key.str());
      const auto field = FieldOf(rule, key.str());
      if (field == nullptr && key != "layer") {
        problems_.Add(
            key, {shown, "", "there is no such key", "preset, device, route, application, layer"});
      } else if (!text || text->empty()) {
        problems_.Add(key, {shown, Shown(node), "is not a text in quotes", "up to 256 bytes"});
      } else if (key == "layer") {
        const auto* const layer = std::find(kLayerNames.begin(), kLayerNames.end(), *text);
        if (layer == kLayerNames.end()) {
          problems_.Add(key, {shown, Shown(node), "is no layer", ListOf(kLayerNames)});
        } else {
          rule.layer = static_cast<Layer>(layer - kLayerNames.begin());
        }
      } else if (key == "route" &&
                 std::find(kRoutes.begin(), kRoutes.end(), *text) == kRoutes.end()) {
        problems_.Add(key, {shown, Shown(node), "is no route", ListOf(kRoutes)});
      } else {
        *field = *text;
      }
    }
    if (rule.preset.empty() && !table.contains("preset")) {
      problems_.Add(table.source().begin, "rule.preset: is missing");
    }
    rules_.push_back(std::move(rule));
  }

  static std::string* FieldOf(Rule& rule, std::string_view key) {
    if (key == "device") return &rule.device;
    if (key == "route") return &rule.route;
    if (key == "application") return &rule.application;
    if (key == "preset") return &rule.preset;
    return nullptr;
  }

  Problems problems_;
  std::vector<Rule> rules_;
};

std::string OrUnknown(const std::string& text) { return text.empty() ? "not known" : text; }

// Why a rule does not fit; "" where it does.
std::string Misfit(const Rule& rule, const Situation& now) {
  const auto matches = [&](const std::string& name) {
    return !name.empty() && fnmatch(rule.device.c_str(), name.c_str(), FNM_NOESCAPE) == 0;
  };
  if (!rule.device.empty() && !matches(now.device_id) && !matches(now.device_name)) {
    return "the device is " + OrUnknown(now.device_name) + " (" + OrUnknown(now.device_id) + ")";
  }
  if (!rule.route.empty() && rule.route != now.route) {
    return "the route is " + OrUnknown(now.route);
  }
  const auto plays = [&](const std::string& what) {
    return !what.empty() &&
           fnmatch(Lower(rule.application).c_str(), Lower(what).c_str(), FNM_NOESCAPE) == 0;
  };
  if (!rule.application.empty() && !plays(now.role) && !plays(now.application)) {
    return "the application is " + OrUnknown(now.application) + ", its role " + OrUnknown(now.role);
  }
  return "";
}

bool Fits(const Rule& rule, const Situation& now) { return Misfit(rule, now).empty(); }

auto SpecificityOf(const Rule& rule) {
  const auto wildcards = std::count_if(rule.device.begin(), rule.device.end(),
                                       [](char c) { return c == '*' || c == '?' || c == '['; });
  const bool exact = !rule.device.empty() && wildcards == 0;
  return std::make_tuple(exact, std::ssize(rule.device) - wildcards, !rule.route.empty(),
                         !rule.application.empty());
}

}  // namespace

std::vector<Rule> ParseRules(std::string_view text, std::string_view name) {
  return Reader(name).Read(ParseToml(text, name, "a file of rules"));
}

std::vector<Rule> LoadRules(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::exists(file, error) && !error) return {};
  return ParseRules(ReadFileBytes(file), file.string());
}

std::filesystem::path RulesPath() { return UserConfigFolder() / "rules.toml"; }

namespace {

std::array<const Rule*, kLayers> BestRules(const std::vector<Rule>& rules,
                                           const Situation& situation) {
  std::array<const Rule*, kLayers> best{};
  for (const Rule& rule : rules) {
    const Rule*& held = best[static_cast<std::size_t>(rule.layer)];
    if (!Fits(rule, situation)) continue;
    if (held == nullptr || SpecificityOf(rule) >= SpecificityOf(*held)) held = &rule;
  }
  return best;
}

}  // namespace

std::vector<RuleVerdict> Judge(const std::vector<Rule>& rules, const Situation& situation) {
  const auto best = BestRules(rules, situation);
  std::vector<RuleVerdict> verdicts;
  for (const Rule& rule : rules) {
    const Rule* const winner = best[static_cast<std::size_t>(rule.layer)];
    const std::string misfit = Misfit(rule, situation);
    RuleVerdict verdict{.fits = misfit.empty(), .chosen = winner == &rule, .why = misfit};
    if (verdict.chosen) {
      verdict.why = "fits";
    } else if (verdict.fits) {
      const bool equal = SpecificityOf(*winner) == SpecificityOf(rule);
      verdict.why = "fits, but rule " + std::to_string(winner - rules.data() + 1) +
                    (equal ? " comes later" : " is more specific");
    }
    verdicts.push_back(std::move(verdict));
  }
  return verdicts;
}

std::array<std::optional<std::string>, kLayers> ChoosePresets(const std::vector<Rule>& rules,
                                                              const Situation& situation) {
  const auto best = BestRules(rules, situation);
  std::array<std::optional<std::string>, kLayers> chosen;
  for (std::size_t i = 0; i < kLayers; ++i) {
    if (best[i] != nullptr) chosen[i] = best[i]->preset;
  }
  return chosen;
}

}  // namespace auralis
