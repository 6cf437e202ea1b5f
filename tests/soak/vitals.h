#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace auralis::test {

// What a process has in use, as the kernel counts it (proc(5)).
struct Vitals {
  std::size_t private_kb = 0;  // memory that is its own: RssAnon
  std::size_t descriptors = 0;
  std::size_t threads = 0;
};
// Throws std::runtime_error where there is no such process.
Vitals VitalsOf(pid_t process);

}  // namespace auralis::test
