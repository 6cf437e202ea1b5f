#pragma once
// `auralisctl midi`: controllers, their maps, and learning.

#include <CLI/CLI.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "ipc/auralisctl_commands.h"
#include "ipc/midi_messages.h"

namespace auralis::ctl {

// Nothing was learnt.
class MidiFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// What one call is to do; filled by the parser.
struct MidiRequest {
  Context* context = nullptr;
  std::string port;
  std::string what;
  ipc::MidiControl control;
  float timeout_s = 60.0F;
};

// Adds the command with all of its own. They throw MidiFailed besides what the client throws.
void AddMidiCommands(CLI::App& app, MidiRequest& request, Context& context);

// What can be mapped besides parameters: "bypass", "undo", ..
std::vector<std::string> MidiActions();

}  // namespace auralis::ctl
