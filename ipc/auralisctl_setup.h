#pragma once
// `auralisctl setup`: what can be done for a person's sound without being root, outside of the
// daemon; and what `doctor` looks at there.

#include <filesystem>
#include <string>

#include "ipc/auralisctl_commands.h"

namespace auralis::ctl {

// The user unit where systemd looks for it; "" where it is not.
std::filesystem::path InstalledUnit();
// Of PipeWire, as its session manager has it now; "" where nobody says.
std::string DefaultSinkName();
// Whether a sink of that node name is the daemon's, or stands in for it.
bool IsAuralisSink(const std::string& name);

struct SetupOptions {
  bool dry_run = false;
  bool make_default = false;  // Auralis' sink that of all programs
  int quantum = 0;            // frames a cycle of PipeWire's; 0 leaves it
};
// Does what is to be done, says each step, and goes on where one fails. The exit code: 0, or 69.
int SetUp(const Context& context, const SetupOptions& options);

}  // namespace auralis::ctl
