#pragma once

#include <string>
#include <vector>

#include "ipc/messages.h"

namespace auralis {

// What adaptation measured, aims at, does, and why, in sentences. [control]
std::vector<std::string> AdaptationStory(const ipc::Adaptation& report);

}  // namespace auralis
