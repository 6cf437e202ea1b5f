#pragma once
// Presets as other programs read them. [control]

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "config/preset.h"

namespace auralis {

enum class ExportFormat { kNative, kEqualizerApo, kPipeWire };
inline constexpr auto kExportFormatNames =
    std::to_array<std::string_view>({"native", "equalizer-apo", "pipewire"});

struct Exported {
  std::string text;
  std::vector<std::string> notes;  // what of the preset the format cannot say
};

// Equalizer APO and filter-chain get the equalizer's bands and preamp, gain and balance of `input`,
// and the response of `convolver`; whatever else is on is noted. `name` is what the filter-chain's
// nodes are called.
Exported ExportPreset(const Preset& preset, ExportFormat format, std::string_view name);

}  // namespace auralis
