#pragma once
// Sound files for PipeWire's own players and recorders, and when those are linked.

#include <filesystem>
#include <string>

#include "tests/support/jack_client.h"
#include "tests/support/sound_server.h"

namespace auralis::test {

// Floats at 48 kHz. Both throw std::runtime_error.
void WriteWav(const std::filesystem::path& path, const StereoSignal& audio);
StereoSignal ReadWav(const std::filesystem::path& path);

// Waits until the session manager has linked one port to the other: for a moment it may link a new
// stream to the default sink instead of its target.
void AwaitLink(const PipeWireServer& server, const std::string& from, const std::string& to);

}  // namespace auralis::test
