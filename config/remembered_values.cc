#include "config/remembered_values.h"

#include <toml++/toml.h>

#include <cmath>
#include <sstream>
#include <system_error>

#include "config/config_error.h"
#include "config/text_file.h"

namespace auralis {
namespace {

constexpr char kValues[] = "value";
constexpr char kLayersTable[] = "layer";
constexpr char kResponse[] = "response";

// Throws ConfigError.
toml::table Parsed(const std::filesystem::path& file) {
  try {
    return toml::parse(ReadFileBytes(file), file.string());
  } catch (const toml::parse_error& e) {
    throw ConfigError(file.string() + ":" + std::to_string(e.source().begin.line) + ": " +
                      std::string(e.description()));
  }
}

bool IsThere(const std::filesystem::path& file) {
  std::error_code error;
  return std::filesystem::exists(file, error) || error;
}

float Number(const toml::table& table, const char* key, const std::filesystem::path& file) {
  const auto number = table[key].value<double>();
  if (!number || !std::isfinite(*number)) {
    throw ConfigError(file.string() + ":" + std::to_string(table.source().begin.line) + ": " + key +
                      " is no number");
  }
  return static_cast<float>(*number);
}

}  // namespace

RememberedValues LoadRememberedValues(const std::filesystem::path& file) {
  if (!IsThere(file)) return {};
  RememberedValues values;
  const toml::table table = Parsed(file);
  const toml::array* const list = table[kValues].as_array();
  if (list == nullptr) return {};
  for (const toml::node& node : *list) {
    const toml::table* const one = node.as_table();
    if (one == nullptr) continue;
    const std::string key = (*one)["key"].value_or(std::string());
    RememberedValue value{.value = Number(*one, "value", file)};
    if (one->contains("in_file")) value.in_file = Number(*one, "in_file", file);
    value.pinned = (*one)["pinned"].value_or(true);
    values[key] = value;
  }
  return values;
}

RememberedPresets LoadRememberedPresets(const std::filesystem::path& file) {
  if (!IsThere(file)) return {};
  RememberedPresets presets;
  const toml::table table = Parsed(file);
  for (std::size_t i = 0; i < kLayers; ++i) {
    const auto layer = table[kLayersTable][kLayerNames[i]];
    presets.layers[i] = {.yours = layer["yours"].value_or(std::string()),
                         .ruled = layer["rule"].value_or(std::string()),
                         .overridden = layer["overridden"].value_or(false)};
  }
  presets.response_file = table[kResponse]["file"].value_or(std::string());
  presets.response_in_settings = table[kResponse]["in_settings"].value_or(std::string());
  return presets;
}

void SaveRememberedValues(const std::filesystem::path& file, const RememberedValues& values,
                          const RememberedPresets& presets) {
  toml::array list;
  for (const auto& [key, value] : values) {
    toml::table one{{"key", key}, {"value", static_cast<double>(value.value)}};
    if (value.in_file) one.insert("in_file", static_cast<double>(*value.in_file));
    if (!value.pinned) one.insert("pinned", false);
    list.push_back(std::move(one));
  }
  std::ostringstream text;
  text << "# What was set while auralisd ran. Written by it; safe to delete.\n";
  toml::table layers;
  for (std::size_t i = 0; i < kLayers; ++i) {
    const auto& [yours, ruled, overridden] = presets.layers[i];
    if (yours.empty() && ruled.empty() && !overridden) continue;
    layers.insert(kLayerNames[i],
                  toml::table{{"yours", yours}, {"rule", ruled}, {"overridden", overridden}});
  }
  if (!layers.empty()) text << toml::table{{kLayersTable, std::move(layers)}} << "\n\n";
  if (!presets.response_file.empty() || !presets.response_in_settings.empty()) {
    text << toml::table{{kResponse, toml::table{{"file", presets.response_file},
                                                {"in_settings", presets.response_in_settings}}}}
         << "\n\n";
  }
  if (!list.empty()) text << toml::table{{kValues, std::move(list)}} << '\n';
  ReplaceFile(file, text.str());
}

}  // namespace auralis
