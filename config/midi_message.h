#pragma once
// MIDI's channel messages, out of and into bytes (MIDI 1.0 Detailed Specification 4.2). [any]

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace auralis {

// Numbers of controllers that carry an NRPN: which one, and its value.
inline constexpr std::uint8_t kDataCoarse = 6;
inline constexpr std::uint8_t kDataFine = 38;
inline constexpr std::uint8_t kNrpnFine = 98;
inline constexpr std::uint8_t kNrpnCoarse = 99;
// The fine half of controllers 0 to 31 has a number higher by this.
inline constexpr std::uint8_t kFineAbove = 32;

struct MidiMessage {
  // The upper half of the status byte.
  enum class Type : std::uint8_t {
    kNoteOff = 0x8,
    kNoteOn = 0x9,
    kKeyPressure = 0xA,
    kControlChange = 0xB,
    kProgramChange = 0xC,
    kChannelPressure = 0xD,
    kPitchBend = 0xE,
  };
  Type type = Type::kNoteOff;
  std::uint8_t channel = 1;  // 1 to 16
  std::uint8_t data1 = 0;    // 0 to 127
  std::uint8_t data2 = 0;    // 0 where the type has one byte of data

  bool operator==(const MidiMessage&) const = default;
};

// Bytes as they come, in pieces of any size, to messages. Knows running status and real-time bytes
// between any two others; passes over system exclusive, system common and whatever has no meaning.
class MidiParser {
 public:
  // The message that `byte` completes.
  std::optional<MidiMessage> Take(std::uint8_t byte);

 private:
  std::uint8_t status_ = 0;  // 0: data has no meaning
  std::optional<std::uint8_t> first_;
};

// Appends the bytes of the message.
void AppendMidiBytes(const MidiMessage& message, std::vector<std::uint8_t>& bytes);

}  // namespace auralis
