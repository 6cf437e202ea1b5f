#pragma once

#include <cstdint>

#include "config/preset_rules.h"
#include "daemon/sound_graph.h"

namespace auralis {

// What the rules for presets want to know of a sink. The route is read out of its name and
// description, as ALSA's and BlueZ's nodes are named; "" where they do not tell. [any]
Situation OutputSituation(const SoundGraph::Node& sink);

// Adds what plays into the node `input`: of several streams the one that came last. The newest of
// all that is not linked yet will play into the default sink: where that is `input`, it counts
// before its first sound. Where there is none, `before` is what plays: a pause between two pieces
// is no other application. [any]
Situation WithApplication(Situation output, const SoundGraph& graph, std::uint32_t input,
                          const Situation& before);

}  // namespace auralis
