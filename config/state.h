#pragma once

#include <filesystem>
#include <optional>

namespace auralis {

// What the daemon has learnt and wants to know when it starts again. Nobody has to write it.
struct State {
  std::optional<float> leveler_gain_db;  // where the leveler stood; -24 to 24

  bool operator==(const State&) const = default;
};

// Nothing where there is no file. Throws ConfigError where it cannot be read or makes no sense.
// [control]
State LoadState(const std::filesystem::path& file);
// The file is there whole, or as it was before. Makes the folder. Throws ConfigError. [control]
void SaveState(const std::filesystem::path& file, const State& state);

}  // namespace auralis
