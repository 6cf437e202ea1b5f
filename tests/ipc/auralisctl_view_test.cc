#include "ipc/auralisctl_view.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

namespace auralis::ctl {
namespace {

constexpr float kSilence = -std::numeric_limits<float>::infinity();

ipc::Meters MetersAt(float db, std::uint64_t position_frames = 0) {
  const ipc::Levels levels{{db, db}, {db - 6.0F, db - 6.0F}, {db, db}, db, db, db};
  return {position_frames, levels, levels, 2.5F, 0, {}, 0.0F};
}

ipc::Status SomeStatus() {
  return {.state = "running",
          .device = "JACK: a source with a very long name -> a sink with a very long name",
          .sample_rate_hz = 48000.0,
          .latency_frames = 72};
}

Terminal Of(std::size_t columns, bool colour, bool utf8) {
  return {.is_terminal = true, .colour = colour, .utf8 = utf8, .columns = columns};
}

std::vector<std::string> LinesOf(const std::string& block) {
  std::istringstream stream(block);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// Characters that take a column: no escape sequences, no continuation bytes of UTF-8.
std::size_t ColumnsOf(const std::string& line) {
  std::size_t columns = 0;
  bool escape = false;
  for (const char c : line) {
    if (c == '\x1b') escape = true;
    if (!escape && (static_cast<unsigned char>(c) & 0xC0U) != 0x80U) ++columns;
    if (c == 'm') escape = false;
  }
  return columns;
}

std::size_t CountOf(const std::string& text, char what) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), what));
}

TEST(MeterView, IsNeverWiderThanTheTerminal) {
  ipc::Spectrum spectrum;
  spectrum.output_dbfs.assign(64, -20.0F);
  for (const std::size_t columns : {1U, 2U, 5U, 19U, 20U, 21U, 40U, 79U, 80U, 300U}) {
    for (const bool colour : {false, true}) {
      for (const bool utf8 : {false, true}) {
        const Terminal terminal = Of(columns, colour, utf8);
        const std::string block = MeterView().Draw(MetersAt(-3.0F), SomeStatus(), terminal) +
                                  DrawSpectrum(spectrum, terminal);
        for (const std::string& line : LinesOf(block)) {
          EXPECT_LT(ColumnsOf(line), columns + (columns == 1 ? 1U : 0U)) << line;
        }
      }
    }
  }
}

TEST(MeterView, HasNoEscapesWithoutColourAndNothingButAsciiWithoutUtf8) {
  const std::string plain = MeterView().Draw(MetersAt(-3.0F), SomeStatus(), Of(80, false, false));
  EXPECT_TRUE(std::all_of(plain.begin(), plain.end(),
                          [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
  const std::string rich = MeterView().Draw(MetersAt(-3.0F), SomeStatus(), Of(80, true, true));
  EXPECT_NE(rich.find('\x1b'), std::string::npos);
  EXPECT_NE(rich.find("█"), std::string::npos);
  // Every colour is taken back before the line ends.
  for (const std::string& line : LinesOf(rich)) {
    const std::size_t last = line.rfind('\x1b');
    EXPECT_EQ(last == std::string::npos ? "\x1b[0m" : line.substr(last, 4), "\x1b[0m");
  }
}

TEST(MeterView, DrawsBarsInProportionToTheLevel) {
  const auto solid = [](float peak_db) {
    const auto lines =
        LinesOf(MeterView().Draw(MetersAt(peak_db), SomeStatus(), Of(80, false, false)));
    return CountOf(lines.at(1), '#');
  };
  // 60 cells for 60 dB; MetersAt has the RMS level 6 dB below the peak.
  EXPECT_EQ(solid(0.0F), 54U);
  EXPECT_EQ(solid(-24.0F), 30U);
  EXPECT_EQ(solid(-54.0F), 0U);
  EXPECT_EQ(solid(kSilence), 0U);
  EXPECT_EQ(solid(12.0F), 60U);
}

TEST(MeterView, NamesTheStagesThatDoSomething) {
  ipc::Meters meters = MetersAt(-3.0F);
  meters.leveler_gain_db = 2.5F;
  meters.gain_reductions = {{"gate", 0.0F}, {"compressor", 3.25F}, {"limiter", 1.0F}};
  const auto lines = LinesOf(MeterView().Draw(meters, SomeStatus(), Of(80, false, false)));
  const auto line = std::find_if(lines.begin(), lines.end(), [](const std::string& one) {
    return one.find("leveler") != std::string::npos;
  });
  ASSERT_NE(line, lines.end());
  EXPECT_NE(line->find("leveler +2.5"), std::string::npos) << *line;
  EXPECT_NE(line->find("compressor -3.2"), std::string::npos) << *line;
  EXPECT_EQ(line->find("gate"), std::string::npos) << *line;
  EXPECT_EQ(line->find("limiter"), std::string::npos) << *line;
}

TEST(MeterView, ShowsSilenceAsMinusInfinity) {
  const auto lines =
      LinesOf(MeterView().Draw(MetersAt(kSilence), SomeStatus(), Of(80, false, false)));
  EXPECT_NE(lines.at(1).find("-inf dBTP"), std::string::npos) << lines.at(1);
}

TEST(MeterView, HoldsATruePeakForItsTimeInFrames) {
  MeterView view;
  const auto shown = [&](float db, double seconds) {
    const auto frames = static_cast<std::uint64_t>(seconds * 48000.0);
    const std::string line =
        LinesOf(view.Draw(MetersAt(db, frames), SomeStatus(), Of(80, false, false))).at(1);
    return line.substr(line.size() - 10);
  };
  EXPECT_EQ(shown(-6.0F, 10.0), " -6.0 dBTP");
  EXPECT_EQ(shown(-20.0F, 10.0 + MeterView::kHoldSeconds - 0.1), " -6.0 dBTP");
  EXPECT_EQ(shown(-20.0F, 10.0 + MeterView::kHoldSeconds + 0.1), "-20.0 dBTP");
  EXPECT_EQ(shown(-1.0F, 12.0), " -1.0 dBTP");
}

}  // namespace
}  // namespace auralis::ctl
