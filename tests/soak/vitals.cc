#include "tests/soak/vitals.h"

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace auralis::test {

Vitals VitalsOf(pid_t process) {
  const std::filesystem::path folder = "/proc/" + std::to_string(process);
  Vitals vitals;
  std::ifstream status(folder / "status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("RssAnon:")) vitals.private_kb = std::stoul(line.substr(8));
    if (line.starts_with("Threads:")) vitals.threads = std::stoul(line.substr(8));
  }
  if (vitals.threads == 0) throw std::runtime_error("the daemon is gone");
  for ([[maybe_unused]] const auto& one : std::filesystem::directory_iterator(folder / "fd")) {
    ++vitals.descriptors;
  }
  return vitals;
}

}  // namespace auralis::test
