#pragma once

#include <CLI/CLI.hpp>
#include <cmath>
#include <string>

namespace auralis {

// CLI::Range, and no NaN, which that lets through. [control]
inline CLI::Validator RangeOfNumbers(double min, double max) {
  CLI::Validator range = CLI::Range(min, max);
  return range.operation([range, min, max](std::string& text) {
    double value = 0.0;
    // What is no number at all, the range refuses itself.
    if (CLI::detail::lexical_cast(text, value) && std::isnan(value)) {
      return "Value " + text + " not in range " + std::to_string(min) + " to " +
             std::to_string(max);
    }
    return range(text);
  });
}

}  // namespace auralis
