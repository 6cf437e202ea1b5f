#include "ipc/monitor/layout.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "ipc/auralisctl_ab.h"
#include "ipc/monitor/panels.h"

namespace auralis::ctl {
namespace {

constexpr std::size_t kLevelRows = 5;
constexpr std::size_t kLeastSpectrumRows = 7;  // heading and axis among them
constexpr std::size_t kLeastListRows = 4;      // with its heading
constexpr std::size_t kTwoColumnsFrom = 64;

// How many rows each part gets.
struct Rows {
  std::size_t levels = 0;
  std::size_t spectrum = 0;
  std::size_t lists = 0;
  std::size_t adaptation = 0;
};

// Title and footer take one each. What is left over grows spectrum and lists, then the story; what
// is missing costs first the story, then the spectrum.
Rows Share(std::size_t rows, std::size_t story_lines) {
  Rows share{.levels = kLevelRows};
  std::size_t left = rows - 2 - kLevelRows;
  if (left >= kLeastListRows + kLeastSpectrumRows + 1) {
    share.adaptation = std::clamp<std::size_t>(story_lines, 1, rows >= 24 ? 2 : 1);
    left -= share.adaptation;
    share.spectrum = kLeastSpectrumRows;
    share.lists = kLeastListRows;
    left -= share.spectrum + share.lists;
    // By turns, so that both are of use.
    while (left > 0 && (share.lists < 16 || share.spectrum < 20)) {
      const bool to_lists =
          share.lists < 16 && (share.lists + 2 < share.spectrum || share.spectrum >= 20);
      ++(to_lists ? share.lists : share.spectrum);
      --left;
      if (left > 0 && share.adaptation < story_lines && rows >= 30 && left % 3 == 0) {
        ++share.adaptation;
        --left;
      }
    }
    share.lists += left;
  } else {
    share.lists = left;
  }
  return share;
}

std::size_t StoryLines(const Model& model, std::size_t columns) {
  if (!model.adaptation()) return 1;
  std::size_t lines = 0;
  for (const std::string& sentence : model.adaptation()->story) {
    lines += Wrapped(sentence, columns > 13 ? columns - 13 : 1).size();
  }
  return std::max<std::size_t>(lines, 1);
}

void DrawTitle(Frame& frame, const Model& model, Look look) {
  const std::size_t columns = frame.size().columns;
  const Style bar{.reverse = true};
  const Style strong{.bold = true, .reverse = true};
  frame.Fill(0, 0, columns, bar);
  std::size_t column = frame.Put(0, 0, " Auralis ", strong);
  if (!model.connected()) {
    frame.Put(0, column, "trying to connect again: " + model.lost_because(),
              {.colour = Colour::kRed, .bold = true, .reverse = true});
    return;
  }
  const ipc::Status& status = model.status();
  const char* const dot = look.utf8 ? "● " : "* ";
  const ipc::Parameter* const bypass = model.Find("master.bypass");
  const bool bypassed = bypass != nullptr && bypass->value >= 0.5F;
  column +=
      frame.Put(0, column, bypassed ? dot + std::string("BYPASS") : dot + status.state,
                {.colour = bypassed ? Colour::kRed : Colour::kNone, .bold = true, .reverse = true});
  const double latency_ms =
      status.sample_rate_hz > 0.0 ? 1000.0 * status.latency_frames / status.sample_rate_hz : 0.0;
  std::string facts = Formatted("%g kHz", status.sample_rate_hz / 1000.0) +
                      Formatted("  %.1f ms", latency_ms) +
                      Formatted("  load %.0f %%", 100.0 * static_cast<double>(status.load)) +
                      "  xruns " + std::to_string(status.xruns) + " ";
  const std::size_t width = ColumnsOf(facts);
  const std::size_t facts_at = columns > width ? columns - width : 0;
  const std::string preset = model.comparison().on   ? "  " + ComparisonLine(model.comparison())
                             : status.preset.empty() ? ""
                                                     : "  preset " + status.preset;
  if (column + 2 < facts_at) {
    column += frame.Put(0, column, preset, strong, facts_at - column - 2);
    column += frame.Put(0, column, "  ", bar);
  }
  if (column + 2 < facts_at) frame.Put(0, column, status.device, bar, facts_at - column - 2);
  const bool trouble = status.xruns > 0 || status.overloads > 0 || status.load > 0.8F;
  frame.Put(0, facts_at, facts,
            {.colour = trouble ? Colour::kYellow : Colour::kNone, .bold = true, .reverse = true});
}

struct Hint {
  const char* keys;
  const char* what;
};

void DrawHints(Frame& frame, std::size_t row, const std::vector<Hint>& hints) {
  std::size_t column = 1;
  for (const Hint& hint : hints) {
    const std::size_t width = ColumnsOf(hint.keys) + 1 + ColumnsOf(hint.what);
    if (column + width > frame.size().columns) return;
    column += frame.Put(row, column, hint.keys, {.colour = Colour::kCyan, .bold = true});
    column += 1 + frame.Put(row, column + 1, hint.what, kLabel);
    column += 2;
  }
}

void DrawFooter(Frame& frame, const Model& model, const Controls& controls, Look look) {
  const std::size_t row = frame.size().rows - 1;
  if (!controls.message().empty()) {
    frame.Put(
        row, 1, controls.message(),
        {.colour = controls.message_is_error() ? Colour::kRed : Colour::kGreen, .bold = true});
    return;
  }
  switch (controls.mode()) {
    case Controls::Mode::kTyping: {
      const auto listed = controls.Listed(model);
      if (listed.empty()) return;
      const auto& parameter =
          model.parameters()[listed[std::min(controls.chosen(), listed.size() - 1)]];
      frame.Put(row, 1, parameter.key + ": " + parameter.allowed + ". Enter sets, Esc does not.",
                kStrong);
      return;
    }
    case Controls::Mode::kFinding:
      return DrawHints(frame, row, {{"Enter", "keep"}, {"Esc", "back"}});
    case Controls::Mode::kPresets:
      return DrawHints(frame, row,
                       {{look.utf8 ? "↑↓" : "up/down", "choose"},
                        {"Enter", controls.to_compare() ? "compare, equally loud" : "load"},
                        {"Esc", "back"}});
    case Controls::Mode::kHelp:
      return DrawHints(frame, row, {{"any key", "back"}});
    default:
      if (model.comparison().on) {
        return DrawHints(frame, row,
                         {{"a", "hear the other one"},
                          {"A", "keep this one"},
                          {"x", "back to before"},
                          {"?", "help"},
                          {"q", "quit"}});
      }
      DrawHints(frame, row,
                {{look.utf8 ? "↑↓" : "up/dn", "choose"},
                 {look.utf8 ? "←→" : "lf/rt", "change"},
                 {"Tab", "stage"},
                 {"p", "presets"},
                 {"b", "bypass"},
                 {"u", "undo"},
                 {"?", "help"},
                 {"q", "quit"}});
  }
}

// A box in the middle for what is seen for a moment. Says where its lines go.
Rect DrawBox(Frame& frame, std::string_view heading, std::size_t lines, std::size_t columns,
             Look look) {
  const Size size = frame.size();
  const std::size_t rows = std::min(lines + 2, size.rows - 2);
  const std::size_t width = std::min(columns + 4, size.columns);
  const Rect box{1 + (size.rows - 2 - rows) / 2, (size.columns - width) / 2, rows, width};
  const bool u = look.utf8;
  for (std::size_t i = 0; i < rows; ++i) {
    frame.Fill(box.row + i, box.column, width);
    const bool first = i == 0;
    const bool last = i + 1 == rows;
    if (first || last) {
      for (std::size_t x = 1; x + 1 < width; ++x) {
        frame.Set(box.row + i, box.column + x, u ? U'─' : U'-', kLabel);
      }
    }
    const char32_t side = u ? U'│' : U'|';
    const char32_t left = first ? (u ? U'╭' : U'+') : last ? (u ? U'╰' : U'+') : side;
    const char32_t right = first ? (u ? U'╮' : U'+') : last ? (u ? U'╯' : U'+') : side;
    frame.Set(box.row + i, box.column, left, kLabel);
    frame.Set(box.row + i, box.column + width - 1, right, kLabel);
  }
  frame.Put(box.row, box.column + 2, " " + std::string(heading) + " ",
            {.colour = Colour::kCyan, .bold = true}, width - 4);
  return {box.row + 1, box.column + 2, rows - 2, width - 4};
}

void DrawPresets(Frame& frame, const Model& model, const Controls& controls, Look look) {
  const auto& presets = controls.presets();
  const Rect rect = DrawBox(frame, controls.to_compare() ? "Compare with" : "Presets",
                            std::max<std::size_t>(presets.size(), 1), 70, look);
  if (presets.empty()) frame.Put(rect.row, rect.column, "There are none.", {}, rect.columns);
  const std::size_t most = presets.size() > rect.rows ? presets.size() - rect.rows : 0;
  const std::size_t chosen = controls.chosen_preset();
  const std::size_t first = std::min(chosen > rect.rows / 2 ? chosen - rect.rows / 2 : 0, most);
  constexpr std::size_t kNameColumns = 16;
  for (std::size_t i = 0; i < rect.rows && first + i < presets.size(); ++i) {
    const PresetLine& preset = presets[first + i];
    const bool is_chosen = first + i == chosen;
    const bool is_current = preset.name == model.status().preset;
    const Style style{.bold = is_chosen || is_current, .reverse = is_chosen};
    frame.Fill(rect.row + i, rect.column, rect.columns, style);
    frame.Put(rect.row + i, rect.column, is_current ? (look.utf8 ? "●" : "*") : " ", style);
    frame.Put(rect.row + i, rect.column + 2, preset.name, style, kNameColumns - 1);
    if (rect.columns > kNameColumns + 2) {
      frame.Put(rect.row + i, rect.column + 2 + kNameColumns, preset.description, style,
                rect.columns - kNameColumns - 2);
    }
  }
}

void DrawHelp(Frame& frame, Look look) {
  constexpr std::array<Hint, 20> kHelp = {{
      {"up, down; k, j", "choose a parameter (Page Up, Page Down: faster)"},
      {"left, right; h, l; -, +", "turn it; with Shift, or [ and ]: finely"},
      {"Enter", "type a value: -3 dB, 1.2 kHz, bell, off"},
      {"Space", "turn a switch round"},
      {"Backspace", "back to its default"},
      {"Tab, Shift-Tab", "next, previous stage of the chain"},
      {"e", "stage on or off"},
      {"/", "find keys: band3, ceiling, release .."},
      {"p", "list of presets"},
      {"n, N", "next, previous preset"},
      {"a", "A/B: compare with a preset, equally loud; then: the other one"},
      {"A, x", "end A/B: keep this one, go back to what was before"},
      {"b", "bypass: the input untouched, as late"},
      {"u, U", "undo, redo"},
      {"f", "freeze adaptation, let it go on"},
      {"Ctrl-L", "paint anew"},
      {"q, Ctrl-C", "leave; the daemon plays on"},
      {"", ""},
      {"Level bars", "solid: RMS; shaded: peak; mark: true peak, held"},
      {"Target", "and how far the last 3 s (S) are off it, in LU"},
  }};
  constexpr std::size_t kKeyColumns = 25;
  const Rect rect = DrawBox(frame, "Keys", kHelp.size(), 72, look);
  for (std::size_t i = 0; i < kHelp.size() && i < rect.rows; ++i) {
    frame.Put(rect.row + i, rect.column, kHelp[i].keys, {.colour = Colour::kCyan, .bold = true},
              std::min(kKeyColumns, rect.columns));
    if (rect.columns > kKeyColumns) {
      frame.Put(rect.row + i, rect.column + kKeyColumns, kHelp[i].what, {},
                rect.columns - kKeyColumns);
    }
  }
}

}  // namespace

Frame DrawMonitor(const Model& model, const Controls& controls, Size size, Look look) {
  Frame frame(size);
  if (size.rows < kSmallestMonitor.rows || size.columns < kSmallestMonitor.columns) {
    frame.Put(0, 0,
              "auralisctl monitor needs " + std::to_string(kSmallestMonitor.columns) + "x" +
                  std::to_string(kSmallestMonitor.rows));
    return frame;
  }
  const Rows rows = Share(size.rows, StoryLines(model, size.columns));
  DrawTitle(frame, model, look);
  std::size_t row = 1;
  DrawLevels(frame, {row, 0, rows.levels, size.columns}, model, look);
  row += rows.levels;
  DrawSpectrumPanel(frame, {row, 0, rows.spectrum, size.columns}, model, look);
  row += rows.spectrum;
  if (size.columns >= kTwoColumnsFrom) {
    const std::size_t left = std::min<std::size_t>(size.columns * 9 / 20, 60);
    DrawReductions(frame, {row, 0, rows.lists, left}, model, look);
    DrawParameters(frame, {row, left, rows.lists, size.columns - left}, model, controls, look);
  } else {
    DrawParameters(frame, {row, 0, rows.lists, size.columns}, model, controls, look);
  }
  row += rows.lists;
  if (rows.adaptation > 0) DrawAdaptation(frame, {row, 0, rows.adaptation, size.columns}, model);
  if (controls.mode() == Controls::Mode::kPresets) DrawPresets(frame, model, controls, look);
  if (controls.mode() == Controls::Mode::kHelp) DrawHelp(frame, look);
  DrawFooter(frame, model, controls, look);
  return frame;
}

std::size_t ListLines(const Controls& controls, Size size) {
  if (size.rows < kSmallestMonitor.rows) return 1;
  if (controls.mode() == Controls::Mode::kPresets) return size.rows - 4;
  return std::max<std::size_t>(Share(size.rows, 2).lists, 2) - 1;
}

}  // namespace auralis::ctl
