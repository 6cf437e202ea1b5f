// Files that people write: settings, presets, rules, maps of MIDI controllers. Read, or refused
// with a ConfigError. The first byte says which.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "config/midi_map.h"
#include "config/preset.h"
#include "config/preset_rules.h"
#include "config/settings.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace auralis;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    switch (data[0] % 4) {
      case 0:
        ParseSettings(text, "fuzz");
        break;
      case 1: {
        const Preset preset = ParsePreset(text, "fuzz");
        if (ParsePreset(PresetText(preset), "again") != preset) __builtin_trap();
        break;
      }
      case 2:
        ParseRules(text, "fuzz");
        break;
      default: {
        const MidiMap map = ParseMidiMap(text, "fuzz");
        if (ParseMidiMap(MidiMapText(map), "again") != map) __builtin_trap();
        if (map.controls.empty()) break;
        MidiMap less = map;
        less.controls.erase(less.controls.begin());
        if (ParseMidiMap(WithoutMidiControls(text, {0}), "less") != less) __builtin_trap();
      }
    }
  } catch (const ConfigError&) {  // that is an answer
  }
  return 0;
}
