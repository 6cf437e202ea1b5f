#include "config/param_docs.h"

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string_view>

#include "config/param_text.h"
#include "dsp/signal_path.h"

namespace auralis {
namespace {

constexpr const auto& kTable = SignalPath::kParams;

constexpr std::string_view kIntroduction =
    "# Parameters\n\n"
    "Written by `auralisd --list-params`; a test compares the two. Keys are the same in the "
    "settings\n"
    "file, in `auralisctl set` and on the socket.\n";

bool SameRow(const ParamInfo& a, const ParamInfo& b) {
  return a.module == b.module && a.family == b.family && a.spec.key == b.spec.key;
}

// "1 to 32": the members of the family that row `first` begins.
std::size_t FamilySize(std::size_t first) {
  std::size_t size = 0;
  for (const ParamInfo& info : kTable) size += SameRow(info, kTable[first]) ? 1 : 0;
  return size;
}

// The default, or, where members differ, those of the first and the last.
std::string DefaultText(std::size_t row) {
  const ParamInfo& first = kTable[row];
  const ParamInfo* last = &first;
  bool differ = false;
  for (const ParamInfo& info : kTable) {
    if (!SameRow(info, first)) continue;
    last = &info;
    differ = differ || info.spec.def != first.spec.def;
  }
  std::string text = FormatValue(first.spec, first.spec.def);
  if (differ) text += " (N = 1) … " + FormatValue(last->spec, last->spec.def);
  return text;
}

std::string RangeText(const ParamSpec& spec) {
  return spec.scale == Scale::kToggle ? "on, off" : AllowedText(spec);
}

std::string Row(std::size_t index) {
  const ParamInfo& info = kTable[index];
  std::string key = FullKey(info);
  if (!info.family.empty()) {
    key = std::string(info.module) + '.' + std::string(info.family) + "N." +
          std::string(info.spec.key);
  }
  return "| `" + key + "` | " + RangeText(info.spec) + " | " + DefaultText(index) + " | " +
         std::string(info.spec.doc) + " |\n";
}

std::string_view ScaleText(Scale scale) {
  switch (scale) {
    case Scale::kLinear:
      return "linear";
    case Scale::kLog:
      return "log";
    case Scale::kToggle:
      return "toggle";
    case Scale::kChoice:
      return "choice";
  }
  return "";
}

}  // namespace

std::string ParametersMarkdown() {
  std::string text(kIntroduction);
  std::string_view module;
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    const ParamInfo& info = kTable[i];
    if (info.module != module) {
      module = info.module;
      text +=
          "\n## " + std::string(module) + "\n\n| key | range | default | |\n|---|---|---|---|\n";
    }
    if (info.number > 1) continue;
    if (info.number == 1 && (i == 0 || kTable[i - 1].family != info.family)) {
      text += "| `" + std::string(module) + '.' + std::string(info.family) + "N` | N = 1 to " +
              std::to_string(FamilySize(i)) + " | | One of several, each with the keys below. |\n";
    }
    text += Row(i);
  }
  return text;
}

std::string ParametersJson() {
  nlohmann::json list = nlohmann::json::array();
  for (const ParamInfo& info : kTable) {
    const ParamSpec& spec = info.spec;
    nlohmann::json choices = nlohmann::json::array();
    for (const std::string_view choice : spec.choices) choices.push_back(choice);
    list.push_back({{"key", FullKey(info)},
                    {"name", spec.name},
                    {"unit", UnitText(spec.unit)},
                    {"scale", ScaleText(spec.scale)},
                    {"min", spec.min},
                    {"max", spec.max},
                    {"default", spec.def},
                    {"smoothing_ms", spec.smoothing_ms},
                    {"choices", choices},
                    {"doc", spec.doc}});
  }
  return list.dump(2) + "\n";
}

}  // namespace auralis
