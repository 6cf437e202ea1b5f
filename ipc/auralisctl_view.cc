#include "ipc/auralisctl_view.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <vector>

namespace auralis::ctl {
namespace {

constexpr float kBottomDb = -60.0F;
constexpr float kYellowDb = -9.0F;
constexpr float kRedDb = -3.0F;
constexpr float kMaxReductionDb = 12.0F;
constexpr std::size_t kMaxColumns = 100;

enum class Style { kPlain, kDim, kBold, kGreen, kYellow, kRed, kCyan };

std::string_view Escape(Style style) {
  constexpr std::array<std::string_view, 7> kEscapes = {
      "\x1b[0m", "\x1b[2m", "\x1b[1m", "\x1b[32m", "\x1b[33m", "\x1b[31m", "\x1b[36m"};
  return kEscapes[static_cast<std::size_t>(style)];
}

// One line that never gets wider than the terminal.
class Line {
 public:
  explicit Line(const Terminal& terminal)
      : left_(std::min(terminal.columns, kMaxColumns) - 1), colour_(terminal.colour) {}

  Line& Add(std::string_view text, Style style = Style::kPlain) {
    if (colour_ && style != style_) text_ += Escape(Style::kPlain);
    if (colour_ && style != style_ && style != Style::kPlain) text_ += Escape(style);
    style_ = style;
    for (const char c : text) {
      const bool begins = (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;  // a UTF-8 character
      if (begins && left_ == 0) return *this;
      if (begins) --left_;
      text_ += c;
    }
    return *this;
  }
  std::size_t left() const { return left_; }
  std::string Finish() {
    if (colour_ && style_ != Style::kPlain) text_ += Escape(Style::kPlain);
    return text_ + "\n";
  }

 private:
  std::size_t left_;
  bool colour_;
  Style style_ = Style::kPlain;
  std::string text_;
};

std::string Format(const char* format, double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

std::string Padded(const std::string& text, std::size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

Style StyleOf(float db) {
  if (db >= kRedDb) return Style::kRed;
  return db >= kYellowDb ? Style::kYellow : Style::kGreen;
}

// How many of `cells` lie below `db`, on a scale from kBottomDb to 0.
std::size_t CellsBelow(float db, std::size_t cells) {
  const float part = std::clamp(1.0F - db / kBottomDb, 0.0F, 1.0F);  // -infinity gives 0
  return static_cast<std::size_t>(std::lround(part * static_cast<float>(cells)));
}

// Solid up to the RMS level, light up to the peak, a mark at the held true peak.
void AddLevelBar(Line& line, std::size_t cells, float rms_db, float peak_db, float held_db,
                 bool utf8) {
  const std::size_t solid = CellsBelow(rms_db, cells);
  const std::size_t light = CellsBelow(peak_db, cells);
  const std::size_t mark = CellsBelow(held_db, cells);
  for (std::size_t i = 0; i < cells; ++i) {
    const float db = kBottomDb * (1.0F - static_cast<float>(i + 1) / static_cast<float>(cells));
    if (i < solid) {
      line.Add(utf8 ? "█" : "#", StyleOf(db));
    } else if (mark > 0 && i == mark - 1) {
      line.Add(utf8 ? "┃" : "|", StyleOf(db));
    } else if (i < light) {
      line.Add(utf8 ? "▒" : "=", StyleOf(db));
    } else {
      line.Add(utf8 ? "·" : ".", Style::kDim);
    }
  }
}

constexpr std::size_t kLabelColumns = 6;
constexpr std::size_t kNumberColumns = 13;  // "  -12.3 dBTP "

std::size_t BarCells(const Line& empty_line) {
  const std::size_t others = kLabelColumns + kNumberColumns;
  return empty_line.left() > others ? empty_line.left() - others : 0;
}

std::string LevelLine(const char* label, float rms_db, float peak_db, float held_db,
                      const Terminal& terminal) {
  Line line(terminal);
  const std::size_t cells = BarCells(line);
  line.Add(label, Style::kBold);
  AddLevelBar(line, cells, rms_db, peak_db, held_db, terminal.utf8);
  line.Add(Padded(DbText(held_db), 7), StyleOf(held_db)).Add(" dBTP", Style::kDim);
  return line.Finish();
}

std::string ReductionLine(float reduction_db, const Terminal& terminal) {
  Line line(terminal);
  const std::size_t cells = BarCells(line);
  const float part = std::clamp(reduction_db / kMaxReductionDb, 0.0F, 1.0F);
  const auto filled = static_cast<std::size_t>(std::lround(part * static_cast<float>(cells)));
  line.Add("GR    ", Style::kBold);
  for (std::size_t i = 0; i < cells; ++i) {
    line.Add(i < filled ? (terminal.utf8 ? "█" : "#") : (terminal.utf8 ? "·" : "."),
             i < filled ? Style::kCyan : Style::kDim);
  }
  const double shown_db = std::round(static_cast<double>(reduction_db) * 10.0) / 10.0;
  line.Add(Padded(Format("%.1f", shown_db == 0.0 ? 0.0 : -shown_db), 7), Style::kCyan);
  return line.Add(" dB", Style::kDim).Finish();
}

std::string LoudnessLine(const char* label, const ipc::Levels& levels, const Terminal& terminal) {
  Line line(terminal);
  line.Add(label, Style::kDim);
  line.Add("M ", Style::kDim).Add(Padded(DbText(levels.momentary_lufs), 5));
  line.Add("   S ", Style::kDim).Add(Padded(DbText(levels.short_term_lufs), 5));
  line.Add("   I ", Style::kDim).Add(Padded(DbText(levels.integrated_lufs), 5));
  return line.Add("  LUFS", Style::kDim).Finish();
}

std::string HeadLine(const ipc::Status& status, const Terminal& terminal) {
  Line line(terminal);
  const std::string rate = Format(" %g kHz", status.sample_rate_hz / 1000.0);
  line.Add("auralis ", Style::kBold)
      .Add(status.bypass ? "bypass" : status.state, status.bypass ? Style::kYellow : Style::kGreen);
  line.Add("  ").Add(status.device);
  return line.Add(rate, Style::kDim).Finish();
}

// What the stages ahead of the limiter do, as far as they do anything.
std::string OthersLine(const ipc::Meters& meters, const Terminal& terminal) {
  constexpr float kLeastDb = 0.05F;
  Line line(terminal);
  line.Add("      ");
  if (std::abs(meters.leveler_gain_db) >= kLeastDb) {
    line.Add(Format("leveler %+.1f  ", static_cast<double>(meters.leveler_gain_db)), Style::kDim);
  }
  for (const auto& [stage, db] : meters.gain_reductions) {
    if (db < kLeastDb || stage == "limiter") continue;
    line.Add(stage + Format(" %.1f  ", -static_cast<double>(db)), Style::kDim);
  }
  return line.Finish();
}

std::string FootLine(const ipc::Meters& meters, const ipc::Status& status,
                     const Terminal& terminal) {
  Line line(terminal);
  const double latency_ms =
      status.sample_rate_hz > 0.0 ? 1000.0 * status.latency_frames / status.sample_rate_hz : 0.0;
  line.Add(Format("latency %.1f ms  ", latency_ms), Style::kDim);
  line.Add("xruns " + std::to_string(status.xruns),
           status.xruns > 0 ? Style::kYellow : Style::kDim);
  if (meters.lost > 0) line.Add("  lost " + std::to_string(meters.lost), Style::kYellow);
  return line.Add("  Ctrl-C ends", Style::kDim).Finish();
}

// The highest of each group of neighbours, `columns` groups or as many as there are values.
std::vector<float> Merge(const std::vector<float>& values, std::size_t columns) {
  const std::size_t group = (values.size() + columns - 1) / columns;
  std::vector<float> merged;
  for (std::size_t i = 0; i < values.size(); i += group) {
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(i);
    const auto end =
        values.begin() + static_cast<std::ptrdiff_t>(std::min(i + group, values.size()));
    merged.push_back(*std::max_element(begin, end));
  }
  return merged;
}

}  // namespace

std::string DbText(float db) {
  return std::isfinite(db) ? Format("%.1f", static_cast<double>(db)) : db < 0.0F ? "-inf" : "?";
}

float MeterView::Hold(Held& held, float dbtp, const ipc::Meters& meters,
                      double sample_rate_hz) const {
  if (dbtp >= held.dbtp || meters.position_frames >= held.until_frames) {
    held.dbtp = dbtp;
    held.until_frames =
        meters.position_frames + static_cast<std::uint64_t>(kHoldSeconds * sample_rate_hz);
  }
  return held.dbtp;
}

std::string MeterView::Draw(const ipc::Meters& meters, const ipc::Status& status,
                            const Terminal& terminal) {
  constexpr std::array<const char*, 2> kInputLabels = {"in  L ", "    R "};
  constexpr std::array<const char*, 2> kOutputLabels = {"out L ", "    R "};
  std::string block = HeadLine(status, terminal);
  const auto draw = [&](const ipc::Levels& levels, std::array<Held, 2>& held, const auto& labels) {
    for (std::size_t channel = 0; channel < 2; ++channel) {
      const float held_db =
          Hold(held[channel], levels.true_peak_dbtp[channel], meters, status.sample_rate_hz);
      block += LevelLine(labels[channel], levels.rms_dbfs[channel], levels.peak_dbfs[channel],
                         held_db, terminal);
    }
    block += LoudnessLine("      ", levels, terminal);
  };
  draw(meters.input, input_, kInputLabels);
  draw(meters.output, output_, kOutputLabels);
  block += ReductionLine(meters.limiter_gain_reduction_db, terminal);
  block += OthersLine(meters, terminal);
  return block + FootLine(meters, status, terminal);
}

std::string DrawSpectrum(const ipc::Spectrum& spectrum, const Terminal& terminal) {
  constexpr std::size_t kRows = 8;
  constexpr float kTopDb = 0.0F;
  constexpr float kFloorDb = -72.0F;
  constexpr std::array<const char*, 9> kEighths = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const std::size_t columns =
      std::max<std::size_t>(std::min(terminal.columns, kMaxColumns), 10) - 6;
  const std::vector<float> bands = Merge(spectrum.output_dbfs, columns);
  std::string block;
  for (std::size_t row = 0; row < kRows; ++row) {
    Line line(terminal);
    const float row_db = (kTopDb - kFloorDb) / static_cast<float>(kRows);
    const float top_db = kTopDb - row_db * static_cast<float>(row);
    line.Add(Padded(row % 2 == 0 ? Format("%.0f", static_cast<double>(top_db)) : "", 4),
             Style::kDim);
    line.Add(" ");
    for (const float db : bands) {
      const float part = std::clamp((db - (top_db - row_db)) / row_db, 0.0F, 1.0F);
      const auto eighths = static_cast<std::size_t>(std::lround(part * 8.0F));
      line.Add(terminal.utf8 ? kEighths[eighths] : (eighths >= 4 ? "#" : " "), StyleOf(top_db));
    }
    block += line.Finish();
  }
  Line axis(terminal);
  const std::string high = Format("%.0f Hz", static_cast<double>(spectrum.high_hz));
  const std::string low = Format("%.0f Hz", static_cast<double>(spectrum.low_hz));
  const std::size_t used = low.size() + high.size();
  axis.Add("     " + low, Style::kDim);
  if (bands.size() > used) axis.Add(std::string(bands.size() - used, ' ') + high, Style::kDim);
  return block + axis.Finish();
}

}  // namespace auralis::ctl
