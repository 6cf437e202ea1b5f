#include "config/param_docs.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "config/param_text.h"
#include "dsp/signal_path.h"

namespace auralis {
namespace {

constexpr auto& kParams = SignalPath::kParams;

constexpr std::string_view kHead =
    "# Parameters\n"
    "\n"
    "Written by `auralisd --list-params`; do not edit. `auralisctl set KEY VALUE` and the "
    "settings\n"
    "file take these keys. Numbers may carry their unit (`-3 dB`, `1.2 kHz`, `0.05 s`, `4:1`);\n"
    "switches take `on`, `off` and, in `auralisctl set`, `toggle`. What `master.intensity` scales "
    "is\n"
    "marked with ∝.\n";

// Whether both are the same field of a family, of whatever member.
bool IsSameField(const ParamInfo& a, const ParamInfo& b) {
  return a.module == b.module && a.family == b.family && a.spec.key == b.spec.key;
}

// The parameter and, in a family, its fellows in the other members.
std::vector<ParamInfo> Fellows(const ParamInfo& first) {
  std::vector<ParamInfo> fellows;
  std::copy_if(kParams.begin(), kParams.end(), std::back_inserter(fellows),
               [&](const ParamInfo& other) { return IsSameField(first, other); });
  return fellows;
}

bool ShareDefault(const std::vector<ParamInfo>& fellows) {
  return std::all_of(fellows.begin(), fellows.end(), [&](const ParamInfo& one) {
    return one.spec.def == fellows.front().spec.def;
  });
}

std::string KeyWithN(const ParamInfo& info) {
  if (info.family.empty()) return FullKey(info);
  const std::string member = std::string(info.module) + "." + std::string(info.family) + "N";
  return info.spec.key.empty() ? member : member + "." + std::string(info.spec.key);
}

// In a table of Markdown a bar would end the cell.
std::string Cell(std::string_view text) {
  std::string cell;
  for (const char c : text) {
    if (c == '|') cell += '\\';
    cell += c;
  }
  return cell;
}

std::string Row(const ParamInfo& info) {
  const ParamSpec& spec = info.spec;
  const std::string range = spec.scale == Scale::kToggle ? "on, off" : AllowedText(spec);
  const std::string def =
      ShareDefault(Fellows(info)) ? FormatValue(spec, spec.def) : std::string("see below");
  return "| `" + KeyWithN(info) + "` | " + Cell(range) + " | " + Cell(def) + " | " +
         Cell(spec.doc) + (spec.follows_intensity ? " ∝" : "") + " |\n";
}

// "`equalizer.bandN.frequency` for N = 1 to 32: 16 Hz, 20 Hz, ..."
std::string DefaultsByMember(const std::vector<ParamInfo>& fellows) {
  std::string text = "\nDefaults of `" + KeyWithN(fellows.front()) + "`, from 1 to " +
                     std::to_string(fellows.back().number) + ":";
  for (const ParamInfo& one : fellows) {
    text += one.number == 1 ? " " : ", ";
    text += FormatValue(one.spec, one.spec.def);
  }
  return text + ".\n";
}

std::string Section(std::string_view module) {
  std::string families;
  std::string rows;
  std::string below;
  for (const ParamInfo& info : kParams) {
    if (info.module != module || info.number > 1) continue;
    rows += Row(info);
    if (info.family.empty()) continue;
    const std::vector<ParamInfo> fellows = Fellows(info);
    const std::string range = "`" + std::string(info.family) + "N`: N = 1 to " +
                              std::to_string(fellows.back().number) + ".";
    if (families.find(range) == std::string::npos) families += "\n" + range + "\n";
    if (!ShareDefault(fellows)) below += DefaultsByMember(fellows);
  }
  return "\n## " + std::string(module) + "\n" + families +
         "\n| Key | Range | Default | What it does |\n| --- | --- | --- | --- |\n" + rows + below;
}

}  // namespace

std::string ParametersMarkdown() {
  std::string text(kHead);
  std::string_view module;
  for (const ParamInfo& info : kParams) {
    if (info.module == module) continue;
    module = info.module;
    text += Section(module);
  }
  return text;
}

std::string ParametersJson() {
  auto array = nlohmann::ordered_json::array();
  for (const ParamInfo& info : kParams) {
    const ParamSpec& spec = info.spec;
    array.push_back(
        {{"key", FullKey(info)},
         {"module", info.module},
         {"name", spec.name},
         {"unit", UnitText(spec.unit)},
         {"scale", ScaleName(spec.scale)},
         {"min", ExactDouble(spec.min)},
         {"max", ExactDouble(spec.max)},
         {"default", ExactDouble(spec.def)},
         {"smoothing_ms", ExactDouble(spec.smoothing_ms)},
         {"follows_intensity", spec.follows_intensity},
         {"choices", std::vector<std::string>(spec.choices.begin(), spec.choices.end())},
         {"doc", spec.doc}});
  }
  return array.dump(2) + "\n";
}

}  // namespace auralis
