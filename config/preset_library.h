#pragma once
// Presets by name: the user's, then the shipped ones. [control]

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace auralis {

struct PresetFile {
  std::string name;  // of the file, without ".toml"
  std::filesystem::path file;
  bool shipped = false;  // not the user's own
};

// $XDG_CONFIG_HOME/auralis/presets, else ~/.config/auralis/presets. Need not exist. Throws
// ConfigError where there is no home.
std::filesystem::path UserPresetFolder();
// $AURALIS_PRESETS, else share/auralis/presets beside the folder of the program that runs, else of
// the source tree the program was built from, else of where it was to be installed.
std::filesystem::path ShippedPresetFolder();

// Every preset, sorted by name; of two of one name the user's.
std::vector<PresetFile> ListPresets();
// The file of a preset: a name, or a path (with a / or the ending .toml). Throws ConfigError that
// names what looks alike.
PresetFile FindPreset(std::string_view name);
// Where the user's preset of that name is, or is to be. Throws ConfigError for what cannot be a
// name.
std::filesystem::path UserPresetFile(std::string_view name);

}  // namespace auralis
