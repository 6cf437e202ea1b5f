#include "config/midi_surface.h"

#include <gtest/gtest.h>

#include <cmath>

#include "config/midi_learner.h"

namespace auralis {
namespace {

using namespace std::chrono_literals;
using Type = MidiMessage::Type;

// A controller with one map on a registry, moved by hand.
class Rig {
 public:
  explicit Rig(const std::vector<MidiControlText>& controls)
      : surface_(MapOf(controls), registry_) {}

  void Cc(int number, int value, int channel = 1) {
    Send(Type::kControlChange, number, value, channel);
  }
  void Note(int number, int value) { Send(Type::kNoteOn, number, value, 1); }
  void Send(Type type, int data1, int data2, int channel = 1) {
    surface_.Hear({type, static_cast<std::uint8_t>(channel), static_cast<std::uint8_t>(data1),
                   static_cast<std::uint8_t>(data2)},
                  now_);
  }
  // Brings what was asked for into the registry; returns how much that was.
  std::size_t Apply() {
    acts_.clear();
    const auto wishes = surface_.Take();
    for (const MidiWish& wish : wishes) {
      if (const auto* change = std::get_if<MidiChange>(&wish)) {
        Set(registry_.key(change->index), static_cast<double>(change->value));
      } else {
        acts_.push_back(std::get<MidiAct>(wish));
      }
    }
    return wishes.size();
  }
  void Set(const std::string& key, double value) {
    const auto error = registry_.Apply(std::vector<Assignment>{{key, value}});
    if (error) throw std::runtime_error(error->Message());
  }
  float Value(const std::string& key) const { return registry_.value(*registry_.Find(key)); }
  std::vector<std::vector<std::uint8_t>> Shown(const std::string& preset = "") {
    return surface_.Show(preset, now_);
  }
  void ShowAgain() { surface_.ShowAgain(); }
  void Wait(std::chrono::milliseconds time) { now_ += time; }

  ParamRegistry registry_;
  MidiSurface surface_;
  std::vector<MidiAct> acts_;

 private:
  MidiMap MapOf(const std::vector<MidiControlText>& controls) const {
    MidiMap map;
    for (const MidiControlText& text : controls) {
      auto made = MakeMidiControl(text, registry_);
      if (const auto* error = std::get_if<ParamError>(&made)) {
        throw std::runtime_error(error->Message());
      }
      map.controls.push_back(std::get<MidiControl>(made));
    }
    return map;
  }
  MidiSurface::Clock::time_point now_{1h};
};

using Bytes = std::vector<std::uint8_t>;

TEST(MidiPickup, TakesHoldWhereTheKnobMeetsTheValue) {
  Rig rig({{.source = "cc 1", .target = "input.gain", .from = "-12", .to = "12"}});
  rig.Set("input.gain", 6.0);  // at 3/4 of the way: between 95 and 96
  for (const int raw : {0, 20, 60, 90}) {
    rig.Cc(1, raw);
    EXPECT_EQ(rig.Apply(), 0U) << raw;
  }
  EXPECT_EQ(rig.Value("input.gain"), 6.0F);
  rig.Cc(1, 110);  // past it
  rig.Apply();
  EXPECT_NEAR(rig.Value("input.gain"), -12.0 + 24.0 * MidiPosition(110, 127), 1e-4);
  rig.Cc(1, 0);
  rig.Apply();
  EXPECT_EQ(rig.Value("input.gain"), -12.0F);
  rig.Cc(1, 64);
  rig.Apply();
  EXPECT_EQ(rig.Value("input.gain"), 0.0F);
  rig.Cc(1, 127);
  rig.Apply();
  EXPECT_EQ(rig.Value("input.gain"), 12.0F);
}

TEST(MidiPickup, LetsGoWhenSomebodyElseMovesTheValue) {
  Rig rig({{.source = "cc 1", .target = "input.gain", .from = "-12", .to = "12"}});
  rig.Cc(1, 64);
  EXPECT_EQ(rig.Apply(), 1U);  // it stood there
  rig.Set("input.gain", -11.0);
  rig.Cc(1, 66);
  rig.Cc(1, 70);
  EXPECT_EQ(rig.Apply(), 0U);
  EXPECT_EQ(rig.Value("input.gain"), -11.0F);
  rig.Cc(1, 4);  // past it
  EXPECT_EQ(rig.Apply(), 1U);
}

// All of a batch is looked at, though only its end is set.
TEST(MidiPickup, SeesAMeetingThatPassesBetweenTwoLooks) {
  Rig rig({{.source = "cc 1", .target = "input.gain", .from = "-12", .to = "12"}});
  for (const int raw : {100, 80, 50, 30, 31, 90}) rig.Cc(1, raw);
  EXPECT_EQ(rig.Apply(), 1U);
  EXPECT_NEAR(rig.Value("input.gain"), -12.0 + 24.0 * MidiPosition(90, 127), 1e-4);
}

TEST(MidiPickup, OfAValueOutsideTheKnobsRangeIsAtTheEnd) {
  Rig rig({{.source = "cc 1", .target = "input.gain", .from = "-12", .to = "0"}});
  rig.Set("input.gain", 12.0);
  rig.Cc(1, 100);
  EXPECT_EQ(rig.Apply(), 0U);
  rig.Cc(1, 127);
  EXPECT_EQ(rig.Apply(), 1U);
  EXPECT_EQ(rig.Value("input.gain"), 0.0F);
}

TEST(MidiJump, SetsAtOnceAndScaleCoversWhatIsLeft) {
  Rig jump({{.source = "cc 1", .target = "input.gain", .mode = "jump", .from = "-12", .to = "12"}});
  jump.Set("input.gain", 6.0);
  jump.Cc(1, 0);
  jump.Apply();
  EXPECT_EQ(jump.Value("input.gain"), -12.0F);

  Rig scale({{.source = "cc 1", .target = "tone.air", .mode = "scale"}});
  scale.Set("tone.air", 0.8);
  scale.Cc(1, 64);  // where it stands
  EXPECT_EQ(scale.Apply(), 0U);
  scale.Cc(1, 32);  // half of the way down: half of the range down
  scale.Apply();
  EXPECT_NEAR(scale.Value("tone.air"), 0.4, 1e-4);
  scale.Cc(1, 0);
  scale.Apply();
  EXPECT_EQ(scale.Value("tone.air"), 0.0F);
}

TEST(MidiKnob, GoesByTheParametersOwnScale) {
  Rig rig(
      {{.source = "cc 1",
        .target = "equalizer.band1.frequency",
        .mode = "jump",
        .from = "20",
        .to = "20 kHz"},
       {.source = "cc 2", .target = "equalizer.band1.type", .mode = "jump"},
       {.source = "nrpn 5", .target = "input.gain", .mode = "jump", .from = "-12", .to = "12"}});
  rig.Cc(1, 64);
  rig.Apply();
  EXPECT_NEAR(rig.Value("equalizer.band1.frequency"), std::sqrt(20.0 * 20000.0), 0.1);
  const auto last = ParamRegistry::info(*rig.registry_.Find("equalizer.band1.type")).spec.max;
  std::vector<int> slices(static_cast<std::size_t>(last) + 1);
  for (int raw = 0; raw < 128; ++raw) {
    rig.Cc(2, raw);
    rig.Apply();
    ++slices[static_cast<std::size_t>(rig.Value("equalizer.band1.type"))];
  }
  for (const int raws : slices) EXPECT_NEAR(raws, 128.0 / static_cast<double>(last + 1.0F), 1.01);
  // 14 bits resolve 24 dB to 1.5 mdB.
  for (const auto& [number, value] : {std::pair{99, 0}, {98, 5}, {6, 64}, {38, 1}}) {
    rig.Cc(number, value);
  }
  rig.Apply();
  EXPECT_NEAR(rig.Value("input.gain"), 12.0 / 8191.0, 1e-5);
}

TEST(MidiEncoder, CountsInEachCoding) {
  Rig rig({{.source = "cc 1", .target = "tone.air", .mode = "relative-twos", .ticks = "100"},
           {.source = "cc 2", .target = "tone.air", .mode = "relative-sign", .ticks = "100"},
           {.source = "cc 3", .target = "tone.air", .mode = "relative-offset", .ticks = "100"},
           {.source = "cc 4", .target = "equalizer.band1.type", .mode = "relative-twos"}});
  rig.Set("tone.air", 0.5);
  const auto turn = [&](int number, int raw) {
    rig.Cc(number, raw);
    rig.Apply();
    return std::lround(100.0 * static_cast<double>(rig.Value("tone.air")));
  };
  EXPECT_EQ(turn(1, 1), 51);
  EXPECT_EQ(turn(1, 1), 52);  // the same again is another turn
  EXPECT_EQ(turn(1, 126), 50);
  EXPECT_EQ(turn(2, 3), 53);
  EXPECT_EQ(turn(2, 66), 51);
  EXPECT_EQ(turn(3, 65), 52);
  EXPECT_EQ(turn(3, 62), 50);
  EXPECT_EQ(turn(3, 64), 50);
  EXPECT_EQ(turn(1, 63), 100);
  EXPECT_EQ(turn(1, 127), 99);
  rig.Set("equalizer.band1.type", 0.0);
  rig.Cc(4, 2);
  rig.Apply();
  EXPECT_EQ(rig.Value("equalizer.band1.type"), 2.0F);
}

TEST(MidiButton, TogglesHoldsStepsAndChooses) {
  Rig rig({{.source = "note 1", .target = "bypass"},
           {.source = "note 2", .target = "master.bypass", .mode = "hold"},
           {.source = "note 3", .target = "equalizer.band1.type"},
           {.source = "note 4", .target = "input.gain", .mode = "step", .step = "-3 dB"},
           {.source = "note 5", .target = "equalizer.band1.type", .value = "notch"},
           {.source = "cc 70", .target = "crossfeed.enabled", .mode = "toggle"}});
  const auto press = [&](int note) {
    rig.Note(note, 100);
    rig.Apply();
    rig.Note(note, 0);
    rig.Apply();
  };
  press(1);
  EXPECT_EQ(rig.Value("master.bypass"), 1.0F);
  press(1);
  EXPECT_EQ(rig.Value("master.bypass"), 0.0F);
  rig.Note(2, 1);
  rig.Apply();
  EXPECT_EQ(rig.Value("master.bypass"), 1.0F);
  rig.Note(2, 0);
  rig.Apply();
  EXPECT_EQ(rig.Value("master.bypass"), 0.0F);
  rig.Set("equalizer.band1.type", 0.0);
  const int types =
      1 +
      static_cast<int>(ParamRegistry::info(*rig.registry_.Find("equalizer.band1.type")).spec.max);
  for (int i = 0; i < types + 1; ++i) press(3);
  EXPECT_EQ(rig.Value("equalizer.band1.type"), 1.0F);  // once round, and one
  press(4);
  EXPECT_EQ(rig.Value("input.gain"), -3.0F);
  press(5);
  EXPECT_NE(rig.Value("equalizer.band1.type"), 1.0F);
  rig.Cc(70, 127);
  rig.Cc(70, 0);
  rig.Apply();
  EXPECT_EQ(rig.Value("crossfeed.enabled"), 1.0F);
}

TEST(MidiButton, AsksForPresetsAndTheWayBackInOrder) {
  Rig rig({{.source = "program any", .target = "presets", .presets = {"flat", "warm"}},
           {.source = "note 1", .target = "preset-next"},
           {.source = "note 2", .target = "undo"},
           {.source = "cc 1", .target = "input.gain", .mode = "jump"}});
  rig.Send(Type::kProgramChange, 1, 0);
  rig.Send(Type::kProgramChange, 2, 0);  // there is none
  rig.Cc(1, 3);
  rig.Cc(1, 4);
  rig.Note(2, 1);
  rig.Cc(1, 5);
  const auto wishes = rig.surface_.Take();
  ASSERT_EQ(wishes.size(), 4U);
  EXPECT_EQ(std::get<MidiAct>(wishes[0]), (MidiAct{MidiTarget::kPreset, "warm"}));
  EXPECT_TRUE(std::holds_alternative<MidiChange>(wishes[1]));
  EXPECT_EQ(std::get<MidiAct>(wishes[2]).target, MidiTarget::kUndo);
  EXPECT_TRUE(std::holds_alternative<MidiChange>(wishes[3]));
}

TEST(MidiKnob, TenThousandMessagesAreOneChange) {
  Rig rig({{.source = "cc 1", .target = "input.gain", .mode = "jump", .from = "-12", .to = "12"}});
  for (int i = 0; i < 10000; ++i) rig.Cc(1, i % 128);
  EXPECT_EQ(rig.Apply(), 1U);
  EXPECT_NEAR(rig.Value("input.gain"), -12.0 + 24.0 * MidiPosition(9999 % 128, 127), 1e-4);
}

TEST(MidiFeedback, FollowsWhoeverChangedItOnce) {
  Rig rig({{.source = "cc 1",
            .target = "input.gain",
            .mode = "jump",
            .from = "-12",
            .to = "12",
            .feedback = "same"},
           {.source = "note 7",
            .target = "bypass",
            .feedback = "note 3 channel 2",
            .feedback_high = "1"},
           {.source = "cc 9", .target = "preset:warm", .feedback = "same"},
           {.source = "cc 10", .target = "tone.air", .feedback = "nrpn 300"},
           {.source = "cc 11",
            .target = "tone.sub",
            .feedback = "cc 30",
            .feedback_low = "1",
            .feedback_high = "13"}});
  EXPECT_EQ(rig.Shown(), (std::vector<Bytes>{{0xB0, 1, 64},
                                             {0x91, 3, 0},
                                             {0xB0, 9, 0},
                                             {0xB0, 99, 2, 0xB0, 98, 44, 0xB0, 6, 0, 0xB0, 38, 0},
                                             {0xB0, 30, 1}}));
  EXPECT_TRUE(rig.Shown().empty());
  rig.Set("input.gain", 12.0);
  rig.Set("master.bypass", 1.0);
  rig.Set("tone.sub", 1.0);
  EXPECT_EQ(rig.Shown("warm"),
            (std::vector<Bytes>{{0xB0, 1, 127}, {0x91, 3, 1}, {0xB0, 9, 127}, {0xB0, 30, 13}}));
  // What the hand did is not told to the hand.
  rig.Wait(1s);
  rig.Cc(1, 100);
  rig.Apply();
  EXPECT_TRUE(rig.Shown("warm").empty());
  // To somebody who was not there, it is.
  rig.ShowAgain();
  EXPECT_EQ(rig.Shown("warm").size(), 5U);
  EXPECT_TRUE(rig.Shown("warm").empty());
}

// A cable from out to in: what is shown comes back as if a hand had done it.
TEST(MidiFeedback, ThatComesBackMovesNothing) {
  Rig rig({{.source = "cc 1",
            .target = "input.gain",
            .mode = "jump",
            .from = "-12",
            .to = "12",
            .feedback = "same"},
           {.source = "note 7", .target = "bypass", .feedback = "same"}});
  rig.Set("input.gain", 3.3);
  int rounds = 0;
  for (; rounds < 10; ++rounds) {
    const auto shown = rig.Shown();
    if (shown.empty()) break;
    rig.Wait(5ms);
    for (const Bytes& bytes : shown) {
      MidiParser parser;
      for (const std::uint8_t byte : bytes) {
        if (const auto message = parser.Take(byte)) {
          rig.Send(message->type, message->data1, message->data2, message->channel);
        }
      }
    }
    rig.Apply();
  }
  EXPECT_EQ(rounds, 1);
  EXPECT_EQ(rig.Value("input.gain"), 3.3F);
  rig.Note(7, 127);
  rig.Apply();
  EXPECT_EQ(rig.Value("master.bypass"), 1.0F);
  EXPECT_EQ(rig.Shown(), (std::vector<Bytes>{{0x90, 7, 127}}));
  rig.Note(7, 127);  // its echo
  EXPECT_EQ(rig.Apply(), 0U);
}

// --- Learning.

std::optional<MidiFinding> Learn(const std::vector<MidiMessage>& messages, bool quiet = false) {
  MidiLearner learner;
  std::optional<MidiFinding> found;
  for (const MidiMessage& message : messages) {
    found = learner.Hear(3, message);
    if (found) return found;
  }
  return quiet ? learner.Quiet() : std::nullopt;
}

std::vector<MidiMessage> Ccs(int number, const std::vector<int>& values) {
  std::vector<MidiMessage> messages;
  for (const int value : values) {
    messages.push_back({Type::kControlChange, 2, static_cast<std::uint8_t>(number),
                        static_cast<std::uint8_t>(value)});
  }
  return messages;
}

TEST(MidiLearn, KnowsKnobsEncodersAndButtons) {
  const auto mode = [](const std::optional<MidiFinding>& found) {
    return found ? std::string(kMidiModeNames[static_cast<std::size_t>(found->mode)]) : "none";
  };
  const auto knob = Learn(Ccs(16, {40, 41, 42, 43, 44, 45, 46, 47}));
  ASSERT_TRUE(knob);
  EXPECT_EQ(knob->source, (MidiSource{MidiKind::kCc, 2, 16}));
  EXPECT_EQ(knob->port, 3U);
  EXPECT_EQ(mode(knob), "pickup");
  EXPECT_FALSE(knob->is_button);
  EXPECT_EQ(mode(Learn(Ccs(16, {1, 1, 1, 1, 127, 127}))), "relative-twos");
  EXPECT_EQ(mode(Learn(Ccs(16, {127, 127, 127, 127, 127}))), "relative-twos");
  EXPECT_EQ(mode(Learn(Ccs(16, {1, 1, 1, 1, 65, 65}))), "relative-sign");
  EXPECT_EQ(mode(Learn(Ccs(16, {65, 65, 65, 65, 63, 63}))), "relative-offset");
  EXPECT_EQ(mode(Learn(Ccs(16, {1, 2, 4, 3, 1, 1, 2, 2, 2, 126}))), "relative-twos");
  // One way alone may be two codings.
  EXPECT_EQ(mode(Learn(Ccs(16, {1, 1, 1, 1, 1, 1}))), "none");
  const auto button = Learn(Ccs(16, {127, 0}));
  ASSERT_TRUE(button);
  EXPECT_TRUE(button->is_button);
  EXPECT_TRUE(Learn(Ccs(16, {127}), true)->is_button);
  EXPECT_TRUE(Learn({{Type::kNoteOn, 1, 40, 9}})->is_button);
  EXPECT_FALSE(Learn({{Type::kNoteOff, 1, 40, 9}}));
  EXPECT_EQ(Learn({{Type::kProgramChange, 1, 4, 0}})->source.kind, MidiKind::kProgram);
  // A knob at the low end of its way is no encoder.
  EXPECT_EQ(mode(Learn(Ccs(16, {1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20, 25}))), "pickup");
  EXPECT_EQ(mode(Learn(Ccs(16, {9, 8, 7, 6, 5}), true)), "pickup");
}

TEST(MidiLearn, Knows14BitsInEveryForm) {
  std::vector<MidiMessage> pair;
  std::vector<MidiMessage> nrpn;
  std::vector<MidiMessage> bend;
  for (int i = 0; i < 6; ++i) {
    for (const auto& one : Ccs(7, {60 + i / 3})) pair.push_back(one);
    for (const auto& one : Ccs(39, {(i * 43) % 128})) pair.push_back(one);
    for (const auto& [number, value] : {std::pair{99, 1}, {98, 2}, {6, 60}, {38, i * 20}}) {
      for (const auto& one : Ccs(number, {value})) nrpn.push_back(one);
    }
    bend.push_back({Type::kPitchBend, 1, static_cast<std::uint8_t>(i * 20), 64});
  }
  EXPECT_EQ(Learn(pair)->source, (MidiSource{MidiKind::kCc14, 2, 7}));
  EXPECT_EQ(Learn(nrpn)->source, (MidiSource{MidiKind::kNrpn, 2, 130}));
  EXPECT_EQ(Learn(bend)->source, (MidiSource{MidiKind::kPitchBend, 1, 0}));
}

TEST(MidiLearn, SaysWhatWouldHelp) {
  MidiLearner learner;
  EXPECT_EQ(learner.hint(), "turn the knob or press the button");
  for (const MidiMessage& message : Ccs(16, {1, 1, 1, 1, 1})) learner.Hear(0, message);
  EXPECT_EQ(learner.hint(), "turn it the other way, too");
  EXPECT_FALSE(learner.Quiet());
}

}  // namespace
}  // namespace auralis
