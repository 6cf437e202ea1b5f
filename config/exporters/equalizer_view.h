#pragma once
// What of a preset is linear, as the writers of other formats want it.

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "config/exporters/exporters.h"
#include "dsp/filter_design.h"

namespace auralis::exporters {

struct Band {
  FilterType type = FilterType::kBell;
  double frequency_hz = 1000.0;
  double gain_db = 0.0;
  double q = 0.7071;
  int channel = 0;           // 0 both, 1 left, 2 right
  bool first_order = false;  // of a pass
};

struct View {
  double preamp_db = 0.0;
  std::array<double, 2> side_gains = {1.0, 1.0};
  std::vector<Band> bands;
  std::string response;  // "" for none
  std::vector<std::string> notes;
};

View ViewOf(const Preset& preset);
Exported EqualizerApoText(View view);
Exported PipeWireText(View view, std::string_view name);

}  // namespace auralis::exporters
