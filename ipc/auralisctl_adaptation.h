#pragma once
// What auralisctl says and asks about adaptation. As the other commands: each connects, does its
// one thing and prints it.

#include <stdexcept>
#include <string>

#include "ipc/auralisctl_commands.h"

namespace auralis::ctl {

// What was to be learnt from was no good.
class LearningFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

void ShowAdaptation(const Context& context);
void SteerAdaptation(const Context& context, ipc::Adapt::Action action,
                     const std::string& text = "");
// Learns from `path`, "" forgets, and waits for it with a line of progress; a signal leaves it to
// the daemon.
void Learn(const Context& context, ipc::Adapt::Action action, const std::string& path);

}  // namespace auralis::ctl
