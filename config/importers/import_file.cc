#include <algorithm>
#include <set>
#include <system_error>

#include "config/importers/importers.h"
#include "config/importers/response_file.h"
#include "config/importers/text_scan.h"
#include "config/text_file.h"

namespace auralis {
namespace {

// By how the file begins and what it is called; texts that say nothing are Equalizer APO's.
ImportFormat FormatOf(const std::filesystem::path& file, std::string_view text) {
  static const std::set<std::string> kSounds = {".wav", ".irs", ".flac", ".aif", ".aiff", ".ogg"};
  const std::string ending = Lowered(file.extension().string());
  if (kSounds.contains(ending) || text.starts_with("RIFF") || text.starts_with("fLaC")) {
    return ImportFormat::kResponse;
  }
  if (Stripped(text).starts_with('{') || ending == ".json") return ImportFormat::kEasyEffects;
  if (ending == ".yml" || ending == ".yaml") return ImportFormat::kCamillaDsp;
  return ImportFormat::kEqualizerApo;
}

}  // namespace

Imported ImportResponse(const std::filesystem::path& file) {
  const Response response = ReadResponseFile(file);
  const std::size_t channels = response.channels.size();
  if (channels != 1 && channels != 2 && channels != 4) {
    throw ConfigError(file.string() + ": has " + std::to_string(channels) +
                      " channels (allowed: 1, 2 or 4)");
  }
  Imported imported;
  imported.response = response;
  imported.preset.values[SignalPath::IndexOf("convolver", "enabled")] = 1.0F;
  return imported;
}

Imported ImportFile(const std::filesystem::path& file, std::optional<ImportFormat> format,
                    const ImportOptions& options) {
  const std::string text = ReadFileBytes(file);
  const std::string name = file.string();
  const std::filesystem::path folder = std::filesystem::absolute(file).parent_path();
  switch (format.value_or(FormatOf(file, text))) {
    case ImportFormat::kEqualizerApo:
      return ImportEqualizerApo(text, name, folder, options);
    case ImportFormat::kEasyEffects:
      return ImportEasyEffects(text, name, folder, options);
    case ImportFormat::kCamillaDsp:
      return ImportCamillaDsp(text, name, folder, options);
    case ImportFormat::kResponse:
      return ImportResponse(file);
  }
  return {};
}

void SaveImported(const std::filesystem::path& preset_file, const Imported& imported) {
  Preset preset = imported.preset;
  if (imported.response) {
    std::filesystem::path response = preset_file;
    response.replace_extension(".wav");
    std::error_code error;
    if (std::filesystem::exists(response, error)) {
      // The one that the preset before it used may be playing, or be of another preset.
      const bool ours = std::filesystem::exists(preset_file, error) &&
                        LoadPreset(preset_file).convolver_file ==
                            std::filesystem::absolute(response).lexically_normal().string();
      if (!ours) {
        throw ConfigError(response.string() + ": is there already, and not of this preset");
      }
    }
    WriteResponseFile(response, *imported.response);
    preset.convolver_file = std::filesystem::absolute(response).lexically_normal().string();
  }
  SavePreset(preset_file, preset);
}

}  // namespace auralis
