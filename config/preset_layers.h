#pragma once
// Presets upon presets: what holds everywhere, what a device needs, what a route needs. [control]

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/preset.h"

namespace auralis {

// From the lowest to the highest; what a higher one says counts.
enum class Layer { kBase, kDevice, kRoute };
inline constexpr auto kLayerNames = std::to_array<std::string_view>({"base", "device", "route"});
inline constexpr std::size_t kLayers = kLayerNames.size();

// By Layer; nothing where there is none.
using Layers = std::array<std::optional<Preset>, kLayers>;

struct Composition {
  Preset preset;  // all that any layer says
  // Where each value comes from; nothing where it is the default.
  std::array<std::optional<Layer>, SignalPath::kParamCount> source = {};
  std::optional<Layer> convolver_file_source = {};
};
Composition Compose(const Layers& layers);

// One key that two presets do not agree on, as people read it: "-1.0 dB", "room.wav".
struct Difference {
  std::string key;
  std::string first;
  std::string second;
  bool operator==(const Difference&) const = default;
};
// In the order of the parameter table; what a preset leaves out stands at its default.
std::vector<Difference> DifferencesOf(const Preset& first, const Preset& second);

}  // namespace auralis
