#include "config/preset_library.h"

#include <algorithm>
#include <map>
#include <system_error>

#include "config/config_error.h"
#include "config/key_hints.h"
#include "config/param_text.h"
#include "config/paths.h"
#include "config/shipped_folder.h"

namespace auralis {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".toml";
constexpr std::size_t kMaxName = 100;

void AddFrom(const fs::path& folder, bool shipped, std::map<std::string, PresetFile>& found) {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    const std::string file = entry.path().filename().string();
    const bool is_preset = file.ends_with(kEnding) && !file.starts_with('.') &&
                           file.size() > kEnding.size() && entry.is_regular_file(ignored);
    if (!is_preset) continue;
    const std::string name = file.substr(0, file.size() - kEnding.size());
    found.try_emplace(name, PresetFile{.name = name, .file = entry.path(), .shipped = shipped});
  }
}

bool IsPath(std::string_view name) {
  return name.find('/') != std::string_view::npos || name.ends_with(kEnding);
}

void CheckName(std::string_view name) {
  const bool fits = !name.empty() && name.size() <= kMaxName && !name.starts_with('.') &&
                    name.find('/') == std::string_view::npos && Printable(name, kMaxName) == name;
  if (!fits) {
    throw ConfigError(Printable(name) +
                      ": cannot be a preset's name (allowed: up to 100 bytes without /, not "
                      "beginning with a dot)");
  }
}

}  // namespace

fs::path UserPresetFolder() { return UserConfigFolder() / "presets"; }

fs::path ShippedPresetFolder() { return ShippedFolder("presets", "AURALIS_PRESETS"); }

std::vector<PresetFile> ListPresets() {
  std::map<std::string, PresetFile> found;
  AddFrom(UserPresetFolder(), false, found);
  AddFrom(ShippedPresetFolder(), true, found);
  std::vector<PresetFile> presets;
  presets.reserve(found.size());
  for (auto& [name, preset] : found) presets.push_back(std::move(preset));
  return presets;
}

PresetFile FindPreset(std::string_view name) {
  if (IsPath(name)) {
    const fs::path file(name);
    return {.name = file.stem().string(), .file = file, .shipped = false};
  }
  CheckName(name);
  std::vector<std::string> names;
  for (PresetFile& preset : ListPresets()) {
    if (preset.name == name) return std::move(preset);
    names.push_back(preset.name);
  }
  std::vector<std::string> hints = Closest(name, names);
  const bool guess = !hints.empty();
  const std::string& known = Joined(guess ? hints : names);
  throw ConfigError(std::string(name) + ": there is no such preset (" +
                    (guess ? "did you mean " + known + "?" : "there are: " + known) + ")");
}

fs::path UserPresetFile(std::string_view name) {
  if (IsPath(name)) return name;
  CheckName(name);
  return UserPresetFolder() / (std::string(name) + std::string(kEnding));
}

}  // namespace auralis
