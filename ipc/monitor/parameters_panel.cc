#include <algorithm>
#include <cmath>

#include "ipc/monitor/panels.h"

namespace auralis::ctl {
namespace {

// Where the value stands between its ends, 0 to 1, as a knob would travel.
float TravelOf(const ipc::Parameter& parameter) {
  const float range = parameter.max - parameter.min;
  if (range <= 0.0F) return 0.0F;
  if (parameter.scale == "log" && parameter.min > 0.0F && parameter.value > 0.0F) {
    return std::log(parameter.value / parameter.min) / std::log(parameter.max / parameter.min);
  }
  return (parameter.value - parameter.min) / range;
}

void DrawSlider(Frame& frame, Rect rect, const ipc::Parameter& parameter, Style style, Look look) {
  if (rect.columns < 3) return;
  const float travel = std::clamp(TravelOf(parameter), 0.0F, 1.0F);
  const auto at =
      static_cast<std::size_t>(std::lround(travel * static_cast<float>(rect.columns - 1)));
  for (std::size_t i = 0; i < rect.columns; ++i) {
    const char32_t rail = look.utf8 ? U'─' : U'-';
    const char32_t knob = look.utf8 ? U'●' : U'o';
    frame.Set(rect.row, rect.column + i, i == at ? knob : rail, style);
  }
}

std::string HeadingOf(const Controls& controls, const Model& model) {
  if (controls.mode() == Controls::Mode::kFinding || !controls.find().empty()) {
    const bool typing = controls.mode() == Controls::Mode::kFinding;
    return "Find: " + controls.find() + (typing ? "_" : "");
  }
  const bool is_on = model.IsOn(controls.stage());
  return controls.stage() + (is_on ? "" : " (off)");
}

}  // namespace

void DrawParameters(Frame& frame, Rect rect, const Model& model, const Controls& controls,
                    Look look) {
  DrawHeading(frame, {rect.row, rect.column, 1, rect.columns}, HeadingOf(controls, model), look);
  if (rect.rows < 2) return;
  const std::vector<std::size_t> listed = controls.Listed(model);
  const std::size_t lines = rect.rows - 1;
  const std::size_t chosen = listed.empty() ? 0 : std::min(controls.chosen(), listed.size() - 1);
  // The one that is chosen stays in the middle, as far as the ends allow.
  const std::size_t most = listed.size() > lines ? listed.size() - lines : 0;
  const std::size_t first = std::min(chosen > lines / 2 ? chosen - lines / 2 : 0, most);
  const bool full_keys = !controls.find().empty();
  const std::size_t name_columns = std::min<std::size_t>(full_keys ? 26 : 18, rect.columns / 2);
  constexpr std::size_t kValueColumns = 13;
  if (listed.empty()) {
    frame.Put(rect.row + 1, rect.column + 2, full_keys ? "no key has that in it" : "", kLabel,
              rect.columns - 2);
  }
  for (std::size_t i = 0; i < lines && first + i < listed.size(); ++i) {
    const ipc::Parameter& parameter = model.parameters()[listed[first + i]];
    const bool is_chosen = first + i == chosen;
    const std::size_t row = rect.row + 1 + i;
    const Style style{.bold = is_chosen, .reverse = is_chosen};
    const bool changed = parameter.value != parameter.default_value;
    const std::string name =
        full_keys ? parameter.key : parameter.key.substr(StageOf(parameter.key).size() + 1);
    frame.Fill(row, rect.column, rect.columns, style);
    frame.Put(row, rect.column, is_chosen ? (look.utf8 ? "▶" : ">") : " ", style);
    frame.Put(row, rect.column + 2, name, style, name_columns - 1);
    std::size_t column = rect.column + 2 + name_columns;
    const std::size_t end = rect.column + rect.columns;
    const bool typing = is_chosen && controls.mode() == Controls::Mode::kTyping;
    const Style of_value{.colour = changed && !is_chosen ? Colour::kYellow : Colour::kNone,
                         .bold = is_chosen || changed,
                         .reverse = is_chosen};
    if (typing) {
      frame.Put(row, column, controls.typed() + "_", style, end - column);
      continue;
    }
    frame.Put(row, column, parameter.text, of_value, std::min(kValueColumns - 1, end - column));
    column += kValueColumns;
    const bool slides = parameter.scale == "linear" || parameter.scale == "log";
    if (column + 1 < end && slides) {
      DrawSlider(frame, {row, column, 1, end - column - 1}, parameter, style, look);
    }
  }
}

}  // namespace auralis::ctl
