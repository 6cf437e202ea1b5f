#pragma once
// `auralisctl ab`: two settings heard in turns, equally loud.

#include <string>
#include <vector>

#include "ipc/auralisctl_commands.h"
#include "ipc/messages.h"

namespace auralis::ctl {

// What can be done with a comparison that is on: "a", "b", "toggle", "keep", "end".
std::vector<std::string> ComparisonActions();

// No words show the comparison; one of the actions steers it; names of one or two presets, or their
// files, begin one. Throws UsageError for more, and what the client and Print throw.
void CompareSettings(const Context& context, const std::vector<std::string>& words);

// "A/B: B night -3.2 dB", for one line of a screen; "" where none is on. [any]
std::string ComparisonLine(const ipc::Comparison& comparison);

}  // namespace auralis::ctl
