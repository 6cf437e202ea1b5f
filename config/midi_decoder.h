#pragma once

#include <array>
#include <bitset>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/midi_message.h"

namespace auralis {

// What a knob, fader or button of a controller may be.
enum class MidiKind : std::uint8_t { kCc, kCc14, kNrpn, kPitchBend, kNote, kProgram };
inline constexpr auto kMidiKindNames =
    std::to_array<std::string_view>({"cc", "cc14", "nrpn", "pitch-bend", "note", "program"});

struct MidiSource {
  MidiKind kind = MidiKind::kCc;
  std::uint8_t channel = 0;  // 1 to 16; 0 is any
  std::uint16_t number = 0;  // of the controller, the note, the program; 0 for pitch bend

  // clang-tidy 14 takes the comparison with 0 in it for a null pointer.
  auto operator<=>(const MidiSource&) const = default;  // NOLINT(modernize-use-nullptr)
};
inline constexpr std::uint16_t kAnyProgram = 0xFFFF;

// The largest number a source of that kind can have, and the largest value it sends.
std::uint16_t MaxMidiNumber(MidiKind kind);
std::uint16_t MaxMidiRaw(MidiKind kind);  // 127 or 16383

// "cc 16", "nrpn 256 channel 3", "pitch-bend", "program any".
std::string MidiSourceText(const MidiSource& source);
// The same read back; nothing for what is not one.
std::optional<MidiSource> ParseMidiSource(std::string_view text);

// Whether one move of a controller can be heard as both. A `cc14` is made of two `cc`.
bool Overlap(const MidiSource& a, const MidiSource& b);

// Where of 0 to 1 a value stands: 0, the middle (64, 8192) and the largest are exactly 0, 0.5
// and 1.
double MidiPosition(std::uint16_t raw, std::uint16_t max);
std::uint16_t MidiRaw(double position, std::uint16_t max);  // the nearest

// What one control did.
struct MidiEvent {
  MidiSource source;  // its channel is never 0
  std::uint16_t raw = 0;
  std::uint16_t max = 127;

  bool operator==(const MidiEvent&) const = default;
};

// Messages of one port to what its controls did. A value of 14 bits comes as two messages, the
// coarse one first. One that has ever been followed by a fine one waits for it; where that does not
// come, the next coarse one, or Flush(), lets it go. A control change is told as `cc` always, and
// as `cc14` or `nrpn` besides, where it is part of one. [control]
class MidiDecoder {
 public:
  std::vector<MidiEvent> Decode(const MidiMessage& message);
  // Coarse values that still wait.
  bool waits() const { return waiting_ > 0; }
  std::vector<MidiEvent> Flush();

 private:
  static constexpr std::size_t kChannels = 16;
  static constexpr std::size_t kCoarse = 32;  // controllers 0 to 31 have a fine one, 32 above

  struct Pair {
    std::uint8_t coarse = 0;
    std::uint8_t fine = 0;
    bool has_fine = false;  // was ever heard
    bool waits = false;
  };
  struct Channel {
    std::array<Pair, kCoarse> controllers;
    Pair data;  // of the NRPN that is selected
    std::optional<std::uint8_t> nrpn_coarse;
    std::optional<std::uint8_t> nrpn_fine;
  };

  void DecodeControlChange(const MidiMessage& message, std::vector<MidiEvent>& events);
  void SelectOrMoveNrpn(Channel& channel, const MidiMessage& message,
                        std::vector<MidiEvent>& events);
  void Coarse(Pair& pair, std::uint8_t value, const MidiSource& source,
              std::vector<MidiEvent>& events);
  void Fine(Pair& pair, std::uint8_t value, const MidiSource& source,
            std::vector<MidiEvent>& events);
  void Release(Pair& pair, const MidiSource& source, std::vector<MidiEvent>& events);
  static std::optional<MidiSource> NrpnOf(const Channel& channel, std::uint8_t number);

  std::array<Channel, kChannels> channels_;
  std::size_t waiting_ = 0;
};

}  // namespace auralis
