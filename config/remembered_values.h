#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "config/remembered_presets.h"

namespace auralis {

// A value that was set while the daemon ran.
struct RememberedValue {
  float value = 0.0F;
  // What the settings file said then. Where it says something else by now, the file was edited
  // since, and wins.
  std::optional<float> in_file = {};
  bool pinned = true;

  bool operator==(const RememberedValue&) const = default;
};
using RememberedValues = std::map<std::string, RememberedValue>;  // by key

// Nothing where there is no file. Throws ConfigError where it cannot be read or makes no sense.
// Whether keys and values are right is for the registry to say. [control]
RememberedValues LoadRememberedValues(const std::filesystem::path& file);
RememberedPresets LoadRememberedPresets(const std::filesystem::path& file);
// The file is there whole, or as it was before. Throws ConfigError. [control]
void SaveRememberedValues(const std::filesystem::path& file, const RememberedValues& values,
                          const RememberedPresets& presets = {});

}  // namespace auralis
