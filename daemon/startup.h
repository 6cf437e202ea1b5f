#pragma once
// What the daemon starts with, worked out of options, files and device. All [control].

#include <filesystem>
#include <optional>
#include <vector>

#include "config/param_registry.h"
#include "config/preset.h"
#include "config/settings.h"
#include "daemon/audio_device.h"
#include "daemon/options.h"
#include "daemon/virtual_device.h"

namespace auralis {

// The settings file to read: what the command line names, or the usual one where it exists, or "".
std::filesystem::path FindConfig(const Options& options);
// Where settings are, or would be.
std::filesystem::path WatchedConfig(const Options& options);
// Whether there is a socket of a PipeWire server.
bool PipeWireMayAnswer();
// Rules and the user's presets; nothing where there is no home.
std::vector<std::filesystem::path> WatchedPresets();
// Throws ConfigError. "" has none.
Settings LoadIfAny(const std::filesystem::path& path);

// Throws ConfigError that names `from`. Settings are checked against the table when they are read,
// so good files do not fail here.
void ApplyAll(ParamRegistry& registry, const std::vector<Assignment>& assignments,
              const std::filesystem::path& from,
              ParamRegistry::Origin origin = ParamRegistry::Origin::kPerson);

// What the command line names. Throws ConfigError.
std::optional<Preset> PresetFor(const Options& options);
// The preset, if there is one, counts before the settings. Throws ConfigError.
ParamRegistry RegistryWith(const Settings& settings, const std::filesystem::path& from,
                           const std::optional<Preset>& preset);
// What the settings say, with the response of the preset instead of theirs.
Settings WithResponseOf(const std::optional<Preset>& preset, Settings settings);

// Where the response is that the settings name, absolute; "" for none.
std::filesystem::path ResponseFileOf(const Settings& settings, const std::filesystem::path& from);

VirtualDeviceOptions VirtualOptions(const Options& options, const AudioSettings& audio);

// "" where nothing is remembered: files that are played through leave no trace, and start from
// none.
std::filesystem::path StateFileFor(const AudioDevice& device);
// In the folder of what is remembered; "" where there is none.
std::filesystem::path BesideState(const char* name);
// In the same folder, or "".
std::filesystem::path BesideState(const AudioDevice& device, const char* name);

}  // namespace auralis
