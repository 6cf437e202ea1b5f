#pragma once

#include <filesystem>
#include <string_view>

namespace auralis {

// Writes a file whole: afterwards it holds `text`, or, on an error, what it held before. Makes its
// folder. Throws ConfigError, with the file and what is wrong. [control]
void WriteWhole(const std::filesystem::path& file, std::string_view text);

}  // namespace auralis
