#include "daemon/startup.h"

#include <spdlog/spdlog.h>

#include <cstdlib>
#include <system_error>
#include <utility>

#include "config/config_error.h"
#include "config/paths.h"
#include "config/preset_library.h"
#include "config/preset_rules.h"

namespace auralis {

std::filesystem::path FindConfig(const Options& options) {
  if (!options.config.empty()) return options.config;
  std::filesystem::path usual = SettingsPath();
  std::error_code ignored;  // where it cannot be looked at, loading says why
  const auto type = std::filesystem::status(usual, ignored).type();
  return type == std::filesystem::file_type::not_found ? std::filesystem::path() : usual;
}

Settings LoadIfAny(const std::filesystem::path& path) {
  return path.empty() ? Settings() : LoadSettings(path);
}

void ApplyAll(ParamRegistry& registry, const std::vector<Assignment>& assignments,
              const std::filesystem::path& from, ParamRegistry::Origin origin) {
  if (const auto error = registry.Apply(assignments, origin)) {
    throw ConfigError(from.string() + ": " + error->Message());
  }
}

std::optional<Preset> PresetFor(const Options& options) {
  if (options.preset.empty()) return std::nullopt;
  return LoadPreset(FindPreset(options.preset).file);
}

ParamRegistry RegistryWith(const Settings& settings, const std::filesystem::path& from,
                           const std::optional<Preset>& preset) {
  ParamRegistry registry;
  ApplyAll(registry, settings.parameters, from);
  if (preset) {
    ApplyAll(registry, AssignmentsOf(*preset), "--preset", ParamRegistry::Origin::kPreset);
  }
  return registry;
}

Settings WithResponseOf(const std::optional<Preset>& preset, Settings settings) {
  if (preset && preset->convolver_file) settings.convolver_file = *preset->convolver_file;
  return settings;
}

std::filesystem::path ResponseFileOf(const Settings& settings, const std::filesystem::path& from) {
  std::filesystem::path file = settings.convolver_file;
  if (file.empty() || file.is_absolute()) return file;
  return std::filesystem::absolute(from.parent_path() / file);
}

VirtualDeviceOptions VirtualOptions(const Options& options, const AudioSettings& audio) {
  return {.play = options.play,
          .loop = options.loop,
          .record = options.record,
          .sample_rate_hz = audio.rate_hz,
          .host_frames = options.host_frames,
          .paced = options.paced,
          .speed = options.speed};
}

std::filesystem::path BesideState(const char* name) {
  try {
    return StatePath().parent_path() / name;
  } catch (const ConfigError& e) {
    spdlog::warn("nothing will be remembered: {}", e.what());
    return {};
  }
}

std::filesystem::path StateFileFor(const AudioDevice& device) {
  const std::filesystem::path folder = device.is_live() ? BesideState("") : "";
  return folder.empty() ? folder : StatePath();
}

std::filesystem::path BesideState(const AudioDevice& device, const char* name) {
  return device.is_live() ? BesideState(name) : std::filesystem::path();
}

bool PipeWireMayAnswer() {
  for (const char* const variable : {"PIPEWIRE_RUNTIME_DIR", "XDG_RUNTIME_DIR"}) {
    const char* const folder = std::getenv(variable);
    const char* const remote = std::getenv("PIPEWIRE_REMOTE");
    const std::filesystem::path name = remote == nullptr || *remote == '\0' ? "pipewire-0" : remote;
    std::error_code ignored;
    if (folder != nullptr && std::filesystem::exists(folder / name, ignored)) return true;
  }
  return false;
}

std::vector<std::filesystem::path> WatchedPresets() {
  try {
    return {RulesPath(), UserPresetFolder()};
  } catch (const ConfigError&) {
    return {};
  }
}

std::filesystem::path WatchedConfig(const Options& options) {
  return options.config.empty() ? SettingsPath() : options.config;
}

}  // namespace auralis
