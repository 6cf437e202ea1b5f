#include "config/whole_file.h"

#include <fstream>

#include "config/config_error.h"

namespace auralis {

void WriteWhole(const std::filesystem::path& file, std::string_view text) {
  std::filesystem::path fresh = file;
  fresh += ".new";
  try {
    if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path());
    std::ofstream out(fresh, std::ios::trunc | std::ios::binary);
    out << text;
    out.close();
    if (!out) throw ConfigError(fresh.string() + ": cannot be written");
    std::filesystem::rename(fresh, file);
  } catch (const std::filesystem::filesystem_error& e) {
    throw ConfigError(file.string() + ": " + e.code().message());
  }
}

}  // namespace auralis
