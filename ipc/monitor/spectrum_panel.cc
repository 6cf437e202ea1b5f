#include <algorithm>
#include <array>
#include <cmath>

#include "ipc/monitor/panels.h"

namespace auralis::ctl {
namespace {

constexpr float kTopDb = 0.0F;
constexpr float kFloorDb = -84.0F;
constexpr std::size_t kLeftColumns = 5;
constexpr std::size_t kRightColumns = 5;
constexpr std::array<char32_t, 9> kEighths = {U' ', U'▁', U'▂', U'▃', U'▄', U'▅', U'▆', U'▇', U'█'};

// Values of the bands at each column, straight lines between.
std::vector<float> Spread(const std::vector<float>& bands, std::size_t columns) {
  std::vector<float> spread(columns, kFloorDb);
  if (bands.empty()) return spread;
  for (std::size_t i = 0; i < columns; ++i) {
    const float at = columns < 2 ? 0.0F
                                 : static_cast<float>(i) * static_cast<float>(bands.size() - 1) /
                                       static_cast<float>(columns - 1);
    const auto below = static_cast<std::size_t>(at);
    const std::size_t above = std::min(below + 1, bands.size() - 1);
    const float part = at - static_cast<float>(below);
    const auto finite = [](float db) { return std::max(db, kFloorDb); };
    spread[i] = finite(bands[below]) * (1.0F - part) + finite(bands[above]) * part;
  }
  return spread;
}

struct Plot {
  std::size_t row = 0;
  std::size_t column = 0;
  std::size_t rows = 0;
  std::size_t columns = 0;

  float row_db() const { return (kTopDb - kFloorDb) / static_cast<float>(rows); }
};

// Solid: what comes out, in another colour where it is more than what went in. Shaded: what was
// taken away.
void DrawBars(Frame& frame, const Plot& plot, const std::vector<float>& before,
              const std::vector<float>& after, Look look) {
  for (std::size_t x = 0; x < plot.columns; ++x) {
    for (std::size_t y = 0; y < plot.rows; ++y) {
      const float bottom_db = kTopDb - plot.row_db() * static_cast<float>(y + 1);
      const float middle_db = bottom_db + 0.5F * plot.row_db();
      const float part = std::clamp((after[x] - bottom_db) / plot.row_db(), 0.0F, 1.0F);
      const auto eighths = static_cast<std::size_t>(std::lround(part * 8.0F));
      const bool added = before[x] < middle_db;
      if (look.utf8 ? eighths > 0 : eighths >= 4) {
        frame.Set(plot.row + y, plot.column + x,
                  look.utf8 ? kEighths[eighths] : (added ? U'+' : U'#'),
                  {.colour = added ? Colour::kCyan : Colour::kGreen});
      } else if (before[x] >= middle_db) {
        frame.Set(plot.row + y, plot.column + x, look.utf8 ? U'░' : U':', kLabel);
      }
    }
  }
}

// The scale that holds the curve: what the upper edge of the plot stands for, the lower being minus
// that.
float CurveScaleDb(const std::vector<float>& curve) {
  float largest = 0.0F;
  for (const float db : curve) {
    if (std::isfinite(db)) largest = std::max(largest, std::abs(db));
  }
  for (const float scale : {6.0F, 12.0F, 24.0F}) {
    if (largest <= scale) return scale;
  }
  return 48.0F;
}

// Three heights a row.
void DrawCurve(Frame& frame, const Plot& plot, const std::vector<float>& curve, float scale_db,
               Look look) {
  constexpr std::array<char32_t, 3> kHeights = {U'▔', U'─', U'▁'};
  constexpr std::array<char32_t, 3> kAsciiHeights = {U'"', U'-', U'_'};
  const auto steps = static_cast<float>(3 * plot.rows);
  for (std::size_t x = 0; x < curve.size() && x < plot.columns; ++x) {
    if (!std::isfinite(curve[x])) continue;
    const float from_top = 0.5F - 0.5F * curve[x] / scale_db;
    const auto step =
        static_cast<std::size_t>(std::clamp(std::floor(from_top * steps), 0.0F, steps - 1.0F));
    frame.Set(plot.row + step / 3, plot.column + x,
              look.utf8 ? kHeights[step % 3] : kAsciiHeights[step % 3],
              {.colour = Colour::kYellow, .bold = true});
  }
}

void DrawAxis(Frame& frame, const Plot& plot, double low_hz, double high_hz) {
  struct Tick {
    double hz;
    const char* text;
  };
  constexpr std::array<Tick, 10> kTicks = {{{20, "20"},
                                            {50, "50"},
                                            {100, "100"},
                                            {200, "200"},
                                            {500, "500"},
                                            {1000, "1k"},
                                            {2000, "2k"},
                                            {5000, "5k"},
                                            {10000, "10k"},
                                            {20000, "20k"}}};
  if (low_hz <= 0.0 || high_hz <= low_hz || plot.columns < 2) return;
  std::size_t free_from = plot.column;
  for (const Tick& tick : kTicks) {
    const double part = std::log(tick.hz / low_hz) / std::log(high_hz / low_hz);
    if (part < -0.02 || part > 1.02) continue;
    const auto at = static_cast<std::size_t>(
        std::lround(std::clamp(part, 0.0, 1.0) * static_cast<double>(plot.columns - 1)));
    const std::size_t width = std::string_view(tick.text).size();
    const std::size_t column = std::min(plot.column + at - std::min(at, width / 2),
                                        plot.column + plot.columns - std::min(plot.columns, width));
    if (column < free_from) continue;
    frame.Put(plot.row + plot.rows, column, tick.text, kLabel);
    free_from = column + width + 1;
  }
}

void DrawLevelScale(Frame& frame, const Plot& plot) {
  for (std::size_t y = 0; y < plot.rows; y += 2) {
    const float db = kTopDb - plot.row_db() * static_cast<float>(y);
    const std::string text = Formatted("%.0f", static_cast<double>(db));
    frame.Put(plot.row + y, plot.column - 1 - text.size(), text, kLabel);
  }
}

void DrawCurveScale(Frame& frame, const Plot& plot, float scale_db) {
  const Style style{.colour = Colour::kYellow, .dim = true};
  const auto put = [&](std::size_t y, float db) {
    frame.Put(plot.row + y, plot.column + plot.columns + 1,
              Formatted("%+.0f", static_cast<double>(db)), style);
  };
  put(0, scale_db);
  if (plot.rows >= 5)
    frame.Put(plot.row + plot.rows / 2, plot.column + plot.columns + 1, " 0", style);
  if (plot.rows >= 2) put(plot.rows - 1, -scale_db);
}

}  // namespace

void DrawSpectrumPanel(Frame& frame, Rect rect, const Model& model, Look look) {
  if (rect.rows < 3 || rect.columns < kLeftColumns + kRightColumns + 10) return;
  DrawHeading(frame, {rect.row, rect.column, 1, rect.columns}, "Spectrum", look);
  const Plot plot{rect.row + 1, rect.column + kLeftColumns, rect.rows - 2,
                  rect.columns - kLeftColumns - kRightColumns};
  std::size_t legend = rect.column + 13;
  const auto explain = [&](char32_t glyph, Style style, std::string_view what) {
    if (legend + 4 + what.size() > rect.column + rect.columns) return;
    frame.Set(rect.row, legend, U' ');
    frame.Set(rect.row, legend + 1, glyph, style);
    frame.Put(rect.row, legend + 2, " " + std::string(what) + " ", kLabel);
    legend += what.size() + 5;
  };
  explain(look.utf8 ? U'█' : U'#', {.colour = Colour::kGreen}, "after");
  explain(look.utf8 ? U'█' : U'+', {.colour = Colour::kCyan}, "added");
  explain(look.utf8 ? U'░' : U':', kLabel, "taken away");
  explain(look.utf8 ? U'─' : U'-', {.colour = Colour::kYellow, .bold = true}, "equalizers, dB");
  if (!model.spectrum()) return;
  const ipc::Spectrum& spectrum = *model.spectrum();
  DrawBars(frame, plot, Spread(spectrum.input_dbfs, plot.columns),
           Spread(spectrum.output_dbfs, plot.columns), look);
  DrawLevelScale(frame, plot);
  const auto low_hz = static_cast<double>(spectrum.low_hz);
  const auto high_hz = static_cast<double>(spectrum.high_hz);
  DrawAxis(frame, plot, low_hz, high_hz);
  if (low_hz <= 0.0 || high_hz <= low_hz) return;
  std::vector<double> frequencies_hz;
  for (std::size_t x = 0; x < plot.columns; ++x) {
    const double part = static_cast<double>(x) / static_cast<double>(plot.columns - 1);
    frequencies_hz.push_back(low_hz * std::pow(high_hz / low_hz, part));
  }
  const std::vector<float> curve = model.TonalGainDb(frequencies_hz);
  const float scale_db = CurveScaleDb(curve);
  DrawCurve(frame, plot, curve, scale_db, look);
  DrawCurveScale(frame, plot, scale_db);
}

}  // namespace auralis::ctl
