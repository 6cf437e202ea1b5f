#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace auralis::test {

// A real PulseAudio without PipeWire, with its own runtime folder, and the ALSA plug-in "pulse"
// that leads to it. Debian does not let its package be installed beside pipewire-alsa: scripts/test
// unpacks it.
class PulseServer {
 public:
  // Whether it is installed or was unpacked.
  static bool IsThere();
  // With the sink "speakers", which plays to nowhere.
  PulseServer();

  const Environment& environment() const { return environment_; }
  // A pactl command; its output. Throws std::runtime_error when it fails.
  std::string Pactl(const std::vector<std::string>& words) const;

 private:
  TempDir folder_;
  Environment environment_;
  std::unique_ptr<Process> server_;
};

}  // namespace auralis::test
