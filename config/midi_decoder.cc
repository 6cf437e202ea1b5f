#include "config/midi_decoder.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace auralis {
namespace {

// Numbers of controllers that mean something else than a knob.
constexpr std::uint8_t kDataUp = 96;
constexpr std::uint8_t kDataDown = 97;
constexpr std::uint8_t kRpnFine = 100;
constexpr std::uint8_t kRpnCoarse = 101;

constexpr std::uint16_t kMax7 = 127;
constexpr std::uint16_t kMax14 = 16383;

std::uint16_t Joined(std::uint8_t coarse, std::uint8_t fine) {
  return static_cast<std::uint16_t>((coarse << 7U) | fine);
}

std::string_view NextWord(std::string_view& text) {
  const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
  text.remove_prefix(begin);
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(word.size());
  return word;
}

std::optional<unsigned> NumberIn(std::string_view word) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return number;
}

}  // namespace

std::uint16_t MaxMidiNumber(MidiKind kind) {
  switch (kind) {
    case MidiKind::kCc14:
      return 31;
    case MidiKind::kNrpn:
      return kMax14;
    case MidiKind::kPitchBend:
      return 0;
    default:
      return kMax7;
  }
}

std::uint16_t MaxMidiRaw(MidiKind kind) {
  const bool fine =
      kind == MidiKind::kCc14 || kind == MidiKind::kNrpn || kind == MidiKind::kPitchBend;
  return fine ? kMax14 : kMax7;
}

std::string MidiSourceText(const MidiSource& source) {
  std::string text(kMidiKindNames[static_cast<std::size_t>(source.kind)]);
  if (source.kind == MidiKind::kProgram && source.number == kAnyProgram) {
    text += " any";
  } else if (source.kind != MidiKind::kPitchBend) {
    text += ' ' + std::to_string(source.number);
  }
  if (source.channel != 0) text += " channel " + std::to_string(source.channel);
  return text;
}

std::optional<MidiSource> ParseMidiSource(std::string_view text) {
  const std::string_view kind = NextWord(text);
  const auto* const name = std::find(kMidiKindNames.begin(), kMidiKindNames.end(), kind);
  if (name == kMidiKindNames.end()) return std::nullopt;
  MidiSource source{.kind = static_cast<MidiKind>(name - kMidiKindNames.begin())};
  std::string_view word = NextWord(text);
  if (source.kind != MidiKind::kPitchBend) {
    const auto number = NumberIn(word);
    const bool any = source.kind == MidiKind::kProgram && word == "any";
    if (!any && (!number || *number > MaxMidiNumber(source.kind))) return std::nullopt;
    source.number = any ? kAnyProgram : static_cast<std::uint16_t>(*number);
    word = NextWord(text);
  }
  if (word == "channel") {
    const auto channel = NumberIn(NextWord(text));
    if (!channel || *channel < 1 || *channel > 16) return std::nullopt;
    source.channel = static_cast<std::uint8_t>(*channel);
    word = NextWord(text);
  }
  if (!word.empty()) return std::nullopt;
  return source;
}

bool Overlap(const MidiSource& a, const MidiSource& b) {
  if (a.channel != 0 && b.channel != 0 && a.channel != b.channel) return false;
  if (a.kind == MidiKind::kCc && b.kind == MidiKind::kCc14) return Overlap(b, a);
  if (a.kind == MidiKind::kCc14 && b.kind == MidiKind::kCc) {
    return b.number == a.number || b.number == a.number + kFineAbove;
  }
  if (a.kind != b.kind) return false;
  const bool any =
      a.kind == MidiKind::kProgram && (a.number == kAnyProgram || b.number == kAnyProgram);
  return any || a.number == b.number;
}

double MidiPosition(std::uint16_t raw, std::uint16_t max) {
  const int middle = (max + 1) / 2;
  if (raw <= middle) return raw / (2.0 * middle);
  return 0.5 + (raw - middle) / (2.0 * (max - middle));
}

std::uint16_t MidiRaw(double position, std::uint16_t max) {
  const int middle = (max + 1) / 2;
  const double at = std::clamp(position, 0.0, 1.0);
  const double raw = at <= 0.5 ? at * 2.0 * middle : middle + (at - 0.5) * 2.0 * (max - middle);
  return static_cast<std::uint16_t>(std::lround(raw));
}

std::vector<MidiEvent> MidiDecoder::Decode(const MidiMessage& message) {
  using Type = MidiMessage::Type;
  std::vector<MidiEvent> events;
  const auto tell = [&](MidiKind kind, std::uint16_t number, std::uint16_t raw) {
    events.push_back({.source = {.kind = kind, .channel = message.channel, .number = number},
                      .raw = raw,
                      .max = MaxMidiRaw(kind)});
  };
  switch (message.type) {
    case Type::kNoteOn:
      tell(MidiKind::kNote, message.data1, message.data2);
      break;
    case Type::kNoteOff:
      tell(MidiKind::kNote, message.data1, 0);
      break;
    case Type::kProgramChange:
      tell(MidiKind::kProgram, message.data1, kMax7);
      break;
    case Type::kPitchBend:
      tell(MidiKind::kPitchBend, 0, Joined(message.data2, message.data1));
      break;
    case Type::kControlChange:
      tell(MidiKind::kCc, message.data1, message.data2);
      DecodeControlChange(message, events);
      break;
    case Type::kKeyPressure:
    case Type::kChannelPressure:
      break;
  }
  return events;
}

void MidiDecoder::DecodeControlChange(const MidiMessage& message, std::vector<MidiEvent>& events) {
  Channel& channel = channels_[message.channel - 1U];
  const std::uint8_t number = message.data1;
  if (number < 2 * kCoarse) {
    const std::size_t pair = number % kCoarse;
    const MidiSource source{.kind = MidiKind::kCc14,
                            .channel = message.channel,
                            .number = static_cast<std::uint16_t>(pair)};
    if (number < kCoarse) {
      Coarse(channel.controllers[pair], message.data2, source, events);
    } else {
      Fine(channel.controllers[pair], message.data2, source, events);
    }
  }
  SelectOrMoveNrpn(channel, message, events);
}

void MidiDecoder::SelectOrMoveNrpn(Channel& channel, const MidiMessage& message,
                                   std::vector<MidiEvent>& events) {
  const auto selected = NrpnOf(channel, message.channel);
  const auto select = [&](std::optional<std::uint8_t>& part) {
    if (selected) Release(channel.data, *selected, events);
    if (part == message.data2) return;
    part = message.data2;
    channel.data = {};
  };
  switch (message.data1) {
    case kNrpnCoarse:
      return select(channel.nrpn_coarse);
    case kNrpnFine:
      return select(channel.nrpn_fine);
    case kRpnCoarse:
    case kRpnFine:  // what follows is about a registered parameter
      if (selected) Release(channel.data, *selected, events);
      channel.nrpn_coarse.reset();
      channel.nrpn_fine.reset();
      return;
    case kDataCoarse:
      if (selected) Coarse(channel.data, message.data2, *selected, events);
      return;
    case kDataFine:
      if (selected) Fine(channel.data, message.data2, *selected, events);
      return;
    case kDataUp:
    case kDataDown: {
      if (!selected) return;
      const int step = message.data1 == kDataUp ? 1 : -1;
      const int raw = std::clamp(Joined(channel.data.coarse, channel.data.fine) + step, 0,
                                 static_cast<int>(kMax14));
      channel.data.coarse = static_cast<std::uint8_t>(raw >> 7);
      channel.data.fine = static_cast<std::uint8_t>(raw & 0x7F);
      events.push_back({*selected, static_cast<std::uint16_t>(raw), kMax14});
      return;
    }
    default:
      return;
  }
}

void MidiDecoder::Coarse(Pair& pair, std::uint8_t value, const MidiSource& source,
                         std::vector<MidiEvent>& events) {
  Release(pair, source, events);
  pair.coarse = value;
  pair.fine = 0;
  pair.waits = true;
  ++waiting_;
  if (!pair.has_fine) Release(pair, source, events);
}

void MidiDecoder::Fine(Pair& pair, std::uint8_t value, const MidiSource& source,
                       std::vector<MidiEvent>& events) {
  pair.fine = value;
  pair.has_fine = true;
  if (!pair.waits) ++waiting_;
  pair.waits = true;
  Release(pair, source, events);
}

void MidiDecoder::Release(Pair& pair, const MidiSource& source, std::vector<MidiEvent>& events) {
  if (!pair.waits) return;
  pair.waits = false;
  --waiting_;
  events.push_back({source, Joined(pair.coarse, pair.fine), kMax14});
}

std::optional<MidiSource> MidiDecoder::NrpnOf(const Channel& channel, std::uint8_t number) {
  if (!channel.nrpn_coarse || !channel.nrpn_fine) return std::nullopt;
  return MidiSource{.kind = MidiKind::kNrpn,
                    .channel = number,
                    .number = Joined(*channel.nrpn_coarse, *channel.nrpn_fine)};
}

std::vector<MidiEvent> MidiDecoder::Flush() {
  std::vector<MidiEvent> events;
  for (std::size_t c = 0; c < kChannels && waits(); ++c) {
    Channel& channel = channels_[c];
    const auto number = static_cast<std::uint8_t>(c + 1);
    for (std::size_t i = 0; i < kCoarse; ++i) {
      Release(channel.controllers[i],
              {.kind = MidiKind::kCc14, .channel = number, .number = static_cast<std::uint16_t>(i)},
              events);
    }
    if (const auto nrpn = NrpnOf(channel, number)) Release(channel.data, *nrpn, events);
  }
  return events;
}

}  // namespace auralis
