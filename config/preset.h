#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config_error.h"
#include "config/param_registry.h"

namespace auralis {

// A named setting of the signal path. What it does not mention stands at its default, or at what
// the layer below it says (preset_layers.h).
struct Preset {
  std::string description = {};  // one sentence
  // Response for the stage `convolver`; nothing where the preset does not say, "" for none. What a
  // file says is relative to the file's folder; LoadPreset makes it absolute.
  std::optional<std::string> convolver_file = {};
  std::map<std::size_t, float> values = {};  // index in the parameter table, value in range

  bool operator==(const Preset&) const = default;
};

// What became of a key between two versions of the schema: another name ("" where it is gone), and
// another unit or zero point: new = old * scale + offset.
struct KeyChange {
  int since_schema;  // the first version that has it
  std::string_view old_key;
  std::string_view new_key;
  double scale = 1.0;
  double offset = 0.0;
};
// The schema that this program writes. A file of any earlier one is read, its keys taken through
// every change since; one of a later is refused.
inline constexpr int kPresetSchema = 1;
std::span<const KeyChange> PresetKeyChanges();

// Reads TOML: `schema`, `description`, `convolver.file`, and parameters as in a settings file.
// Every error is reported at once, "name:line:column: key: reason". Throws ConfigError. [control]
Preset ParsePreset(std::string_view text, std::string_view name);
// The same with a history other than the product's.
Preset ParsePreset(std::string_view text, std::string_view name, int newest_schema,
                   std::span<const KeyChange> changes);
// Throws ConfigError. [control]
Preset LoadPreset(const std::filesystem::path& file);

// TOML that ParsePreset reads back as the same preset.
std::string PresetText(const Preset& preset);
// `text` changed to say what `preset` says: its comments, order and numbers' spelling stay where
// the value does. Where that cannot be done it is PresetText below the comments that `text` begins
// with. [control]
std::string EditedPresetText(std::string_view text, const Preset& preset);
// Writes it to the file, whole or not at all, with a backup (text_file.h); over a file that is a
// preset by EditedPresetText. Throws ConfigError. [control]
void SavePreset(const std::filesystem::path& file, const Preset& preset);

// What `values` have that is not the default.
Preset PresetOf(const ParamRegistry::Values& values);
// One transaction that brings the registry from wherever it is to the preset: an assignment for
// every parameter, but not for `master.bypass` where the preset does not set it.
std::vector<Assignment> AssignmentsOf(const Preset& preset);

}  // namespace auralis
