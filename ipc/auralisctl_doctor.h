#pragma once
// `auralisctl doctor`: what stands between a person and their sound, in sentences.

#include <string>
#include <vector>

#include "ipc/auralisctl_commands.h"

namespace auralis::ctl {

struct Finding {
  enum class Level { kOk, kNote, kProblem };
  std::string check;  // "daemon", "sound server", ..: the same in every release
  Level level = Level::kOk;
  std::string text;         // what was found, one sentence
  std::string advice = {};  // what to do about it; "" where there is nothing to do
  bool of_files = false;    // a mistake in a file of the user's
};

// Every check. Needs no daemon. "" in `context.socket` takes the usual one.
std::vector<Finding> Examine(const Context& context);
// Prints them. The exit code: 0 where nothing is wrong, 78 where a file has mistakes, else 69.
int ShowDoctor(const Context& context);

}  // namespace auralis::ctl
