#pragma once
// What was learnt from music, in files of its own beside the state. Nobody has to write them; both
// may be read, changed and deleted.

#include <filesystem>
#include <optional>

#include "dsp/adaptive/aims.h"
#include "dsp/adaptive/calibration.h"

namespace auralis {

// Nothing where there is no file. Throw ConfigError where one cannot be read or makes no sense.
// [control]
std::optional<Reference> LoadReference(const std::filesystem::path& file);
std::optional<Calibration> LoadCalibration(const std::filesystem::path& file);

// The file is there whole, or as it was before. Throw ConfigError. [control]
void SaveReference(const std::filesystem::path& file, const Reference& reference);
void SaveCalibration(const std::filesystem::path& file, const Calibration& calibration);

}  // namespace auralis
