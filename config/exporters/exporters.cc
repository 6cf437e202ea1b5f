#include "config/exporters/exporters.h"

#include <algorithm>
#include <cmath>

#include "config/exporters/equalizer_view.h"
#include "config/param_text.h"

namespace auralis {

Exported ExportPreset(const Preset& preset, ExportFormat format, std::string_view name) {
  switch (format) {
    case ExportFormat::kNative:
      return {PresetText(preset), {}};
    case ExportFormat::kEqualizerApo:
      return exporters::EqualizerApoText(exporters::ViewOf(preset));
    case ExportFormat::kPipeWire:
      return exporters::PipeWireText(exporters::ViewOf(preset), name);
  }
  return {};
}

}  // namespace auralis

namespace auralis::exporters {
namespace {

// Stages that may be on without a word: those that a format says, and those that do nothing here.
bool IsSaid(std::string_view module) {
  return module == "equalizer" || module == "input" || module == "convolver" ||
         module == "limiter" || module == "output" || module == "master";
}

float ValueOf(const Preset& preset, std::string_view key) {
  static const ParamRegistry kRegistry;
  const std::size_t index = kRegistry.Find(key).value();
  const auto said = preset.values.find(index);
  return said == preset.values.end() ? SignalPath::kDefaults[index] : said->second;
}

// Sections of a pass as cookbook filters, each with its Q.
void AddPass(const Band& band, FilterSlope slope, std::vector<Band>& bands) {
  // Laid out at a rate where nothing is bent: k is 1/Q whatever the rate.
  const SlopeSections sections = DesignSlope(band.type, slope, 1000.0, band.q, 48000.0);
  if (slope == FilterSlope::kLr12) {  // first order twice: second order with this Q
    bands.push_back(band);
    bands.back().q = 0.5;
    return;
  }
  for (std::size_t i = 0; i < sections.count; ++i) {
    const SvFilter& section = sections.sections[i];
    Band one = band;
    // First order is a section of second order whose second root cancels.
    one.first_order = section.k == 2.0 && section.m1 != 0.0 &&
                      (band.type == FilterType::kLowPass || section.m1 == -1.0);
    one.q = 1.0 / section.k;
    bands.push_back(one);
  }
}

}  // namespace

View ViewOf(const Preset& preset) {
  View view;
  const auto value = [&](const std::string& key) { return ValueOf(preset, key); };
  if (value("input.enabled") >= 0.5F) {
    view.preamp_db += static_cast<double>(value("input.gain"));
    const auto balance = static_cast<double>(value("input.balance"));
    view.side_gains = {std::min(1.0, 1.0 - balance), std::min(1.0, 1.0 + balance)};
  }
  if (value("equalizer.enabled") >= 0.5F) {
    view.preamp_db += static_cast<double>(value("equalizer.preamp"));
    if (value("equalizer.auto_headroom") >= 0.5F) {
      view.notes.emplace_back("equalizer.auto_headroom: the preamp is not lowered by itself");
    }
    for (int i = 1; i <= 32; ++i) {
      const std::string key = "equalizer.band" + std::to_string(i) + ".";
      Band band{.type = static_cast<FilterType>(std::lround(value(key + "type"))),
                .frequency_hz = static_cast<double>(value(key + "frequency")),
                .gain_db = static_cast<double>(value(key + "gain")),
                .q = static_cast<double>(value(key + "q")),
                .channel = static_cast<int>(std::lround(value(key + "channel")))};
      const bool has_gain = band.type == FilterType::kBell || band.type == FilterType::kLowShelf ||
                            band.type == FilterType::kHighShelf || band.type == FilterType::kTilt;
      const bool idle = value(key + "enabled") < 0.5F || band.type == FilterType::kOff ||
                        (has_gain && band.gain_db == 0.0);
      if (idle) continue;
      if (band.type == FilterType::kTilt || band.channel > 2) {
        view.notes.push_back(key.substr(0, key.size() - 1) +
                             ": tilts, and bands on mid or side, cannot be said");
      } else if (band.type == FilterType::kLowPass || band.type == FilterType::kHighPass) {
        AddPass(band, static_cast<FilterSlope>(std::lround(value(key + "slope"))), view.bands);
      } else {
        view.bands.push_back(band);
      }
    }
  }
  if (value("convolver.enabled") >= 0.5F && preset.convolver_file) {
    view.response = *preset.convolver_file;
    if (value("convolver.normalize") >= 0.5F || value("convolver.mix") != 1.0F) {
      view.notes.emplace_back("convolver: it is said without normalize and mix");
    }
  }
  for (std::size_t i = 0; i < ParamRegistry::size(); ++i) {
    const ParamInfo& info = ParamRegistry::info(i);
    const bool is_switch = info.family.empty() && info.spec.key == "enabled";
    const bool on = is_switch && info.spec.def < 0.5F && ValueOf(preset, FullKey(info)) >= 0.5F;
    const bool changed = std::any_of(preset.values.begin(), preset.values.end(), [&](auto one) {
      return ParamRegistry::info(one.first).module == info.module &&
             one.second != SignalPath::kDefaults[one.first];
    });
    if (is_switch && !IsSaid(info.module) && (on || (info.spec.def >= 0.5F && changed))) {
      view.notes.push_back(std::string(info.module) + ": cannot be said");
    }
  }
  return view;
}

}  // namespace auralis::exporters
