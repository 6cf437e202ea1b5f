#include "tests/system/thread_costs.h"

#include <filesystem>
#include <fstream>

namespace auralis::test {

std::map<std::string, Cost> CostsOf(pid_t pid) {
  std::map<std::string, Cost> costs;
  const std::filesystem::path tasks = "/proc/" + std::to_string(pid) + "/task";
  for (const auto& task : std::filesystem::directory_iterator(tasks)) {
    std::string name;
    std::getline(std::ifstream(task.path() / "comm"), name);
    Cost& cost = costs[task.path().filename().string() + " " + name];
    std::ifstream status(task.path() / "status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("voluntary_ctxt_switches:"))
        cost.wake_ups = std::stoull(line.substr(24));
    }
    std::uint64_t ran_ns = 0;
    std::ifstream(task.path() / "schedstat") >> ran_ns;
    cost.cpu_s = static_cast<double>(ran_ns) * 1e-9;
  }
  return costs;
}

}  // namespace auralis::test
