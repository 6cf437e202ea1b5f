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

}  // namespace

path SettingsPath() {
  if (path named = FromEnvironment("AURALIS_CONFIG"); !named.empty()) return named;
  const path in_folder = path("auralis") / "auralis.toml";
  if (const path base = AbsoluteFromEnvironment("XDG_CONFIG_HOME"); !base.empty()) {
    return base / in_folder;
  }
  if (const path home = AbsoluteFromEnvironment("HOME"); !home.empty()) {
    return home / ".config" / in_folder;
  }
  throw ConfigError(
      "no place for the settings file: set HOME or XDG_CONFIG_HOME to an absolute path, or "
      "AURALIS_CONFIG to the file");
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
