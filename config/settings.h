#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "config/config_error.h"
#include "config/param_registry.h"

namespace auralis {

// What a user can set that is not a parameter of the signal path. Options of the command line
// override it, field by field.
struct AudioSettings {
  std::string device = "auto";    // auto, pipewire, portaudio, virtual
  std::string host_api = {};      // jack, alsa; "" tries both in that order
  std::string input = "Auralis";  // device name or part of it
  std::string output = {};        // "" follows the system's default
  double rate_hz = 0.0;           // 0 takes the device's own
  std::size_t block_frames = 64;  // a power of two, 16 to 1024
  bool own_sink = true;           // make the sink "Auralis" where the sound server lets us
  bool default_sink = false;      // and make it the system's default, until the end

  bool operator==(const AudioSettings&) const = default;
};

struct Settings {
  std::string convolver_file = {};  // [convolver] file; "" for none, relative to the file's folder
  AudioSettings audio;              // [audio]
  std::vector<Assignment> parameters;  // every other table: the keys `auralisctl set` takes
};

// Reads TOML. Tables are [audio] and the modules of the parameter table, spelled as in
// `auralisctl set`: "limiter.ceiling = -1.0", or [equalizer.band1] with "gain = 3". Every error
// of the file is reported at once, each with its line. Throws ConfigError. [control]
Settings LoadSettings(const std::filesystem::path& file);
// The same from text; `name` stands for the file in messages.
Settings ParseSettings(std::string_view text, std::string_view name);

}  // namespace auralis
