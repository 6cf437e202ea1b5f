#pragma once

#include <string>

#include "ipc/auralisctl_commands.h"

namespace auralis::ctl {

// What the flight recorder holds: of `file`, or of the daemon that runs, or, where none does, of
// the last one that did.
void ShowBlackBox(const Context& context, const std::string& file);

}  // namespace auralis::ctl
