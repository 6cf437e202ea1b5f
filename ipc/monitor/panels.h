#pragma once
// The parts of the monitor's picture, each drawn into its rectangle and never outside. [any]

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "ipc/monitor/controls.h"
#include "ipc/monitor/frame.h"
#include "ipc/monitor/layout.h"
#include "ipc/monitor/model.h"

namespace auralis::ctl {

struct Rect {
  std::size_t row = 0;
  std::size_t column = 0;
  std::size_t rows = 0;
  std::size_t columns = 0;
};

inline constexpr Style kLabel = {.dim = true};
inline constexpr Style kStrong = {.bold = true};

// `rows` 5: four level bars and their scale, with loudness and its target on the right.
void DrawLevels(Frame& frame, Rect rect, const Model& model, Look look);
// A heading, the spectrum before and after with the equalizers' curve, an axis.
void DrawSpectrumPanel(Frame& frame, Rect rect, const Model& model, Look look);
// A heading, then a bar for each stage that turns down or up.
void DrawReductions(Frame& frame, Rect rect, const Model& model, Look look);
// A heading, then parameters around the one that is chosen.
void DrawParameters(Frame& frame, Rect rect, const Model& model, const Controls& controls,
                    Look look);
// What adaptation does and why, in whole words.
void DrawAdaptation(Frame& frame, Rect rect, const Model& model);

// A line across with a heading in it.
void DrawHeading(Frame& frame, Rect rect, std::string_view heading, Look look);
// `text` in lines of at most `columns`, broken between words.
std::vector<std::string> Wrapped(const std::string& text, std::size_t columns);
std::string Formatted(const char* format, double value);

}  // namespace auralis::ctl
