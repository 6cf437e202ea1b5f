#include "config/midi_map.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "config/midi_library.h"
#include "config/text_file.h"
#include "tests/support/temp_dir.h"

namespace auralis {
namespace {

const ParamRegistry& Registry() {
  static const ParamRegistry registry;
  return registry;
}

MidiControl Made(const MidiControlText& text) {
  auto made = MakeMidiControl(text, Registry());
  if (const auto* error = std::get_if<ParamError>(&made)) throw ConfigError(error->Message());
  return std::get<MidiControl>(made);
}

std::string Refusal(const MidiControlText& text) {
  auto made = MakeMidiControl(text, Registry());
  const auto* error = std::get_if<ParamError>(&made);
  return error == nullptr ? "" : error->Message();
}

std::string ErrorOf(const std::string& text) {
  try {
    ParseMidiMap(text, "map");
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "";
}

TEST(MidiControl, WorksOutWhatIsLeftOpen) {
  const MidiControl knob = Made({.source = "cc 16", .target = "output.gain"});
  const ParamSpec& spec = ParamRegistry::info(knob.index).spec;
  EXPECT_EQ(knob.mode, MidiMode::kPickup);
  EXPECT_EQ(knob.from, spec.min);
  EXPECT_EQ(knob.to, spec.max);
  EXPECT_EQ(Made({.source = "note 1", .target = "bypass"}).mode, MidiMode::kToggle);
  EXPECT_EQ(Made({.source = "note 1", .target = "equalizer.band1.type"}).mode, MidiMode::kStep);
  const MidiControl inverted =
      Made({.source = "cc 1", .target = "input.gain", .from = "-6 dB", .to = "3", .invert = true});
  EXPECT_EQ(inverted.from, 3.0F);
  EXPECT_EQ(inverted.to, -6.0F);
}

TEST(MidiControl, SaysWhatIsWrongAndWhatIsAllowed) {
  EXPECT_NE(Refusal({.source = "cc 200", .target = "input.gain"}).find("cc 0 to 127"),
            std::string::npos);
  EXPECT_NE(Refusal({.source = "cc 1", .target = "input.gian"}).find("input.gain"),
            std::string::npos);
  EXPECT_NE(Refusal({.source = "cc 1", .target = "explode"}).find("preset-next"),
            std::string::npos);
  EXPECT_NE(Refusal({.source = "cc 1", .target = "input.gain", .mode = "grab"}).find("pickup"),
            std::string::npos);
  EXPECT_NE(Refusal({.source = "note 1", .target = "input.gain", .mode = "pickup"}).find("toggle"),
            std::string::npos);
  EXPECT_NE(Refusal({.source = "cc14 1", .target = "input.gain", .mode = "relative-twos"}), "");
  EXPECT_NE(Refusal({.source = "cc 1", .target = "input.gain", .from = "900"}), "");
  EXPECT_NE(Refusal({.source = "cc 1", .target = "input.gain", .from = "1", .to = "1"}), "");
  EXPECT_NE(Refusal({.source = "note 1", .target = "input.gain", .mode = "step"}), "");
  EXPECT_NE(Refusal({.source = "note 1", .target = "input.gain", .mode = "step", .step = "0"}), "");
  EXPECT_NE(Refusal({.source = "note 1", .target = "input.gain", .mode = "step", .step = "nan"}),
            "");
  EXPECT_NE(Refusal({.source = "note 1", .target = "input.gain", .mode = "choose"}), "");
  EXPECT_NE(Refusal({.source = "note 1", .target = "undo", .mode = "toggle"}), "");
  EXPECT_NE(Refusal({.source = "note 1", .target = "presets", .presets = {"flat"}}), "");
  EXPECT_NE(Refusal({.source = "program any", .target = "presets"}), "");
  EXPECT_NE(Refusal({.source = "cc 1", .target = "input.gain", .feedback = "program 1"}), "");
  EXPECT_NE(
      Refusal(
          {.source = "cc 1", .target = "input.gain", .feedback = "cc 1", .feedback_high = "128"}),
      "");
}

TEST(MidiMap, ReadsBackWhatItWrites) {
  MidiMap map{.name = "A \"knob\" box", .ports = {"*Box*", "x\\y"}, .controls = {}};
  for (const MidiControlText& text : std::vector<MidiControlText>{
           {.source = "cc 16",
         .target = "output.gain",
         .from = "-24 dB",
         .to = "0 dB",
         .feedback = "cc 9 channel 1",
         .feedback_low = "1",
         .feedback_high = "13",
         .label = "knob 1"},
           {.source = "nrpn 300 channel 2",
           .target = "equalizer.band1.frequency",
           .mode = "scale",
           .invert = true},
           {.source = "cc 4", .target = "input.gain", .mode = "relative-sign", .ticks = "64"},
           {.source = "note 9",
           .target = "equalizer.band2.type",
           .mode = "choose",
           .value = "low-shelf"},
           {.source = "note 10", .target = "input.gain", .mode = "step", .step = "-1.5 dB"},
           {.source = "program any", .target = "presets", .presets = {"flat", "warm"}},
           {.source = "cc 64", .target = "preset:night", .feedback = "same"},
           {.source = "note 3", .target = "redo"}}) {
    map.controls.push_back(Made(text));
  }
  EXPECT_EQ(ParseMidiMap(MidiMapText(map), "again"), map);
}

TEST(MidiMap, ReportsEveryErrorWithItsPlace) {
  const std::string errors = ErrorOf(
      "schema = 1\nname = \"x\"\nports = [\"*\"]\n[[control]]\nsource = \"cc 300\"\ntarget = "
      "\"undo\"\n[[control]]\nsource = \"cc 1\"\ntarget = \"undo\"\ncolour = 3\n");
  EXPECT_NE(errors.find("map:5:1: control.source"), std::string::npos) << errors;
  EXPECT_NE(errors.find("map:10:1: control.colour"), std::string::npos) << errors;
  EXPECT_NE(ErrorOf("schema = 2\n").find("schema"), std::string::npos);
  EXPECT_NE(ErrorOf("name = \"x\"\n").find("schema"), std::string::npos);
  EXPECT_NE(ErrorOf("schema = 1\ncontrol = 3\n").find("[[control]]"), std::string::npos);
}

TEST(MidiMap, IsEditedWithItsCommentsKept) {
  const std::string text =
      "# mine\nschema = 1\nname = \"x\"\nports = [\"*\"]\n\n# left\n[[control]]\nsource = \"cc "
      "1\"\n"
      "target = \"input.gain\" # loud\n\n# right\n[[control]]\nsource = \"cc 2\"\ntarget = "
      "\"undo\"\n";
  const MidiControl control = Made({.source = "cc 1 channel 3", .target = "output.gain"});
  const std::string edited = WithMidiControl(text, control);
  EXPECT_EQ(edited.find("input.gain"), std::string::npos) << edited;  // it moved with it
  for (const char* kept : {"# mine", "# left", "# right", "\"undo\"", "cc 1 channel 3"}) {
    EXPECT_NE(edited.find(kept), std::string::npos) << kept << "\n" << edited;
  }
  const MidiMap map = ParseMidiMap(edited, "edited");
  ASSERT_EQ(map.controls.size(), 2U);
  EXPECT_EQ(map.controls[1], control);
  const std::string without = WithoutMidiControls(edited, {0});
  EXPECT_EQ(ParseMidiMap(without, "without").controls, std::vector{control});
  EXPECT_NE(without.find("# right"), std::string::npos);
  // Controls that have no lines of their own.
  const std::string dense =
      "schema = 1\nports = [\"*\"]\ncontrol = [{source = \"cc 1\", target = \"undo\"}, {source = "
      "\"cc "
      "2\", target = \"redo\"}]\n";
  EXPECT_EQ(ParseMidiMap(WithoutMidiControls(dense, {0}), "dense").controls.size(), 1U);
  EXPECT_EQ(ParseMidiMap(WithMidiControl(dense, control), "dense").controls.size(), 2U);
}

class MidiLibrary : public ::testing::Test {
 protected:
  MidiLibrary() {
    setenv("XDG_CONFIG_HOME", folder_.path().c_str(), 1);
    setenv("AURALIS_MIDI", AURALIS_SOURCE_DIR "/config/midi", 1);
  }
  ~MidiLibrary() override {
    unsetenv("XDG_CONFIG_HOME");
    unsetenv("AURALIS_MIDI");
  }
  std::filesystem::path User(const std::string& name) const {
    return std::filesystem::path(folder_.path()) / "auralis/midi" / name;
  }
  test::TempDir folder_;
};

// As ALSA, a2j, jackd and PipeWire name them.
TEST_F(MidiLibrary, HasTheCommonControllersUnderAllTheirNames) {
  const auto maps = LoadMidiMaps();
  for (const MidiMapFile& one : maps) EXPECT_EQ(one.problem, "");
  const auto name = [&](const char* port) {
    const MidiMapFile* found = MidiMapFor(maps, port);
    return found == nullptr ? "" : found->name;
  };
  EXPECT_EQ(name("nanoKONTROL2:nanoKONTROL2 MIDI 1"), "korg-nanokontrol2");
  EXPECT_EQ(name("nanoKONTROL2:nanoKONTROL2 _ CTRL"), "korg-nanokontrol2");
  EXPECT_EQ(name("a2j:nanoKONTROL2 [20] (capture): nanoKONTROL2 MIDI 1"), "korg-nanokontrol2");
  EXPECT_EQ(name("Midi-Bridge:nanoKONTROL2 2:(capture_0) nanoKONTROL2 MIDI 1"),
            "korg-nanokontrol2");
  EXPECT_EQ(name("LPD8:LPD8 MIDI 1"), "akai-lpd8");
  EXPECT_EQ(name("Midi-Bridge:LPD8 2:(capture_0) LPD8 MIDI 1"), "akai-lpd8");
  EXPECT_EQ(name("MIDI Mix:MIDI Mix MIDI 1"), "akai-midimix");
  EXPECT_EQ(name("X-TOUCH MINI:X-TOUCH MINI MIDI 1"), "behringer-x-touch-mini");
  EXPECT_EQ(name("Launch Control XL:Launch Control XL MIDI 1"), "novation-launch-control-xl");
  EXPECT_EQ(name("Digital Piano:Digital Piano MIDI 1"), "");
}

// No control does two things, and the numbers are those of the charts.
TEST_F(MidiLibrary, MapsEachControlOnce) {
  for (const MidiMapFile& one : LoadMidiMaps()) {
    std::set<MidiSource> sources;
    for (const MidiControl& control : one.map.controls) {
      EXPECT_TRUE(sources.insert(control.source).second)
          << one.name << ": " << MidiSourceText(control.source);
      EXPECT_NE(control.label, "") << one.name << ": " << MidiSourceText(control.source);
    }
    EXPECT_GE(sources.size(), 17U) << one.name;
  }
}

TEST_F(MidiLibrary, LearningCopiesTheShippedMapAndHidesIt) {
  const std::string port = "nanoKONTROL2:nanoKONTROL2 MIDI 1";
  const MidiControl control = Made({.source = "cc 16 channel 1", .target = "stereo.width"});
  EXPECT_EQ(SaveMidiControl(port, control), User("korg-nanokontrol2.toml"));
  const auto maps = LoadMidiMaps();
  const MidiMapFile* found = MidiMapFor(maps, port);
  ASSERT_NE(found, nullptr);
  EXPECT_FALSE(found->shipped);
  EXPECT_EQ(found->map.controls.back(), control);
  EXPECT_GT(found->map.controls.size(), 30U);
  const std::size_t before = found->map.controls.size();
  RemoveMidiControls(port, {0, 1});
  const auto after = LoadMidiMaps();
  EXPECT_EQ(MidiMapFor(after, port)->map.controls.size(), before - 2);
}

TEST_F(MidiLibrary, MakesAMapForAControllerThatHasNone) {
  const MidiControl control = Made({.source = "cc 1", .target = "input.gain"});
  EXPECT_EQ(SaveMidiControl("Box [v*2]:out", control), User("box-v-2-out.toml"));
  const auto maps = LoadMidiMaps();
  ASSERT_NE(MidiMapFor(maps, "Box [v*2]:out"), nullptr);
  EXPECT_EQ(MidiMapFor(maps, "Box [v*2]:out")->map.controls, std::vector{control});
  EXPECT_EQ(MidiMapFor(maps, "Box:out"), nullptr);
}

TEST_F(MidiLibrary, ABrokenMapIsToldAndNeverWrittenOver) {
  std::filesystem::create_directories(User(""));
  std::ofstream(User("box.toml")) << "schema = 1\nports = [\"Box*\"]\ncontrol = 5\n";
  const auto maps = LoadMidiMaps();
  EXPECT_NE(maps.at(0).problem.find("box.toml:3"), std::string::npos) << maps.at(0).problem;
  const MidiControl control = Made({.source = "cc 1", .target = "input.gain"});
  SaveMidiControl("Box", control);
  EXPECT_NE(ReadFileBytes(User("box.toml")).find("control = 5"), std::string::npos);
}

TEST_F(MidiLibrary, KnowsPortsAgain) {
  EXPECT_EQ(MidiPortName("nanoKONTROL2:nanoKONTROL2 MIDI 1 20:0"),
            "nanoKONTROL2:nanoKONTROL2 MIDI 1");
  EXPECT_EQ(MidiPortName("system:midi_capture_1"), "system:midi_capture_1");
  EXPECT_EQ(MidiPortName("20:0"), "20:0");
  const std::vector<std::string> outputs = {
      "Midi-Bridge:Piano:(playback_0) Piano MIDI 1",
      "Midi-Bridge:nanoKONTROL2 2:(playback_0) nanoKONTROL2 MIDI 1", "box:midi_in",
      "system:midi_playback_2"};
  EXPECT_EQ(MidiFeedbackPort("Midi-Bridge:nanoKONTROL2 2:(capture_0) nanoKONTROL2 MIDI 1", outputs),
            1U);
  EXPECT_EQ(MidiFeedbackPort("box:midi_out", outputs), 2U);
  EXPECT_EQ(MidiFeedbackPort("system:midi_capture_2", outputs), 3U);
  EXPECT_FALSE(MidiFeedbackPort("system:midi_capture_1", outputs));
}

}  // namespace
}  // namespace auralis
