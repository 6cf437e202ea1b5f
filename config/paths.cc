#include "config/paths.h"

#include <unistd.h>

#include <cstdlib>
#include <string>
#include <system_error>

#include "config/config_error.h"

namespace auralis {
namespace {

using std::filesystem::path;

// Empty where the variable is unset.
path FromEnvironment(const char* variable) {
  const char* value = std::getenv(variable);
  return value == nullptr ? path() : path(value);
}

path AbsoluteFromEnvironment(const char* variable) {
  const path value = FromEnvironment(variable);
  return value.is_absolute() ? value : path();
}

struct Place {
  const char* what;
  const char* variable;       // names the file
  const char* base_variable;  // names the folder that auralis' own is in
  const char* base_in_home;
  const char* file;
};

path InHome(const Place& place) {
  if (path named = FromEnvironment(place.variable); !named.empty()) return named;
  const path in_folder = path("auralis") / place.file;
  if (const path base = AbsoluteFromEnvironment(place.base_variable); !base.empty()) {
    return base / in_folder;
  }
  if (const path home = AbsoluteFromEnvironment("HOME"); !home.empty()) {
    return home / place.base_in_home / in_folder;
  }
  throw ConfigError(std::string("no place for the ") + place.what + " file: set HOME or " +
                    place.base_variable + " to an absolute path, or " + place.variable +
                    " to the file");
}

}  // namespace

path SettingsPath() {
  return InHome({.what = "settings",
                 .variable = "AURALIS_CONFIG",
                 .base_variable = "XDG_CONFIG_HOME",
                 .base_in_home = ".config",
                 .file = "auralis.toml"});
}

path UserConfigFolder() {
  if (const path base = AbsoluteFromEnvironment("XDG_CONFIG_HOME"); !base.empty()) {
    return base / "auralis";
  }
  if (const path home = AbsoluteFromEnvironment("HOME"); !home.empty()) {
    return home / ".config" / "auralis";
  }
  throw ConfigError("no place for presets: set HOME or XDG_CONFIG_HOME to an absolute path");
}

path StatePath() {
  return InHome({.what = "state",
                 .variable = "AURALIS_STATE",
                 .base_variable = "XDG_STATE_HOME",
                 .base_in_home = ".local/state",
                 .file = "state.toml"});
}

path SocketPath(const path& run_user) {
  if (path named = FromEnvironment("AURALIS_SOCKET"); !named.empty()) return named;
  const path in_folder = path("auralis") / "control.sock";
  if (const path base = AbsoluteFromEnvironment("XDG_RUNTIME_DIR"); !base.empty()) {
    return base / in_folder;
  }
  const path usual = run_user / std::to_string(getuid());
  std::error_code ignored;
  if (std::filesystem::is_directory(usual, ignored)) return usual / in_folder;
  throw ConfigError("no place for the control socket: " + usual.string() +
                    " does not exist; set XDG_RUNTIME_DIR to a folder of your own, or "
                    "AURALIS_SOCKET to the socket");
}

}  // namespace auralis
