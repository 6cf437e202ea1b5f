#pragma once

#include <memory>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace auralis::test {

// A system bus of its own with polkit and RealtimeKit, which gives threads real-time priority.
// Takes root.
class RealtimeKitBus {
 public:
  // Throws std::runtime_error where a package is not there.
  RealtimeKitBus();
  // Added to a client's, it finds this bus.
  const Environment& environment() const { return environment_; }

 private:
  TempDir folder_;
  Environment environment_;
  std::unique_ptr<Process> bus_;
  std::unique_ptr<Process> polkit_;
  std::unique_ptr<Process> rtkit_;
};

}  // namespace auralis::test
