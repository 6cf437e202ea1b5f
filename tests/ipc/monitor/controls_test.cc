#include "ipc/monitor/controls.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <variant>

#include "tests/ipc/monitor/known_daemon.h"

namespace auralis::ctl {
namespace {

constexpr std::size_t kPage = 10;

ipc::Parameter Knob(const std::string& key) {
  const Model model = test::KnownModel();
  return *model.Find(key);
}

// "KEY=VALUE" of a Set with one pair; what else a command is, by name.
std::string TextOf(const std::optional<Command>& command) {
  if (!command) return "";
  if (const auto* request = std::get_if<ipc::Request>(&*command)) {
    if (const auto* set = std::get_if<ipc::Set>(request)) {
      const Assignment& one = set->assignments.at(0);
      const auto* number = std::get_if<double>(&one.value);
      return one.key + "=" + (number ? std::to_string(*number) : std::get<std::string>(one.value));
    }
    if (const auto* reset = std::get_if<ipc::Reset>(request)) return "reset " + reset->glob;
    if (std::holds_alternative<ipc::Undo>(*request)) return "undo";
    if (std::holds_alternative<ipc::Redo>(*request)) return "redo";
    if (const auto* adapt = std::get_if<ipc::Adapt>(request)) {
      return adapt->action == ipc::Adapt::Action::kFreeze ? "freeze" : "thaw";
    }
    if (const auto* steer = std::get_if<ipc::SteerComparison>(request)) {
      return "ab " + std::to_string(static_cast<int>(steer->action));
    }
    return "another request";
  }
  if (const auto* preset = std::get_if<LoadPresetNamed>(&*command)) return "load " + preset->name;
  if (const auto* step = std::get_if<StepToPreset>(&*command)) {
    return "step " + std::to_string(step->step);
  }
  if (const auto* compare = std::get_if<CompareWithPreset>(&*command)) return "ab " + compare->name;
  if (const auto* list = std::get_if<ListThePresets>(&*command)) {
    return list->to_compare ? "list to compare" : "list";
  }
  return std::holds_alternative<Leave>(*command) ? "leave" : "redraw";
}

class MonitorControls : public testing::Test {
 protected:
  std::string Press(const Key& key) { return TextOf(controls_.Press(key, model_, kPage)); }
  std::string PressAll(const std::string& letters) {
    std::string last;
    for (const char letter : letters) last = Press(static_cast<char32_t>(letter));
    return last;
  }
  std::string ChosenKey() {
    const auto listed = controls_.Listed(model_);
    return listed.empty() ? "" : model_.parameters()[listed.at(controls_.chosen())].key;
  }
  void GoTo(const std::string& key) {
    PressAll("/" + key);
    Press(SpecialKey::kEnter);
    ASSERT_EQ(ChosenKey(), key);
  }

  Model model_ = test::KnownModel();
  Controls controls_;
};

TEST_F(MonitorControls, LettersAreTheirCommands) {
  EXPECT_EQ(PressAll("b"), "master.bypass=toggle");
  EXPECT_EQ(PressAll("u"), "undo");
  EXPECT_EQ(PressAll("U"), "redo");
  EXPECT_EQ(PressAll("\x12"), "redo");
  EXPECT_EQ(PressAll("p"), "list");
  EXPECT_EQ(PressAll("n"), "step 1");
  EXPECT_EQ(PressAll("N"), "step -1");
  EXPECT_EQ(PressAll("f"), "freeze");
  EXPECT_EQ(PressAll("\x0C"), "redraw");
  EXPECT_EQ(PressAll("q"), "leave");
  EXPECT_EQ(PressAll("Z"), "");
  EXPECT_EQ(Press(U'\u00E9'), "");
}

TEST_F(MonitorControls, WalksThroughStagesInTheChainsOrder) {
  EXPECT_EQ(controls_.stage(), "master");
  Press(SpecialKey::kNextStage);  // round the end
  EXPECT_EQ(controls_.stage(), "input");
  Press(SpecialKey::kNextStage);
  EXPECT_EQ(controls_.stage(), "leveler");
  Press(SpecialKey::kPreviousStage);
  Press(SpecialKey::kPreviousStage);
  EXPECT_EQ(controls_.stage(), "master");
  EXPECT_EQ(controls_.chosen(), 0U);
}

TEST_F(MonitorControls, ListsEndWhereTheyEnd) {
  Press(SpecialKey::kUp);
  EXPECT_EQ(controls_.chosen(), 0U);
  for (int i = 0; i < 50; ++i) Press(SpecialKey::kPageDown);
  EXPECT_EQ(controls_.chosen(), controls_.Listed(model_).size() - 1);
  Press(SpecialKey::kPageUp);
  EXPECT_EQ(controls_.chosen(), 0U);
}

TEST_F(MonitorControls, TurnsWhatIsChosen) {
  GoTo("limiter.ceiling");
  EXPECT_EQ(Press(SpecialKey::kLeft), "limiter.ceiling=-1.500000");
  EXPECT_EQ(Press(SpecialKey::kFineRight), "limiter.ceiling=-0.900000");
  EXPECT_EQ(PressAll("-"), "limiter.ceiling=-1.500000");
  EXPECT_EQ(PressAll("]"), "limiter.ceiling=-0.900000");
  EXPECT_EQ(Press(SpecialKey::kBackspace), "reset limiter.ceiling");
  EXPECT_EQ(PressAll("e"), "");  // has no switch, and says so
  EXPECT_EQ(controls_.message(), "limiter is always on");
  EXPECT_EQ(PressAll(" "), "");  // is no switch
  PressAll("/compressor.ratio");
  Press(SpecialKey::kEnter);
  EXPECT_EQ(PressAll("e"), "compressor.enabled=toggle");
}

TEST_F(MonitorControls, AsksForNothingAtTheEndOfARange) {
  model_.Take(ipc::Values{1, {test::ValueOf("limiter.ceiling", "0")}});
  GoTo("limiter.ceiling");
  EXPECT_EQ(Press(SpecialKey::kRight), "");
}

TEST_F(MonitorControls, TypesAValue) {
  GoTo("limiter.ceiling");
  Press(SpecialKey::kEnter);
  EXPECT_EQ(PressAll("-2q"), "");  // q is a letter here
  Press(SpecialKey::kBackspace);
  PressAll(" dB");
  EXPECT_EQ(controls_.typed(), "-2 dB");
  EXPECT_EQ(Press(SpecialKey::kEnter), "limiter.ceiling=-2 dB");
  EXPECT_EQ(controls_.mode(), Controls::Mode::kParameters);
  Press(SpecialKey::kEnter);
  PressAll("9");
  EXPECT_EQ(Press(SpecialKey::kEscape), "");
  EXPECT_EQ(controls_.mode(), Controls::Mode::kParameters);
  Press(SpecialKey::kEnter);
  for (int i = 0; i < 500; ++i) PressAll("9");
  EXPECT_LT(controls_.typed().size(), 100U);
}

TEST_F(MonitorControls, FindsByAnyPartOfAKey) {
  PressAll("/ceil");
  EXPECT_EQ(ChosenKey(), "limiter.ceiling");
  Press(SpecialKey::kBackspace);
  EXPECT_EQ(controls_.find(), "cei");
  PressAll("zzz");
  EXPECT_TRUE(controls_.Listed(model_).empty());
  Press(SpecialKey::kEnter);  // nothing is chosen: nothing is done
  EXPECT_EQ(Press(SpecialKey::kRight), "");
  EXPECT_EQ(Press(SpecialKey::kEnter), "");
  EXPECT_EQ(controls_.mode(), Controls::Mode::kParameters);
  Press(SpecialKey::kEscape);
  EXPECT_EQ(ChosenKey().substr(0, 7), "master.");
}

TEST_F(MonitorControls, LoadsFromTheListOfPresets) {
  controls_.ShowPresets({{"bright", ""}, {"night", ""}, {"warm", ""}}, "night");
  EXPECT_EQ(controls_.chosen_preset(), 1U);
  Press(SpecialKey::kDown);
  Press(SpecialKey::kDown);
  EXPECT_EQ(Press(SpecialKey::kEnter), "load warm");
  controls_.ShowPresets({}, "");
  EXPECT_EQ(Press(SpecialKey::kDown), "");
  EXPECT_EQ(Press(SpecialKey::kEnter), "");
  EXPECT_EQ(controls_.mode(), Controls::Mode::kParameters);
}

TEST_F(MonitorControls, AnyKeyLeavesTheHelp) {
  PressAll("?");
  EXPECT_EQ(controls_.mode(), Controls::Mode::kHelp);
  EXPECT_EQ(PressAll("q"), "");
  EXPECT_EQ(controls_.mode(), Controls::Mode::kParameters);
}

TEST_F(MonitorControls, TakesEveryKeyWithoutAnyParameter) {
  model_ = Model();
  for (char32_t letter = 0; letter < 0x80; ++letter) {
    Press(letter);
    Press(SpecialKey::kEscape);
  }
  for (int key = 0; key <= static_cast<int>(SpecialKey::kHelp); ++key) {
    Press(static_cast<SpecialKey>(key));
  }
}

TEST(MonitorSteps, AreWhatAnEarWants) {
  ipc::Parameter gain = Knob("equalizer.band1.gain");
  gain.value = 0.3F;
  EXPECT_FLOAT_EQ(Stepped(gain, 1, false), 1.0F);  // to the grid of half decibels
  EXPECT_FLOAT_EQ(Stepped(gain, 1, true), 0.4F);
  ipc::Parameter frequency = Knob("equalizer.band1.frequency");
  frequency.value = 1000.0F;
  EXPECT_FLOAT_EQ(Stepped(frequency, 1, false), 1060.0F);  // a semitone, three digits
  EXPECT_FLOAT_EQ(Stepped(frequency, -1, true), 989.0F);
  ipc::Parameter type = Knob("equalizer.band1.type");
  EXPECT_FLOAT_EQ(Stepped(type, 1, false), type.value + 1.0F);
  type.value = type.max;
  EXPECT_FLOAT_EQ(Stepped(type, 1, false), type.max);
  ipc::Parameter bypass = Knob("master.bypass");
  EXPECT_FLOAT_EQ(Stepped(bypass, 1, false), 1.0F);
  EXPECT_FLOAT_EQ(Stepped(bypass, -1, false), 0.0F);
  ipc::Parameter intensity = Knob("master.intensity");
  EXPECT_FLOAT_EQ(Stepped(intensity, -1, false),
                  intensity.value - 0.01F * (intensity.max > 1.0F ? 2.0F : 1.0F));
}

// The key that begins a comparison goes from one to the other while it is on.
TEST_F(MonitorControls, OneKeyComparesAndGoesToAndFro) {
  EXPECT_EQ(Press(U'a'), "list to compare");
  controls_.ShowPresets({{"bright", ""}, {"night", ""}}, "", true);
  Press(SpecialKey::kDown);
  EXPECT_EQ(Press(SpecialKey::kEnter), "ab night");
  controls_.ShowPresets({{"bright", ""}}, "");
  EXPECT_EQ(Press(SpecialKey::kEnter), "load bright");
  model_.Take(ipc::Comparison{.on = true, .heard = "b"});
  EXPECT_EQ(Press(U'a'), "ab 2");
  EXPECT_EQ(Press(U'A'), "ab 3");
  EXPECT_EQ(Press(U'x'), "ab 4");
}

// Every parameter there is can be brought to both ends by steps alone, and never beyond.
TEST(MonitorSteps, ReachBothEndsOfEveryRange) {
  for (ipc::Parameter one : test::DescribedParameters().parameters) {
    for (const int direction : {-1, 1}) {
      const float end = direction > 0 ? one.max : one.min;
      int steps = 0;
      while (one.value != end && steps < 2000) {
        const float next = Stepped(one, direction, false);
        ASSERT_GE(next, one.min) << one.key;
        ASSERT_LE(next, one.max) << one.key;
        ASSERT_NE(next, one.value) << one.key << " sticks at " << one.value;
        one.value = next;
        ++steps;
      }
      EXPECT_EQ(one.value, end) << one.key;
    }
  }
}

}  // namespace
}  // namespace auralis::ctl
