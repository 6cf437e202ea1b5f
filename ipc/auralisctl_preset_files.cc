#include "ipc/auralisctl_preset_files.h"

#include <algorithm>
#include <cstdio>
#include <system_error>

#include "config/exporters/exporters.h"
#include "config/importers/importers.h"
#include "config/param_text.h"
#include "config/preset_library.h"
#include "config/preset_rules.h"
#include "config/text_file.h"
#include "ipc/auralisctl_json.h"
#include "ipc/auralisctl_preset_live.h"
#include "ipc/auralisctl_terminal.h"

namespace auralis::ctl {
namespace {

namespace fs = std::filesystem;

// A broken preset is listed, with what is wrong instead of its sentence.
std::string DescriptionOf(const PresetFile& preset) {
  try {
    return LoadPreset(preset.file).description;
  } catch (const ConfigError& e) {
    const std::string what = e.what();
    return "(broken) " + what.substr(0, what.find('\n'));
  }
}

template <std::size_t N>
std::optional<std::size_t> PlaceOf(const std::array<std::string_view, N>& names,
                                   const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names.begin());
}

}  // namespace

Composition ComposeRequested(const PresetRequest& request) {
  Layers layers;
  layers[0] = LoadPreset(FindPreset(request.name).file);
  if (!request.device.empty()) layers[1] = LoadPreset(FindPreset(request.device).file);
  if (!request.route.empty()) layers[2] = LoadPreset(FindPreset(request.route).file);
  return Compose(layers);
}

void ShowPresetList(const PresetRequest& request) {
  Json list = Json::array();
  std::vector<std::vector<std::string>> rows;
  for (const PresetFile& one : ListPresets()) {
    const std::string description = DescriptionOf(one);
    list.push_back({{"name", one.name},
                    {"shipped", one.shipped},
                    {"file", one.file.string()},
                    {"description", description}});
    rows.push_back({one.name, one.shipped ? "shipped" : "yours", description});
  }
  if (request.context->json) return Print(JsonLine(list));
  PrintColumns(rows);
}

void ShowPreset(const PresetRequest& request) {
  if (request.name.empty()) return ShowPresetOfDaemon(request);
  const Composition all = ComposeRequested(request);
  const bool layered = !request.device.empty() || !request.route.empty();
  const auto name_of = [](std::optional<Layer> layer) {
    return layer ? std::string(kLayerNames[static_cast<std::size_t>(*layer)]) : std::string();
  };
  Json values = Json::object();
  std::vector<std::vector<std::string>> rows;
  for (const auto& [index, value] : all.preset.values) {
    const ParamInfo& info = ParamRegistry::info(index);
    const std::string layer = name_of(all.source[index]);
    values[FullKey(info)] = {
        {"value", ExactDouble(value)}, {"text", FormatValue(info.spec, value)}, {"layer", layer}};
    rows.push_back({FullKey(info), FormatValue(info.spec, value), layered ? layer : ""});
  }
  if (all.preset.convolver_file) {
    rows.push_back({"convolver.file", *all.preset.convolver_file,
                    layered ? name_of(all.convolver_file_source) : ""});
  }
  if (request.context->json) {
    Json json = {{"description", all.preset.description}, {"values", values}};
    if (all.preset.convolver_file) json["convolver_file"] = *all.preset.convolver_file;
    return Print(JsonLine(json));
  }
  if (!all.preset.description.empty()) Print(all.preset.description + "\n");
  PrintColumns(rows);
}

void CheckPresets(const PresetRequest& request) {
  std::string errors;
  for (const std::string& name : request.files) {
    try {
      const fs::path file = FindPreset(name).file;
      if (file.filename() == RulesPath().filename()) {
        ParseRules(ReadFileBytes(file), file.string());
      } else {
        LoadPreset(file);
      }
      if (!request.context->json) Print(file.string() + ": ok\n");
    } catch (const ConfigError& e) {
      errors += (errors.empty() ? "" : "\n") + std::string(e.what());
    }
  }
  if (request.context->json) Print(JsonLine({{"ok", errors.empty()}, {"errors", errors}}));
  if (!errors.empty()) throw PresetError(errors);
}

void DeletePreset(const PresetRequest& request) {
  const PresetFile found = FindPreset(request.name);
  if (found.shipped) {
    throw PresetError(request.name + ": is a shipped preset (one of yours by its name hides it)");
  }
  fs::path backup = found.file;
  backup += "~";
  std::error_code error;
  // A response that came with it goes with it.
  fs::path response = found.file;
  response.replace_extension(".wav");
  try {
    const std::optional<std::string> named = LoadPreset(found.file).convolver_file;
    if (named == fs::absolute(response).lexically_normal().string()) {
      fs::rename(response, response.string() + "~", error);
    }
  } catch (const ConfigError&) {
    error.clear();  // one that is broken may be deleted, too
  }
  fs::rename(found.file, backup, error);
  if (error) throw PresetError(found.file.string() + ": cannot be deleted: " + error.message());
  if (request.context->json) return Print(JsonLine({{"backup", backup.string()}}));
  Print("deleted; it is kept as " + backup.string() + "\n");
}

void ImportPreset(const PresetRequest& request) {
  const fs::path source = request.name;
  std::optional<ImportFormat> format;
  if (const auto place = PlaceOf(kImportFormatNames, request.format)) {
    format = static_cast<ImportFormat>(*place);
  }
  const std::string name = request.other.empty() ? source.stem().string() : request.other;
  const fs::path target = UserPresetFile(name);
  std::error_code ignored;
  if (fs::exists(target, ignored) && !request.force) {
    throw PresetError(target.string() +
                      ": is there already (--force writes over it, --name NAME "
                      "beside it)");
  }
  Imported imported = ImportFile(source, format, {.as_biquads = request.as_biquads});
  Json notes = Json::array();
  std::string not_taken;
  for (const ImportNote& note : imported.notes) {
    notes.push_back({{"line", note.line}, {"text", note.text}});
    not_taken += source.string() + (note.line > 0 ? ":" + std::to_string(note.line) : "") + ": " +
                 note.text + "\n";
  }
  if (imported.preset.values.empty() && !imported.response && !not_taken.empty()) {
    not_taken.pop_back();
    throw PresetError(source.string() + ": nothing in it can be taken\n" + not_taken);
  }
  if (imported.preset.description.empty()) {
    imported.preset.description =
        "Imported from " + Printable(source.filename().string(), 200) + ".";
  }
  SaveImported(target, imported);
  if (request.context->json) {
    return Print(JsonLine({{"file", target.string()},
                           {"values", imported.preset.values.size()},
                           {"response", imported.response.has_value()},
                           {"notes", notes}}));
  }
  Print(target.string() + ": " + std::to_string(imported.preset.values.size()) + " values" +
        (imported.response ? " and a response" : "") + "\n" + not_taken);
}

void ExportPresetText(const PresetRequest& request) {
  const PresetFile found = FindPreset(request.name);
  const auto format =
      static_cast<ExportFormat>(PlaceOf(kExportFormatNames, request.format).value_or(0));
  const Exported exported = ExportPreset(LoadPreset(found.file), format, found.name);
  for (const std::string& note : exported.notes) {
    std::fprintf(stderr, "auralisctl: not exported: %s\n", note.c_str());
  }
  if (request.output.empty()) return Print(exported.text);
  ReplaceFile(request.output, exported.text);
}

void PrintDifferences(const PresetRequest& request, const Preset& first, const Preset& second) {
  Json json = Json::array();
  std::vector<std::vector<std::string>> rows;
  for (const Difference& one : DifferencesOf(first, second)) {
    json.push_back({{"key", one.key}, {"first", one.first}, {"second", one.second}});
    rows.push_back({one.key, one.first, one.second});
  }
  if (request.context->json) return Print(JsonLine(json));
  PrintColumns(rows);
}

}  // namespace auralis::ctl
