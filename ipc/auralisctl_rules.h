#pragma once
// What the daemon says of presets in force and of the rules that choose them. They throw what the
// client and Print throw.

#include "ipc/auralisctl_commands.h"

namespace auralis::ctl {

// Every rule, whether it fits now, and why; ahead of them what is known of the moment.
void ShowRules(const Context& context);
// The layers in force, and of each value that is not the default which layer it comes from.
void ShowPresetInForce(const Context& context);

}  // namespace auralis::ctl
