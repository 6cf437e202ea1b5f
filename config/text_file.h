#pragma once
// Files that people write: read whole, within limits, and replaced whole. [control]

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "config/config_error.h"

namespace auralis {

inline constexpr std::size_t kMaxTextFileBytes = std::size_t{1} << 20;

// The bytes of a regular file, at most `max_bytes` and one (which says that there is more). Throws
// ConfigError that names the file and why it cannot be read.
std::string ReadFileBytes(const std::filesystem::path& file,
                          std::size_t max_bytes = kMaxTextFileBytes);

// Throws ConfigError where `text` is larger than 1 MiB or has zero bytes in it; `kind` is what it
// should have been, as in "a settings file".
void CheckIsText(std::string_view text, std::string_view name, std::string_view kind);

// Puts `text` in the place of the file: at every moment, of a crash too, there is the old file or
// the new one, whole, and both are on the disk when this returns. What was there before is kept
// beside it, under its name with a ~. A link is followed. Makes the folder. Throws ConfigError, the
// file being what it was.
void ReplaceFile(const std::filesystem::path& file, std::string_view text);

}  // namespace auralis
