#include "ipc/monitor/layout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "tests/ipc/monitor/known_daemon.h"

namespace auralis::ctl {
namespace {

constexpr Size kUsual = {24, 80};
constexpr float kSilence = -std::numeric_limits<float>::infinity();

std::string Drawn(const Model& model, Size size = kUsual, Look look = {},
                  const Controls& controls = {}) {
  return DrawMonitor(model, controls, size, look).Text();
}

std::vector<std::string> LinesOf(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// The line that has `what` in it; "" where none has.
std::string LineWith(const std::string& text, const std::string& what) {
  for (const std::string& line : LinesOf(text)) {
    if (line.find(what) != std::string::npos) return line;
  }
  return "";
}

std::size_t CountOf(const std::string& text, const std::string& what) {
  std::size_t count = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

TEST(MonitorLayout, ShowsEverythingInEightyByTwentyFour) {
  const std::string text = Drawn(test::KnownModel());
  for (const char* const what :
       {"Auralis",        "running",    "preset warm", "48 kHz",
        "2.0 ms",         "load 3 %",   "xruns 0",     "in  L",
        "out L",          "dBTP",       "LUFS",        "-12.0",
        "Spectrum",       "equalizers", "10k",         "Gain reduction",
        "limiter",        "-1.5 dB",    "compressor",  "-3.2 dB",
        "master",         "bypass",     "Adaptation",  "follows: heard 31 s",
        "cuts 1.4 dB at", "quit"}) {
    EXPECT_NE(text.find(what), std::string::npos) << what << " is missing in\n" << text;
  }
}

TEST(MonitorLayout, DrawsAtEverySizeInEveryMode) {
  const Model model = test::KnownModel();
  Controls finding;
  finding.Press(U'/', model, 5);
  Controls typing;
  typing.Press(SpecialKey::kEnter, model, 5);
  Controls help;
  help.Press(U'?', model, 5);
  Controls presets;
  presets.ShowPresets(std::vector<PresetLine>(40, {"name", "A sentence about it."}), "name");
  Controls said;
  said.Say(std::string(500, 'x'), true);
  Model lost = test::KnownModel();
  lost.Lose("auralisd at /run/user/1000/auralis/control.sock has gone");
  const Model empty;
  for (const std::size_t rows : {1U, 12U, 13U, 18U, 24U, 60U}) {
    for (const std::size_t columns : {1U, 40U, 63U, 64U, 80U, 200U}) {
      for (const bool utf8 : {(rows + columns) % 2 == 0}) {
        for (const Model* const one : std::initializer_list<const Model*>{&model, &lost, &empty}) {
          for (const Controls& controls : {Controls(), finding, typing, help, presets, said}) {
            const Frame frame = DrawMonitor(*one, controls, {rows, columns}, {utf8});
            ASSERT_EQ(frame.size(), (Size{rows, columns}));
            EXPECT_GE(ListLines(controls, {rows, columns}), 1U);
          }
        }
      }
    }
  }
}

TEST(MonitorLayout, KeepsToAsciiWhereTheTerminalDoes) {
  const std::string text = Drawn(test::KnownModel(), kUsual, {false});
  for (const char c : text) ASSERT_TRUE(static_cast<unsigned char>(c) < 0x80U) << text;
  EXPECT_NE(text.find("#"), std::string::npos);
}

TEST(MonitorLayout, BarsAreAsLongAsTheLevel) {
  // The scale has 60 dB; RMS is 6 dB below the peak, here: 18 of 60 dB from the top.
  const std::string line = LineWith(Drawn(test::KnownModel()), "in  L");
  const std::size_t solid = CountOf(line, "█");
  const std::size_t cells = solid + CountOf(line, "▒") + CountOf(line, "·") + CountOf(line, "┃");
  EXPECT_NEAR(static_cast<double>(solid) / static_cast<double>(cells), 42.0 / 60.0, 0.02) << line;
  EXPECT_EQ(CountOf(line, "┃"), 1U);
  Model silent;
  silent.Begin(test::DescribedParameters(), test::RunningStatus());
  silent.Take(ipc::Event(test::MetersAt(kSilence, 64)));
  const std::string still = LineWith(Drawn(silent), "in  L");
  EXPECT_EQ(CountOf(still, "█") + CountOf(still, "┃"), 0U) << still;
  EXPECT_NE(still.find("-inf"), std::string::npos) << still;
}

TEST(MonitorLayout, TellsWhatIsAddedFromWhatIsTakenAway) {
  Model louder = test::KnownModel();  // 10 dB more than went in
  const Frame added = DrawMonitor(louder, {}, {40, 80}, {});
  std::size_t cyan = 0;
  for (std::size_t row = 7; row < 20; ++row) {
    for (std::size_t column = 6; column < 74; ++column) {
      const Cell& cell = added.at(row, column);
      if (cell.glyph != U' ' && cell.style.colour == Colour::kCyan) ++cyan;
    }
  }
  EXPECT_GE(cyan, 68U);
  EXPECT_EQ(CountOf(added.Text(), "░"), 1U);  // in the legend
  Model softer = test::KnownModel();
  softer.Take(ipc::Event(test::SpectrumAt(-30.0F, -45.0F)));
  EXPECT_GE(CountOf(Drawn(softer, {40, 80}), "░"), 68U);
}

TEST(MonitorLayout, DrawsTheEqualizersWhereTheyStand) {
  Model model = test::KnownModel();
  const auto row_of_curve = [&](std::size_t column) {
    const Frame frame = DrawMonitor(model, {}, {40, 80}, {});
    for (std::size_t row = 7; row < 30; ++row) {
      if (frame.at(row, column).style.colour == Colour::kYellow &&
          frame.at(row, column).style.bold) {
        return row;
      }
    }
    return std::size_t{0};
  };
  const std::size_t flat = row_of_curve(20);
  EXPECT_EQ(flat, row_of_curve(60));
  model.Take(ipc::Values{
      1,
      {test::ValueOf("equalizer.band1.type", "low-shelf"),
       test::ValueOf("equalizer.band1.frequency", "300 Hz"),
       test::ValueOf("equalizer.band1.q", "0.7"), test::ValueOf("equalizer.band1.gain", "6")}});
  EXPECT_LT(row_of_curve(8), flat);   // bass is higher up
  EXPECT_EQ(row_of_curve(70), flat);  // the treble where it was
}

TEST(MonitorLayout, SaysThatTheDaemonHasGone) {
  Model model = test::KnownModel();
  model.Lose("auralisd at /s has gone");
  EXPECT_NE(LinesOf(Drawn(model))[0].find("trying to connect again: auralisd at /s has gone"),
            std::string::npos);
}

TEST(MonitorLayout, SaysWhatIsOff) {
  Model model = test::KnownModel();
  model.Take(
      ipc::Values{1,
                  {test::ValueOf("master.bypass", "on"), test::ValueOf("compressor.enabled", "off"),
                   test::ValueOf("leveler.enabled", "off")}});
  const std::string text = Drawn(model, {40, 80});
  EXPECT_NE(LinesOf(text)[0].find("BYPASS"), std::string::npos);
  EXPECT_NE(text.find("leveler is off"), std::string::npos);
  const std::string line = LineWith(text, "compressor");
  EXPECT_NE(line.find("off"), std::string::npos) << line;
}

TEST(MonitorLayout, MarksTheChosenParameterInReverse) {
  const Model model = test::KnownModel();
  Controls controls;
  controls.Press(SpecialKey::kDown, model, 5);
  const Frame frame = DrawMonitor(model, controls, kUsual, {});
  std::size_t reversed_rows = 0;
  for (std::size_t row = 1; row < 23; ++row) {
    if (frame.at(row, 60).style.reverse) ++reversed_rows;
  }
  EXPECT_EQ(reversed_rows, 1U);
}

TEST(MonitorLayout, LetsNoNameSteerTheTerminal) {
  ipc::Status status = test::RunningStatus();
  status.device = "\x1b]0;owned\x07\x1b[2J";
  status.preset = "a\nb";
  Model model;
  model.Begin(test::DescribedParameters(), status);
  const std::string text = Drawn(model);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(CountOf(text, "\n"), 24U);
}

}  // namespace
}  // namespace auralis::ctl
