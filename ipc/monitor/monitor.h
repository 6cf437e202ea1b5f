#pragma once

#include "ipc/auralisctl_commands.h"

namespace auralis::ctl {

// `auralisctl monitor`: the whole terminal, until a person leaves or a signal comes. A daemon that
// ends meanwhile is waited for. Throws DaemonUnavailable and what else the client throws where
// there is none to begin with, UsageError where there is no terminal.
void RunMonitor(const Context& context);

}  // namespace auralis::ctl
