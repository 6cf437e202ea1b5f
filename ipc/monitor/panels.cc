#include "ipc/monitor/panels.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "ipc/auralisctl_view.h"

namespace auralis::ctl {
namespace {

constexpr float kBottomDb = -60.0F;
constexpr float kYellowDb = -9.0F;
constexpr float kRedDb = -3.0F;
constexpr float kFullReductionDb = 12.0F;

struct Glyphs {
  char32_t full, light, dot, hold, line;
};
constexpr Glyphs GlyphsOf(Look look) {
  return look.utf8 ? Glyphs{U'█', U'▒', U'·', U'┃', U'─'} : Glyphs{U'#', U'=', U'.', U'|', U'-'};
}

Colour ColourOfLevel(float db) {
  if (db >= kRedDb) return Colour::kRed;
  return db >= kYellowDb ? Colour::kYellow : Colour::kGreen;
}

// How many of `cells` lie below `db`, on a scale from kBottomDb to 0.
std::size_t CellsBelow(float db, std::size_t cells) {
  const float part = std::clamp(1.0F - db / kBottomDb, 0.0F, 1.0F);  // -infinity gives 0
  return static_cast<std::size_t>(std::lround(part * static_cast<float>(cells)));
}

void PutRight(Frame& frame, std::size_t row, std::size_t end, std::string_view text,
              Style style = {}) {
  const std::size_t width = ColumnsOf(text);
  if (width <= end) frame.Put(row, end - width, text, style);
}

// Solid up to the RMS level, light up to the peak, a mark at the held true peak.
void DrawLevelBar(Frame& frame, Rect rect, float rms_db, float peak_db, float held_db, Look look) {
  const Glyphs glyphs = GlyphsOf(look);
  const std::size_t solid = CellsBelow(rms_db, rect.columns);
  const std::size_t light = CellsBelow(peak_db, rect.columns);
  const std::size_t mark = CellsBelow(held_db, rect.columns);
  for (std::size_t i = 0; i < rect.columns; ++i) {
    const float db =
        kBottomDb * (1.0F - static_cast<float>(i + 1) / static_cast<float>(rect.columns));
    const Style style{.colour = ColourOfLevel(db)};
    if (i < solid) {
      frame.Set(rect.row, rect.column + i, glyphs.full, style);
    } else if (mark > 0 && i == mark - 1) {
      frame.Set(rect.row, rect.column + i, glyphs.hold,
                {.colour = ColourOfLevel(held_db), .bold = true});
    } else if (i < light) {
      frame.Set(rect.row, rect.column + i, glyphs.light, style);
    } else {
      frame.Set(rect.row, rect.column + i, glyphs.dot, kLabel);
    }
  }
}

void DrawScale(Frame& frame, std::size_t row, std::size_t column, std::size_t cells) {
  std::size_t free_from = column;
  for (const int db : {-60, -48, -36, -24, -18, -12, -6, 0}) {
    const std::size_t at = column + CellsBelow(static_cast<float>(db), cells);
    const std::string text = std::to_string(db);
    const std::size_t begin = at < column + text.size() ? column : at - text.size();
    if (begin < free_from) continue;
    frame.Put(row, begin, text, kLabel);
    free_from = begin + text.size() + 1;
  }
}

constexpr std::size_t kLoudnessColumns = 23;

// Before and after in columns, the target and how far off it is below.
void DrawLoudness(Frame& frame, Rect rect, const Model& model) {
  const std::size_t in_end = rect.column + 14;
  const std::size_t out_end = rect.column + kLoudnessColumns - 1;
  frame.Put(rect.row, rect.column, "LUFS", kLabel);
  PutRight(frame, rect.row, in_end, "in", kLabel);
  PutRight(frame, rect.row, out_end, "out", kLabel);
  const ipc::Meters meters = model.meters().value_or(ipc::Meters{});
  const auto row = [&](std::size_t index, std::string_view label, float in, float out) {
    frame.Put(rect.row + index, rect.column, label, kLabel);
    if (!model.meters()) return;
    PutRight(frame, rect.row + index, in_end, DbText(in));
    PutRight(frame, rect.row + index, out_end, DbText(out), kStrong);
  };
  row(1, "M", meters.input.momentary_lufs, meters.output.momentary_lufs);
  row(2, "S", meters.input.short_term_lufs, meters.output.short_term_lufs);
  row(3, "I", meters.input.integrated_lufs, meters.output.integrated_lufs);
  frame.Put(rect.row + 4, rect.column, "target", kLabel);
  const std::optional<float> target = model.TargetLufs();
  if (!target) {
    PutRight(frame, rect.row + 4, out_end, "leveler is off", kLabel);
    return;
  }
  PutRight(frame, rect.row + 4, in_end, DbText(*target));
  const float off = meters.output.short_term_lufs - *target;
  if (!model.meters() || !std::isfinite(off)) return;
  constexpr float kNear = 2.0F;
  PutRight(frame, rect.row + 4, out_end, Formatted("%+.1f LU", static_cast<double>(off)),
           {.colour = std::abs(off) <= kNear ? Colour::kGreen : Colour::kYellow, .bold = true});
}

}  // namespace

std::string Formatted(const char* format, double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

void DrawHeading(Frame& frame, Rect rect, std::string_view heading, Look look) {
  for (std::size_t i = 0; i < rect.columns; ++i) {
    frame.Set(rect.row, rect.column + i, GlyphsOf(look).line, kLabel);
  }
  if (rect.columns < 4) return;
  frame.Put(rect.row, rect.column + 1, " ");
  const std::size_t width = frame.Put(rect.row, rect.column + 2, heading,
                                      {.colour = Colour::kCyan, .bold = true}, rect.columns - 3);
  frame.Put(rect.row, rect.column + 2 + width, " ", {}, rect.columns - 2 - width);
}

void DrawLevels(Frame& frame, Rect rect, const Model& model, Look look) {
  constexpr std::size_t kLabelColumns = 7;
  constexpr std::size_t kNumberColumns = 7;
  constexpr std::array<const char*, 4> kLabels = {" in  L ", "     R ", " out L ", "     R "};
  const std::size_t right = rect.columns >= 64 ? kLoudnessColumns : 0;
  const std::size_t others = kLabelColumns + kNumberColumns + right;
  const std::size_t cells = rect.columns > others ? rect.columns - others : 0;
  for (std::size_t i = 0; i < kLabels.size() && i < rect.rows; ++i) {
    frame.Put(rect.row + i, rect.column, kLabels[i], kStrong);
    if (!model.meters()) continue;
    const bool is_output = i >= 2;
    const ipc::Levels& levels = is_output ? model.meters()->output : model.meters()->input;
    const auto& held = is_output ? model.held_peaks().output_dbtp : model.held_peaks().input_dbtp;
    const std::size_t channel = i % 2;
    DrawLevelBar(frame, {rect.row + i, rect.column + kLabelColumns, 1, cells},
                 levels.rms_dbfs[channel], levels.peak_dbfs[channel], held[channel], look);
    PutRight(frame, rect.row + i, rect.column + kLabelColumns + cells + kNumberColumns - 1,
             DbText(held[channel]), {.colour = ColourOfLevel(held[channel]), .bold = true});
  }
  if (rect.rows > 4) {
    DrawScale(frame, rect.row + 4, rect.column + kLabelColumns, cells);
    PutRight(frame, rect.row + 4, rect.column + kLabelColumns + cells + kNumberColumns - 1, "dBTP",
             kLabel);
  }
  if (right > 0) {
    DrawLoudness(frame, {rect.row, rect.column + rect.columns - right, rect.rows, right}, model);
  }
}

void DrawReductions(Frame& frame, Rect rect, const Model& model, Look look) {
  DrawHeading(frame, {rect.row, rect.column, 1, rect.columns}, "Gain reduction", look);
  const Glyphs glyphs = GlyphsOf(look);
  constexpr std::size_t kNameColumns = 12;
  constexpr std::size_t kNumberColumns = 7;
  const std::size_t others = kNameColumns + kNumberColumns + 3;
  const std::size_t cells = rect.columns > others ? rect.columns - others : 0;
  std::size_t row = rect.row + 1;
  const auto line = [&](std::string_view name, float gain_db, bool is_on) {
    if (row >= rect.row + rect.rows) return;
    frame.Put(row, rect.column + 1, name, is_on ? kStrong : kLabel, kNameColumns - 1);
    if (is_on) {
      const float part = std::clamp(std::abs(gain_db) / kFullReductionDb, 0.0F, 1.0F);
      const auto filled = static_cast<std::size_t>(std::lround(part * static_cast<float>(cells)));
      const Colour colour = gain_db > 0.0F ? Colour::kGreen : Colour::kYellow;
      for (std::size_t i = 0; i < cells; ++i) {
        frame.Set(row, rect.column + kNameColumns + i, i < filled ? glyphs.full : glyphs.dot,
                  i < filled ? Style{.colour = colour} : kLabel);
      }
      const double shown = std::round(static_cast<double>(gain_db) * 10.0) / 10.0;
      PutRight(frame, row, rect.column + kNameColumns + cells + kNumberColumns + 1,
               shown == 0.0 ? "0.0 dB" : Formatted("%+.1f dB", shown));
    } else {
      frame.Put(row, rect.column + kNameColumns, "off", kLabel);
    }
    ++row;
  };
  if (!model.meters()) return;
  // The last of the chain first: it is never off. Then what is on, then what is not.
  for (const bool is_on : {true, false}) {
    if (is_on) {
      for (const Model::Reduction& one : model.reductions()) {
        if (one.stage == "limiter") line(one.stage, -one.db, true);
      }
    }
    if (model.IsOn("leveler") == is_on) line("leveler", model.meters()->leveler_gain_db, is_on);
    for (const Model::Reduction& one : model.reductions()) {
      if (one.stage != "limiter" && model.IsOn(one.stage) == is_on) {
        line(one.stage, -one.db, is_on);
      }
    }
  }
}

std::vector<std::string> Wrapped(const std::string& text, std::size_t columns) {
  std::vector<std::string> lines;
  std::string line;
  std::size_t from = 0;
  while (from < text.size()) {
    std::size_t to = text.find(' ', from);
    if (to == std::string::npos) to = text.size();
    const std::string word = text.substr(from, to - from);
    from = to + 1;
    if (!line.empty() && ColumnsOf(line) + 1 + ColumnsOf(word) > columns) {
      lines.push_back(line);
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  if (!line.empty()) lines.push_back(line);
  return lines;
}

void DrawAdaptation(Frame& frame, Rect rect, const Model& model) {
  constexpr std::string_view kTitle = " Adaptation ";
  if (rect.rows == 0) return;
  frame.Put(rect.row, rect.column, kTitle, {.colour = Colour::kCyan, .bold = true});
  if (!model.adaptation() || rect.columns <= kTitle.size()) return;
  // A line for each sentence where there is room, else what is done in one stream of words.
  std::vector<std::string> lines;
  const std::size_t columns = rect.columns - kTitle.size();
  const std::vector<std::string>& story = model.adaptation()->story;
  for (const std::string& sentence : story) {
    for (const std::string& line : Wrapped(sentence, columns)) lines.push_back(line);
  }
  if (lines.size() > rect.rows) {
    std::string text;
    for (std::size_t i = 0; i < story.size(); ++i) {
      if (i == 1 && story.size() > 2) continue;  // what was heard: the least important
      text += (text.empty() ? "" : "; ") + story[i];
    }
    lines = Wrapped(text, columns);
  }
  for (std::size_t i = 0; i < lines.size() && i < rect.rows; ++i) {
    const bool cut = i + 1 == rect.rows && i + 1 < lines.size();
    std::size_t column = rect.column + kTitle.size();
    column += frame.Put(rect.row + i, column, lines[i], {}, columns - (cut ? 3 : 0));
    if (cut) frame.Put(rect.row + i, column, " ..");
  }
}

}  // namespace auralis::ctl
