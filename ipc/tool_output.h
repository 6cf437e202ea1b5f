#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace auralis::ctl {

struct ToolOutput {
  int exit_code;  // or minus the signal
  std::string output;
};

// Runs a program to its end, without a shell. Nothing where it is not installed, says more than a
// few MB, or takes longer than `patience`; then it is ended.
std::optional<ToolOutput> RunTool(const std::vector<std::string>& arguments,
                                  std::chrono::milliseconds patience = std::chrono::seconds(3));

}  // namespace auralis::ctl
