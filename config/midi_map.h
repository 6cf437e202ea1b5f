#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/config_error.h"
#include "config/midi_decoder.h"
#include "config/param_registry.h"

namespace auralis {

// What a control does to a parameter.
enum class MidiMode : std::uint8_t {
  // A knob or fader with ends. It takes hold where it meets the value, at once, or by covering what
  // is left of the range in what is left of its way.
  kPickup,
  kJump,
  kScale,
  // An endless encoder: how it says by how far it was turned.
  kRelativeTwos,    // 1, 2, .. up; 127, 126, .. down
  kRelativeSign,    // 1, 2, .. up; 65, 66, .. down
  kRelativeOffset,  // 65, 66, .. up; 63, 62, .. down
  // A button.
  kToggle,  // `to` and `from` in turn
  kHold,    // `to` while it is down, else `from`
  kStep,    // on by `step`; choices go round
  kChoose,  // `value`
};
inline constexpr auto kMidiModeNames =
    std::to_array<std::string_view>({"pickup", "jump", "scale", "relative-twos", "relative-sign",
                                     "relative-offset", "toggle", "hold", "step", "choose"});

// What a control is for.
enum class MidiTarget : std::uint8_t {
  kParameter,
  kPreset,   // loads presets[0]
  kPresets,  // a program change n loads presets[n]
  kPresetNext,
  kPresetPrevious,
  kUndo,
  kRedo,
};

// How a LED, ring or motor is told: `low` to `high` for the way of a knob, or off and on.
struct MidiFeedback {
  MidiSource to;  // channel 0: that on which the control was heard last, or 1
  std::uint16_t low = 0;
  std::uint16_t high = 127;

  bool operator==(const MidiFeedback&) const = default;
};

struct MidiControl {
  MidiSource source;
  MidiTarget target = MidiTarget::kParameter;
  std::size_t index = 0;  // of the parameter
  std::vector<std::string> presets = {};
  MidiMode mode = MidiMode::kPickup;
  float from = 0.0F;          // the value at the control's low end, in the parameter's unit
  float to = 1.0F;            // above or below `from`
  float value = 0.0F;         // of kChoose
  float step = 1.0F;          // of kStep, in the parameter's unit; choices count
  std::uint16_t ticks = 128;  // of an encoder, from end to end
  std::optional<MidiFeedback> feedback = {};
  std::string label = {};  // what is printed on the controller

  bool operator==(const MidiControl&) const = default;
};

// The same as people and files say it. "" is what is usual.
struct MidiControlText {
  std::string source;  // "cc 16", "nrpn 256 channel 3"
  std::string target;  // a parameter's key, "bypass", "preset:NAME", "presets", "preset-next",
                       // "preset-previous", "undo", "redo"
  std::string mode = {};
  std::string from = {};
  std::string to = {};
  std::string value = {};
  std::string step = {};
  std::string ticks = {};
  bool invert = false;
  std::vector<std::string> presets = {};
  std::string feedback = {};  // "cc 16"; "same" for the control itself
  std::string feedback_low = {};
  std::string feedback_high = {};
  std::string label = {};
};

// Works out what is left open: a note or program toggles or steps, all else picks up; the ends are
// the parameter's. The error's key is the field's name. [control]
std::variant<MidiControl, ParamError> MakeMidiControl(const MidiControlText& text,
                                                      const ParamRegistry& registry);
// Every field; MakeMidiControl makes the same control of it.
MidiControlText TextOf(const MidiControl& control, const ParamRegistry& registry);

struct MidiMap {
  std::string name = {};                // of the controller
  std::vector<std::string> ports = {};  // globs on port names; case does not count
  std::vector<MidiControl> controls = {};

  bool operator==(const MidiMap&) const = default;
};

inline constexpr int kMidiMapSchema = 1;
inline constexpr std::size_t kMaxMidiControls = 1000;

// Reads TOML: `schema`, `name`, `ports`, and a [[control]] each, whose keys are the fields of
// MidiControlText (presets as a list, feedback as text or {to, low, high}). Every error at once,
// with line and column. Throws ConfigError. [control]
MidiMap ParseMidiMap(std::string_view text, std::string_view name);
// TOML that ParseMidiMap reads back as the same map.
std::string MidiMapText(const MidiMap& map);

// `text`, a map, with a control more, and without those it had that would move with it; comments
// and all else stay as they are. [control] Throws ConfigError where the text is no map.
std::string WithMidiControl(std::string_view text, const MidiControl& control);
// Without the controls whose place in the map is given.
std::string WithoutMidiControls(std::string_view text, const std::vector<std::size_t>& places);

}  // namespace auralis
