#include "config/preset.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "config/param_text.h"
#include "config/text_file.h"
#include "config/toml_reader.h"

namespace auralis {
namespace {

constexpr std::size_t kMaxDescription = 300;
constexpr std::size_t kMaxPathLength = 4096;
constexpr char kConvolverFile[] = "convolver.file";

// Turns a parsed file into a preset and collects what is wrong on the way.
class Reader {
 public:
  Reader(std::string_view name, int newest, std::span<const KeyChange> changes)
      : newest_(newest),
        changes_(changes),
        problems_(name, Problems::Place::kLineAndColumn),
        parameters_(
            problems_, {}, {"schema", "description"},
            [this](std::size_t index, float value, const toml::node&) {
              preset_.values[index] = value;
            },
            [this](const std::string& path, const toml::key& key, const toml::node& node) {
              return ReadOther(path, key, node);
            }) {}
  Reader(const Reader&) = delete;  // the readers of its members hold on to it
  Reader& operator=(const Reader&) = delete;

  Preset Read(const toml::table& root) {
    ReadSchema(root);
    problems_.ThrowIfAny();  // of a schema unknown to us nothing else is worth reading
    for (const auto& [key, node] : root) {
      if (problems_.full()) break;
      if (key == "schema") continue;
      if (key == "description") {
        ReadDescription(key, node);
      } else if (parameters_.IsModule(key.str()) || IsOldModule(key.str())) {
        parameters_.ReadModule(key, node);
      } else {
        parameters_.RefuseUnknown(key);
      }
    }
    problems_.ThrowIfAny();
    return std::move(preset_);
  }

 private:
  void ReadSchema(const toml::table& root) {
    const std::string allowed = newest_ == 1 ? "1" : "1 to " + std::to_string(newest_);
    const toml::node* node = root.get("schema");
    if (node == nullptr) {
      return problems_.Add({1, 1}, "schema: is missing (write schema = " + std::to_string(newest_) +
                                       " as the first line)");
    }
    const auto number = node->value_exact<std::int64_t>();
    if (number && *number >= 1 && *number <= newest_) {
      schema_ = static_cast<int>(*number);
      return;
    }
    const bool newer = number && *number > newest_;
    problems_.Add(node->source().begin,
                  ParamError{"schema", Shown(*node),
                             newer ? "is of a newer Auralis" : "is no version of a preset", allowed}
                      .Message());
  }

  void ReadDescription(const toml::key& key, const toml::node& node) {
    if (auto text = PlainText(node, kMaxDescription)) {
      preset_.description = *std::move(text);
    } else {
      problems_.Add(key, {"description", Shown(node), "is not a sentence in quotes",
                          "one line, up to 300 bytes"});
    }
  }

  bool ReadOther(const std::string& path, const toml::key& key, const toml::node& node) {
    if (path == kConvolverFile) {
      if (auto text = PlainText(node, kMaxPathLength)) {
        preset_.convolver_file = *std::move(text);
      } else {
        problems_.Add(key, {kConvolverFile, Shown(node), "is not the name of a file in quotes",
                            "a WAV or FLAC with 1, 2 or 4 channels; \"\" for none"});
      }
      return true;
    }
    return ReadOld(path, key, node);
  }

  bool IsOldModule(std::string_view module) const {
    return std::any_of(changes_.begin(), changes_.end(), [&](const KeyChange& change) {
      return schema_ < change.since_schema && change.old_key.starts_with(module) &&
             change.old_key.substr(module.size()).starts_with('.');
    });
  }

  // A key as an earlier schema had it, through every change since; or a table on the way to one.
  bool ReadOld(const std::string& path, const toml::key& key, const toml::node& node) {
    std::string now = path;
    double scale = 1.0;
    double offset = 0.0;
    for (const KeyChange& change : changes_) {
      if (schema_ >= change.since_schema || change.old_key != now) continue;
      if (change.new_key.empty()) return true;  // what it did is done no more
      now = change.new_key;
      scale *= change.scale;
      offset = offset * change.scale + change.offset;
    }
    if (now == path && scale == 1.0 && offset == 0.0) return ReadOldTable(path, node);
    const auto index = parameters_.registry().Find(now);
    auto number = NumberOf(node);
    if (const auto truth = node.value_exact<bool>()) number = *truth ? 1.0 : 0.0;
    if (!index || !number) {
      problems_.Add(key, {path, Shown(node), "is not a number", "a number, of " + now});
      return true;
    }
    const ParamSpec& spec = ParamRegistry::info(*index).spec;
    const double moved = *number * scale + offset;
    const auto checked = CheckValue(
        spec, std::clamp(moved, static_cast<double>(spec.min), static_cast<double>(spec.max)));
    if (const auto* value = std::get_if<float>(&checked)) {
      preset_.values[*index] = *value;
    } else {
      problems_.Add(key,
                    {path, Shown(node), std::get<ValueError>(checked).reason, AllowedText(spec)});
    }
    return true;
  }

  // A table that there is no more.
  bool ReadOldTable(const std::string& path, const toml::node& node) {
    const toml::table* table = node.as_table();
    if (table == nullptr || parameters_.IsModule(path) || !IsOldModule(path)) return false;
    for (const auto& [child, value] : *table) {
      const std::string longer = path + "." + std::string(child.str());
      if (!ReadOld(longer, child, value)) {
        problems_.Add(child, parameters_.registry().UnknownKey(longer));
      }
    }
    return true;
  }

  int newest_;
  std::span<const KeyChange> changes_;
  int schema_ = 1;
  Preset preset_;
  Problems problems_;
  ParameterReader parameters_;
};

}  // namespace

// In the order of their versions. Empty while there is one.
std::span<const KeyChange> PresetKeyChanges() { return {}; }

Preset ParsePreset(std::string_view text, std::string_view name, int newest_schema,
                   std::span<const KeyChange> changes) {
  return Reader(name, newest_schema, changes).Read(ParseToml(text, name, "a preset"));
}

Preset ParsePreset(std::string_view text, std::string_view name) {
  return ParsePreset(text, name, kPresetSchema, PresetKeyChanges());
}

Preset LoadPreset(const std::filesystem::path& file) {
  Preset preset = ParsePreset(ReadFileBytes(file), file.string());
  if (preset.convolver_file && !preset.convolver_file->empty()) {
    const std::filesystem::path folder = std::filesystem::absolute(file).parent_path();
    preset.convolver_file = (folder / *preset.convolver_file).lexically_normal().string();
  }
  return preset;
}

Preset PresetOf(const ParamRegistry::Values& values) {
  Preset preset;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] != SignalPath::kDefaults[i]) preset.values[i] = values[i];
  }
  return preset;
}

std::vector<Assignment> AssignmentsOf(const Preset& preset) {
  constexpr std::size_t kBypass = SignalPath::IndexOf("master", "bypass");
  std::vector<Assignment> assignments;
  assignments.reserve(ParamRegistry::size());
  for (std::size_t i = 0; i < ParamRegistry::size(); ++i) {
    const auto said = preset.values.find(i);
    if (said == preset.values.end() && i == kBypass) continue;  // no preset ends a comparison
    const float value = said == preset.values.end() ? SignalPath::kDefaults[i] : said->second;
    assignments.push_back({FullKey(ParamRegistry::info(i)), ExactDouble(value)});
  }
  return assignments;
}

}  // namespace auralis
