// Files of other programs: each importer takes them, or refuses with a ConfigError. The first byte
// says whose they are. What is taken is a preset that can be written and read again.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>

#include "config/importers/importers.h"
#include "config/preset.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace auralis;
  if (size == 0) return 0;
  // What they include or load is not there.
  static const std::filesystem::path kNowhere = "/nonexistent";
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto import = [&]() -> Imported {
    switch (data[0] % 3) {
      case 0:
        return ImportEqualizerApo(text, "fuzz", kNowhere);
      case 1:
        return ImportEasyEffects(text, "fuzz", kNowhere);
      default:
        return ImportCamillaDsp(text, "fuzz", kNowhere);
    }
  };
  try {
    const Imported imported = import();
    ParsePreset(PresetText(imported.preset), "again");
  } catch (const ConfigError&) {  // that is an answer
  }
  return 0;
}
