#include "daemon/output_route.h"

#include <array>
#include <string>
#include <string_view>

#include "daemon/device_match.h"

namespace auralis {

Situation OutputSituation(const SoundGraph::Node& sink) {
  struct Sign {
    std::string_view word;
    std::string_view route;
  };
  // The first that fits: a headset on Bluetooth is a Bluetooth device before all.
  constexpr std::array<Sign, 9> kSigns = {{{"bluez", "bluetooth"},
                                           {"bluetooth", "bluetooth"},
                                           {"hdmi", "hdmi"},
                                           {"displayport", "hdmi"},
                                           {"headphone", "headphones"},
                                           {"headset", "headphones"},
                                           {"earphone", "headphones"},
                                           {"speaker", "speaker"},
                                           {"lautsprecher", "speaker"}}};
  const std::string text = FoldedName(sink.name + " " + sink.description);
  Situation situation{.device_id = sink.name, .device_name = sink.description};
  for (const Sign& sign : kSigns) {
    if (text.find(sign.word) == std::string::npos) continue;
    situation.route = sign.route;
    break;
  }
  return situation;
}

Situation WithApplication(Situation output, const SoundGraph& graph, std::uint32_t input,
                          const Situation& before) {
  const SoundGraph::Node* newest = nullptr;
  for (const auto& [id, link] : graph.links) {
    if (link.to_node != input) continue;
    const auto from = graph.nodes.find(link.from_node);
    if (from == graph.nodes.end() || from->second.is_ours) continue;
    if (newest == nullptr || from->second.serial > newest->serial) newest = &from->second;
  }
  output.role = newest == nullptr ? before.role : newest->role;
  output.application = newest == nullptr ? before.application : newest->application;
  return output;
}

}  // namespace auralis
