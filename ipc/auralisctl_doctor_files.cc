#include <filesystem>
#include <functional>

#include "config/config_error.h"
#include "config/paths.h"
#include "config/preset.h"
#include "config/preset_library.h"
#include "config/preset_rules.h"
#include "config/settings.h"
#include "ipc/auralisctl_doctor_checks.h"
#include "ipc/auralisctl_setup.h"
#include "ipc/tool_output.h"

namespace auralis::ctl {
namespace {

namespace fs = std::filesystem;

// Looks at a file, and adds what is wrong with it.
void CheckFile(const fs::path& file, const std::function<void(const fs::path&)>& load,
               std::vector<Finding>& findings) {
  try {
    load(file);
  } catch (const ConfigError& e) {
    findings.push_back(
        Problem("files", e.what(), "mend it; until then what it said before counts"));
    findings.back().of_files = true;
  }
}

}  // namespace

std::vector<Finding> Files() {
  std::vector<Finding> findings;
  std::size_t files = 0;
  std::error_code ignored;
  try {
    if (fs::exists(SettingsPath(), ignored)) {
      CheckFile(SettingsPath(), LoadSettings, findings);
      ++files;
    }
    if (fs::exists(RulesPath(), ignored)) {
      CheckFile(
          RulesPath(),
          [](const fs::path& file) {
            for (const Rule& rule : LoadRules(file)) FindPreset(rule.preset);
          },
          findings);
      ++files;
    }
    for (const PresetFile& preset : ListPresets()) {
      CheckFile(preset.file, LoadPreset, findings);
      ++files;
    }
  } catch (const ConfigError& e) {
    findings.push_back(Problem("files", e.what(), "set HOME"));
  }
  if (findings.empty()) {
    findings.push_back(Ok(
        "files", "settings, rules and presets are sound (" + std::to_string(files) + " files)."));
  }
  return findings;
}

Finding Service() {
  const std::string check = "service";
  const fs::path unit = InstalledUnit();
  if (unit.empty()) {
    return Note(check, "the service is not installed.",
                "cmake --install build/release, then systemctl --user daemon-reload");
  }
  const auto enabled = RunTool({"systemctl", "--user", "is-enabled", "auralisd"});
  if (!enabled) {
    return Note(check, "the service is installed (" + unit.string() +
                           "), but no systemd of this user answers.");
  }
  if (enabled->exit_code != 0) {
    return Problem(check, "the service is installed, and does not start with your session.",
                   "auralisctl setup");
  }
  const auto active = RunTool({"systemctl", "--user", "is-active", "auralisd"});
  if (!active || active->exit_code != 0) {
    return Problem(check, "the service is enabled, but does not run.",
                   "journalctl --user -u auralisd says why; systemctl --user start auralisd");
  }
  return Ok(check, "the service runs, and starts with your session.");
}

}  // namespace auralis::ctl
