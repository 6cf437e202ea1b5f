#include "daemon/output_route.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>

#include "daemon/device_match.h"

namespace auralis {
namespace {

constexpr std::string_view kStream = "Stream/Output/Audio";  // that an application plays

}  // namespace

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
  std::set<std::uint32_t> linked;
  std::set<std::uint32_t> linked_to_us;
  for (const auto& [id, link] : graph.links) {
    linked.insert(link.from_node);
    if (link.to_node == input) linked_to_us.insert(link.from_node);
  }
  const auto ours = graph.nodes.find(input);
  const bool is_default = ours != graph.nodes.end() && ours->second.name == graph.default_sink;
  std::uint64_t last = 0;
  for (const auto& [id, node] : graph.nodes) {
    if (node.media_class == kStream) last = std::max(last, node.serial);
  }
  const SoundGraph::Node* newest = nullptr;
  for (const auto& [id, node] : graph.nodes) {
    const bool to_come =
        is_default && node.media_class == kStream && node.serial == last && !linked.contains(id);
    if (node.is_ours || (!linked_to_us.contains(id) && !to_come)) continue;
    if (newest == nullptr || node.serial > newest->serial) newest = &node;
  }
  output.role = newest == nullptr ? before.role : newest->role;
  output.application = newest == nullptr ? before.application : newest->application;
  return output;
}

}  // namespace auralis
