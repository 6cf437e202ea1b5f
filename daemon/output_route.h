#pragma once

#include "config/preset_rules.h"
#include "daemon/sound_graph.h"

namespace auralis {

// What the rules for presets want to know of a sink. The route is read out of its name and
// description, as ALSA's and BlueZ's nodes are named; "" where they do not tell. [any]
Situation OutputSituation(const SoundGraph::Node& sink);

}  // namespace auralis
