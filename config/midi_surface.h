#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "config/midi_decoder.h"
#include "config/midi_map.h"
#include "config/midi_message.h"
#include "config/param_registry.h"

namespace auralis {

// What a controller asks for.
struct MidiChange {
  std::size_t index = 0;  // of the parameter
  float value = 0.0F;     // in range
  bool operator==(const MidiChange&) const = default;
};
struct MidiAct {
  MidiTarget target = MidiTarget::kUndo;  // not kParameter
  std::string preset = {};                // of kPreset
  bool operator==(const MidiAct&) const = default;
};
using MidiWish = std::variant<MidiChange, MidiAct>;

// One controller with its map: what its moves mean, given what the parameters are, and what it is
// to show. Knows no port and no clock. [control]
class MidiSurface {
 public:
  using Clock = std::chrono::steady_clock;
  // What comes back within this time as it was sent is an echo, no move.
  static constexpr auto kEcho = std::chrono::milliseconds(100);

  // `registry` must outlive this.
  MidiSurface(MidiMap map, const ParamRegistry& registry);

  const MidiMap& map() const { return map_; }
  // Another map; what is known of controls that it shares with the one before is kept.
  void SetMap(MidiMap map);

  void Hear(const MidiMessage& message, Clock::time_point now);
  // Whether a coarse value waits for its fine one: after a pause, Flush() takes it as it is.
  bool waits() const { return decoder_.waits(); }
  void Flush(Clock::time_point now);
  // What was asked for since the last time, in order. Of several changes of one parameter with
  // nothing but changes between them only the last.
  std::vector<MidiWish> Take();

  // The bytes that bring LEDs, rings and motors to what the registry has; each at most once until
  // it is another. `preset` is the one in force.
  std::vector<std::vector<std::uint8_t>> Show(const std::string& preset, Clock::time_point now);
  // It was plugged in, or shows something else: the next Show() tells all.
  void ForgetShown();
  // Somebody is there who was not: the next Show() tells all, and knobs hold what they hold.
  void ShowAgain();

 private:
  struct Sent {
    std::uint16_t raw;
    Clock::time_point at;
  };
  struct Live {
    std::optional<std::uint16_t> raw;  // where a knob stands, heard or sent
    bool holds = false;                // a knob that has picked its value up
    float set = 0.0F;                  // what it set last
    bool down = false;                 // a button
    std::uint8_t channel = 0;          // it was heard on
    std::optional<std::uint16_t> shown;
    std::vector<Sent> sent;  // lately, and not come back
  };

  static bool IsEcho(const MidiControl& control, Live& live, const MidiEvent& event,
                     Clock::time_point now);
  void HearEvent(const MidiEvent& event, Clock::time_point now);
  void Move(const MidiControl& control, Live& live, const MidiEvent& event);
  void MoveAbsolute(const MidiControl& control, Live& live, const MidiEvent& event);
  void MoveScaled(const MidiControl& control, double before, double after);
  void Turn(const MidiControl& control, std::uint16_t raw);
  void Push(const MidiControl& control, Live& live, const MidiEvent& event);
  void Press(const MidiControl& control, const MidiEvent& event);
  void Step(const MidiControl& control);
  void Ask(std::size_t index, float value);
  float Current(std::size_t index) const;
  std::optional<std::uint16_t> Wanted(const MidiControl& control, const std::string& preset) const;

  MidiMap map_;
  const ParamRegistry& registry_;
  MidiDecoder decoder_;
  std::vector<Live> live_;  // one for each control of the map
  std::vector<MidiWish> wishes_;
};

// By how much an encoder was turned: ticks, positive to the right. 0 where `raw` is no turn.
int MidiTicks(MidiMode mode, std::uint16_t raw);
// The value at a knob's position of 0 to 1, and back.
float MidiValueAt(const MidiControl& control, double position);
double MidiPositionOf(const MidiControl& control, float value);

}  // namespace auralis
