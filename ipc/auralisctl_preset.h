#pragma once
// `auralisctl preset`: files of presets, and the daemon's values as one.

#include <CLI/CLI.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "ipc/auralisctl_commands.h"

namespace auralis::ctl {

// A preset, or a file that was to become one, is not sound or not there.
class PresetError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// What one call is to do; filled by the parser.
struct PresetRequest {
  Context* context = nullptr;
  std::string name;
  std::string other;
  std::vector<std::string> files;
  std::string device;
  std::string route;
  std::string description;
  std::string format;
  std::string output;
  bool force = false;
  bool as_biquads = false;
};

// Adds the command with all of its own. They throw PresetError besides what the client throws.
void AddPresetCommands(CLI::App& app, PresetRequest& request, Context& context);

}  // namespace auralis::ctl
