#include "config/midi_decoder.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <vector>

#include "config/midi_message.h"

namespace auralis {
namespace {

using Type = MidiMessage::Type;

std::vector<MidiMessage> Parsed(std::initializer_list<int> bytes) {
  MidiParser parser;
  std::vector<MidiMessage> messages;
  for (const int byte : bytes) {
    if (const auto message = parser.Take(static_cast<std::uint8_t>(byte))) {
      messages.push_back(*message);
    }
  }
  return messages;
}

MidiMessage Cc(int number, int value, int channel = 1) {
  return {.type = Type::kControlChange,
          .channel = static_cast<std::uint8_t>(channel),
          .data1 = static_cast<std::uint8_t>(number),
          .data2 = static_cast<std::uint8_t>(value)};
}

// The events of one kind that the messages come to.
std::vector<int> RawsOf(MidiDecoder& decoder, MidiKind kind,
                        const std::vector<MidiMessage>& messages) {
  std::vector<int> raws;
  for (const MidiMessage& message : messages) {
    for (const MidiEvent& event : decoder.Decode(message)) {
      if (event.source.kind == kind) raws.push_back(event.raw);
    }
  }
  return raws;
}

TEST(MidiParser, KnowsRunningStatusAndBytesBetween) {
  EXPECT_EQ(Parsed({0xB2, 7, 100, 7, 101}), (std::vector{Cc(7, 100, 3), Cc(7, 101, 3)}));
  EXPECT_EQ(Parsed({0xB0, 0xF8, 7, 0xFE, 100, 0xF8, 7, 0xFA, 101}),
            (std::vector{Cc(7, 100), Cc(7, 101)}));
  EXPECT_EQ(Parsed({0xC5, 3, 4}), (std::vector<MidiMessage>{{Type::kProgramChange, 6, 3, 0},
                                                            {Type::kProgramChange, 6, 4, 0}}));
}

TEST(MidiParser, PassesOverWhatIsNoChannelMessage) {
  EXPECT_EQ(Parsed({1, 2, 3}).size(), 0U);
  EXPECT_EQ(Parsed({0xF0, 0x42, 0x40, 7, 100, 0xF7, 7, 100}).size(), 0U);
  EXPECT_EQ(Parsed({0xF0, 0x42, 0xB0, 7, 100}), std::vector{Cc(7, 100)});  // cut off
  EXPECT_EQ(Parsed({0xB0, 7, 0xF6, 100, 7}).size(), 0U);
  EXPECT_EQ(Parsed({0xF2, 1, 2, 0xF3, 1, 0xF1, 1}).size(), 0U);
  EXPECT_EQ(Parsed({0xB0, 7, 0xB0, 8, 9}), std::vector{Cc(8, 9)});
}

TEST(MidiParser, ReadsBackWhatIsWrittenWhateverWasBefore) {
  std::mt19937 random(1);
  MidiParser parser;
  for (int i = 0; i < 20000; ++i) {
    parser.Take(static_cast<std::uint8_t>(random()));
    const MidiMessage message{.type = static_cast<Type>(8 + random() % 7),
                              .channel = static_cast<std::uint8_t>(1 + random() % 16),
                              .data1 = static_cast<std::uint8_t>(random() % 128)};
    std::vector<std::uint8_t> bytes;
    AppendMidiBytes(message, bytes);
    std::optional<MidiMessage> read;
    for (const std::uint8_t byte : bytes) read = parser.Take(byte);
    ASSERT_EQ(read, message);
  }
}

TEST(MidiPosition, IsExactAtEndsAndMiddleAndGoesBack) {
  for (const std::uint16_t max : {std::uint16_t{127}, std::uint16_t{16383}}) {
    EXPECT_EQ(MidiPosition(0, max), 0.0);
    EXPECT_EQ(MidiPosition(static_cast<std::uint16_t>((max + 1) / 2), max), 0.5);
    EXPECT_EQ(MidiPosition(max, max), 1.0);
    double before = -1.0;
    for (int raw = 0; raw <= max; ++raw) {
      const double position = MidiPosition(static_cast<std::uint16_t>(raw), max);
      ASSERT_GT(position, before);
      ASSERT_EQ(MidiRaw(position, max), raw);
      before = position;
    }
  }
}

TEST(MidiSource, IsReadAsItIsWritten) {
  for (const char* text :
       {"cc 0", "cc 127 channel 16", "cc14 31", "nrpn 16383 channel 1", "pitch-bend",
        "pitch-bend channel 9", "note 60", "program 5", "program any"}) {
    const auto source = ParseMidiSource(text);
    ASSERT_TRUE(source) << text;
    EXPECT_EQ(MidiSourceText(*source), text);
  }
  for (const char* text :
       {"", "cc", "cc 128", "cc -1", "cc14 32", "nrpn 16384", "note 1 channel 17",
        "note 1 channel 0", "note 1 2", "cc any", "cc 1x", "pitch-bend 3"}) {
    EXPECT_FALSE(ParseMidiSource(text)) << text;
  }
}

TEST(MidiDecoder, PutsFineToCoarseAndNeverShowsTheHalf) {
  MidiDecoder decoder;
  // Once it is known that a fine value follows, a coarse one alone is no value.
  EXPECT_EQ(RawsOf(decoder, MidiKind::kCc14, {Cc(5, 1), Cc(37, 127)}), (std::vector{128, 255}));
  EXPECT_EQ(RawsOf(decoder, MidiKind::kCc14, {Cc(5, 2), Cc(37, 0), Cc(37, 1)}),
            (std::vector{256, 257}));
  EXPECT_EQ(RawsOf(decoder, MidiKind::kCc14, {Cc(5, 3)}), std::vector<int>());
  EXPECT_TRUE(decoder.waits());
  // Neither the next coarse one nor a pause loses it.
  EXPECT_EQ(RawsOf(decoder, MidiKind::kCc14, {Cc(5, 4)}), std::vector{384});
  const auto flushed = decoder.Flush();
  ASSERT_EQ(flushed.size(), 1U);
  EXPECT_EQ(flushed[0].raw, 512);
  EXPECT_FALSE(decoder.waits());
}

TEST(MidiDecoder, FollowsNrpnThroughEveryOrder) {
  MidiDecoder decoder;
  const std::vector<MidiMessage> select = {Cc(99, 2), Cc(98, 3)};
  EXPECT_TRUE(RawsOf(decoder, MidiKind::kNrpn, select).empty());
  EXPECT_EQ(RawsOf(decoder, MidiKind::kNrpn, {Cc(6, 64), Cc(38, 5), Cc(96, 0), Cc(97, 0)}),
            (std::vector{64 * 128, 64 * 128 + 5, 64 * 128 + 6, 64 * 128 + 5}));
  const auto event = decoder.Decode(Cc(38, 9)).back();
  EXPECT_EQ(event.source, (MidiSource{MidiKind::kNrpn, 1, 2 * 128 + 3}));
  // A registered parameter, or another channel, is not it.
  EXPECT_TRUE(RawsOf(decoder, MidiKind::kNrpn, {Cc(6, 1, 2)}).empty());
  EXPECT_TRUE(RawsOf(decoder, MidiKind::kNrpn, {Cc(101, 0), Cc(100, 0), Cc(6, 1)}).empty());
}

TEST(MidiDecoder, TellsNotesProgramsAndBends) {
  MidiDecoder decoder;
  const auto one = [&](Type type, int data1, int data2) {
    return decoder.Decode(
        {type, 4, static_cast<std::uint8_t>(data1), static_cast<std::uint8_t>(data2)});
  };
  EXPECT_EQ(one(Type::kNoteOn, 60, 90).at(0), (MidiEvent{{MidiKind::kNote, 4, 60}, 90, 127}));
  EXPECT_EQ(one(Type::kNoteOff, 60, 90).at(0), (MidiEvent{{MidiKind::kNote, 4, 60}, 0, 127}));
  EXPECT_EQ(one(Type::kProgramChange, 3, 0).at(0).source, (MidiSource{MidiKind::kProgram, 4, 3}));
  EXPECT_EQ(one(Type::kPitchBend, 1, 64).at(0),
            (MidiEvent{{MidiKind::kPitchBend, 4, 0}, 8193, 16383}));
  EXPECT_TRUE(one(Type::kKeyPressure, 1, 1).empty());
  EXPECT_TRUE(one(Type::kChannelPressure, 1, 1).empty());
}

TEST(MidiSource, OverlapsWhereOneMoveIsBoth) {
  const auto overlap = [](const char* a, const char* b) {
    const bool one = Overlap(*ParseMidiSource(a), *ParseMidiSource(b));
    EXPECT_EQ(one, Overlap(*ParseMidiSource(b), *ParseMidiSource(a)));
    return one;
  };
  EXPECT_TRUE(overlap("cc 5", "cc 5 channel 3"));
  EXPECT_FALSE(overlap("cc 5 channel 2", "cc 5 channel 3"));
  EXPECT_TRUE(overlap("cc14 5", "cc 5"));
  EXPECT_TRUE(overlap("cc14 5", "cc 37 channel 1"));
  EXPECT_FALSE(overlap("cc14 5", "cc 38"));
  EXPECT_TRUE(overlap("program any", "program 3"));
  EXPECT_FALSE(overlap("note 3", "cc 3"));
}

}  // namespace
}  // namespace auralis
