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

}  // namespace auralis
