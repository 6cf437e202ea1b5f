#include "config/shipped_folder.h"

#include <cstdlib>
#include <system_error>

namespace auralis {

namespace fs = std::filesystem;

fs::path ShippedFolder(const std::string& kind, const char* variable) {
  if (const char* named = std::getenv(variable); named != nullptr && *named != '\0') return named;
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  fs::path installed = program.parent_path().parent_path() / "share/auralis" / kind;
  if (!error && fs::is_directory(installed, error)) return installed;
  fs::path source = fs::path(AURALIS_SOURCE_DATA) / kind;
  if (fs::is_directory(source, error)) return source;
  return fs::path(AURALIS_INSTALLED_DATA) / kind;
}

}  // namespace auralis
