#pragma once
// Which way the sound is to take through a sound server's graph. Pure: no server, no clock.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/sound_graph.h"

namespace auralis {

struct RouteWishes {
  std::string input;   // name, description, or a part of either
  std::string output;  // likewise; "" follows the system's default
  // Where the default is the input itself, or nothing, this sink is taken if it is there.
  std::string fallback_output;
};

// The nodes of the way, and what is to be done so that it is there.
struct RoutePlan {
  using PortPair = std::pair<std::uint32_t, std::uint32_t>;  // output port, input port

  std::optional<std::uint32_t> input;
  std::optional<std::uint32_t> engine;  // ours: what is neither sink nor source, and has both ends
  std::optional<std::uint32_t> output;
  std::vector<PortPair> missing;
  std::vector<std::uint32_t> obsolete;  // links
  std::string problem;  // for people: why it is not what was wished, or "" where it is
};

// A sink is matched by name or description: exactly, without regard to case, then as a part. No
// output from which the sound would come back to the input is taken. Of several that might do, the
// one of highest priority is, those that belong to a card first. [control]
RoutePlan PlanRoute(const SoundGraph& graph, const RouteWishes& wishes);

}  // namespace auralis
