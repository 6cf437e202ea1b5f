#include "config/preset_layers.h"

#include "config/param_text.h"

namespace auralis {
namespace {

float ValueIn(const Preset& preset, std::size_t index) {
  const auto said = preset.values.find(index);
  return said == preset.values.end() ? SignalPath::kDefaults[index] : said->second;
}

}  // namespace

Composition Compose(const Layers& layers) {
  Composition all;
  for (std::size_t i = 0; i < kLayers; ++i) {
    if (!layers[i]) continue;
    const auto layer = static_cast<Layer>(i);
    for (const auto& [index, value] : layers[i]->values) {
      all.preset.values[index] = value;
      all.source[index] = layer;
    }
    if (layers[i]->convolver_file) {
      all.preset.convolver_file = layers[i]->convolver_file;
      all.convolver_file_source = layer;
    }
    if (!layers[i]->description.empty()) {
      std::string& text = all.preset.description;
      text += (text.empty() ? "" : " ") + layers[i]->description;
    }
  }
  return all;
}

std::vector<Difference> DifferencesOf(const Preset& first, const Preset& second) {
  std::vector<Difference> differences;
  for (std::size_t i = 0; i < ParamRegistry::size(); ++i) {
    const float a = ValueIn(first, i);
    const float b = ValueIn(second, i);
    const ParamInfo& info = ParamRegistry::info(i);
    if (a != b) {
      differences.push_back({FullKey(info), FormatValue(info.spec, a), FormatValue(info.spec, b)});
    }
  }
  const std::string a = first.convolver_file.value_or("");
  const std::string b = second.convolver_file.value_or("");
  if (a != b) differences.push_back({"convolver.file", a, b});
  return differences;
}

}  // namespace auralis
