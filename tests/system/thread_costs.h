#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>

namespace auralis::test {

struct Cost {
  std::uint64_t wake_ups = 0;  // voluntary context switches
  double cpu_s = 0.0;
};

// Of each thread of a process, by its number and the name that the kernel has of it.
std::map<std::string, Cost> CostsOf(pid_t pid);

}  // namespace auralis::test
