#pragma once
// Where things are that a user finds by name, after the XDG Base Directory Specification 0.8:
// a variable that is empty counts as unset, an XDG one that is not absolute is ignored. [control]

#include <filesystem>

namespace auralis {

// $AURALIS_CONFIG, else $XDG_CONFIG_HOME/auralis/auralis.toml, else
// ~/.config/auralis/auralis.toml. Need not exist. Throws ConfigError where there is no home.
std::filesystem::path SettingsPath();

// $XDG_CONFIG_HOME/auralis, else ~/.config/auralis: presets and rules. Need not exist. Throws
// ConfigError where there is no home.
std::filesystem::path UserConfigFolder();

// $AURALIS_STATE, else $XDG_STATE_HOME/auralis/state.toml, else
// ~/.local/state/auralis/state.toml. Need not exist. Throws ConfigError where there is no home.
std::filesystem::path StatePath();

// $AURALIS_SOCKET, else $XDG_RUNTIME_DIR/auralis/control.sock, else auralis/control.sock in the
// folder of `run_user` that is named after the user's id, where that exists. Throws ConfigError.
std::filesystem::path SocketPath(const std::filesystem::path& run_user = "/run/user");

}  // namespace auralis
