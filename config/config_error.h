#pragma once

#include <stdexcept>

namespace auralis {

// What is wrong with a file or the environment that a user set up. `what()` is one line an error,
// "file:line: key: reason".
class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace auralis
