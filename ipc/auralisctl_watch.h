#pragma once

#include <cstdint>

#include "ipc/auralisctl_commands.h"
#include "ipc/messages.h"

namespace auralis::ctl {

struct WatchOptions {
  ipc::Stream stream = ipc::Stream::kMeters;
  float rate_hz = 20.0F;
  std::uint64_t count = 0;  // 0: until a signal or the daemon's end
};

// Shows events as they come: a block repainted in place on a terminal, one line each elsewhere, one
// JSON object a line with --json. Returns at a signal, after `count` events, or when the daemon
// says goodbye. Throws DaemonUnavailable when it goes without one.
void Watch(const Context& context, const WatchOptions& options);

}  // namespace auralis::ctl
