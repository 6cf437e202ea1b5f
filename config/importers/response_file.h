#pragma once

#include <filesystem>

#include "config/importers/imported.h"

namespace auralis {

// Any sound file that libsndfile reads, up to 10 s and 16 channels. Throws ConfigError. [control]
Response ReadResponseFile(const std::filesystem::path& file);
// A WAV of 32-bit floats, whole or not at all (text_file.h). Throws ConfigError. [control]
void WriteResponseFile(const std::filesystem::path& file, const Response& response);

}  // namespace auralis
