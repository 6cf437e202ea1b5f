#include "config/state.h"

#include <toml++/toml.h>

#include <cmath>
#include <sstream>
#include <system_error>

#include "config/config_error.h"
#include "config/text_file.h"
#include "dsp/stages/leveler.h"

namespace auralis {
namespace {

constexpr char kGainPath[] = "leveler.gain";

}  // namespace

State LoadState(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::exists(file, error) && !error) return {};
  try {
    const toml::table table = toml::parse_file(file.string());
    State state;
    if (const auto gain = table.at_path(kGainPath)) {
      const auto gain_db = gain.value<double>();
      if (!gain_db || !(std::abs(*gain_db) <= static_cast<double>(Leveler::kMostGainDb))) {
        throw ConfigError(file.string() + ": " + kGainPath + " is no gain from -24 to 24 dB");
      }
      state.leveler_gain_db = static_cast<float>(*gain_db);
    }
    return state;
  } catch (const toml::parse_error& e) {
    throw ConfigError(file.string() + ":" + std::to_string(e.source().begin.line) + ": " +
                      std::string(e.description()));
  }
}

void SaveState(const std::filesystem::path& file, const State& state) {
  toml::table table;
  if (state.leveler_gain_db) {
    table.insert("leveler", toml::table{{"gain", static_cast<double>(*state.leveler_gain_db)}});
  }
  std::ostringstream text;
  text << "# What auralisd remembers of itself. Written by it; safe to delete.\n" << table << '\n';
  ReplaceFile(file, text.str());
}

}  // namespace auralis
