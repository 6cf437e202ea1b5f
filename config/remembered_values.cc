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
  std::error_code error;
  if (!std::filesystem::exists(file, error) && !error) return {};
  RememberedValues values;
  try {
    const toml::table table = toml::parse(ReadFileBytes(file), file.string());
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
  } catch (const toml::parse_error& e) {
    throw ConfigError(file.string() + ":" + std::to_string(e.source().begin.line) + ": " +
                      std::string(e.description()));
  }
  return values;
}

void SaveRememberedValues(const std::filesystem::path& file, const RememberedValues& values) {
  toml::array list;
  for (const auto& [key, value] : values) {
    toml::table one{{"key", key}, {"value", static_cast<double>(value.value)}};
    if (value.in_file) one.insert("in_file", static_cast<double>(*value.in_file));
    if (!value.pinned) one.insert("pinned", false);
    list.push_back(std::move(one));
  }
  std::ostringstream text;
  text << "# What was set while auralisd ran. Written by it; safe to delete.\n";
  if (!list.empty()) text << toml::table{{kValues, std::move(list)}} << '\n';
  ReplaceFile(file, text.str());
}

}  // namespace auralis
