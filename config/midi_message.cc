#include "config/midi_message.h"

#include <utility>

namespace auralis {
namespace {

constexpr std::uint8_t kStatusBit = 0x80;
constexpr std::uint8_t kFirstSystem = 0xF0;
constexpr std::uint8_t kFirstRealTime = 0xF8;

bool HasOneByte(MidiMessage::Type type) {
  return type == MidiMessage::Type::kProgramChange || type == MidiMessage::Type::kChannelPressure;
}

}  // namespace

std::optional<MidiMessage> MidiParser::Take(std::uint8_t byte) {
  if (byte >= kFirstRealTime) return std::nullopt;
  if ((byte & kStatusBit) != 0) {
    status_ = byte < kFirstSystem ? byte : 0;  // system messages end running status
    first_.reset();
    return std::nullopt;
  }
  if (status_ == 0) return std::nullopt;
  MidiMessage message{.type = static_cast<MidiMessage::Type>(status_ >> 4U),
                      .channel = static_cast<std::uint8_t>((status_ & 0x0FU) + 1),
                      .data1 = byte};
  if (HasOneByte(message.type)) return message;
  if (!first_) {
    first_ = byte;
    return std::nullopt;
  }
  message.data1 = *std::exchange(first_, std::nullopt);
  message.data2 = byte;
  return message;
}

void AppendMidiBytes(const MidiMessage& message, std::vector<std::uint8_t>& bytes) {
  const auto type = static_cast<unsigned>(message.type);
  bytes.push_back(static_cast<std::uint8_t>((type << 4U) | ((message.channel - 1U) & 0x0FU)));
  bytes.push_back(message.data1 & 0x7FU);
  if (!HasOneByte(message.type)) bytes.push_back(message.data2 & 0x7FU);
}

}  // namespace auralis
