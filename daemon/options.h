#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include "config/settings.h"
#include "daemon/restart.h"

namespace auralis {

// What the command line of auralisd says. Unset fields leave the settings file, or the default, in
// force.
struct Options {
  enum class Action { kRun, kListDevices, kListParams, kCheckConfig };
  Action action = Action::kRun;
  bool json = false;

  std::filesystem::path config;  // "" is the usual place, which may be missing
  std::filesystem::path socket;  // "" is the usual place
  std::string preset;            // name or file; "" for none
  std::optional<std::string> device;
  std::optional<std::string> host_api;
  std::optional<std::string> input;
  std::optional<std::string> output;
  bool no_sink = false;
  bool make_default = false;
  std::optional<double> rate_hz;
  std::optional<std::size_t> block_frames;
  std::string simd = "auto";
  std::filesystem::path play;
  bool loop = false;
  std::filesystem::path record;
  std::size_t host_frames = 256;
  bool paced = true;
  double speed = 1.0;

  Inheritance inheritance;  // not of the command line

  // The settings with everything the command line says on top. [control]
  AudioSettings Override(AudioSettings audio) const;
};

// Parses. Where there is nothing left to run (--help, --version, a usage error) it prints what
// there is to say and sets `exit_code`. [control]
struct ParsedOptions {
  Options options;
  std::optional<int> exit_code;
};
ParsedOptions ParseOptions(int argc, const char* const* argv);

}  // namespace auralis
