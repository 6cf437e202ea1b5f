#pragma once
// The way out where a sound server's client library can neither be used on nor closed: the process
// begins anew in its place, with its number, its arguments and its control socket, within a second.

#include <string>

namespace auralis {

// What the process before handed to this one.
struct Inheritance {
  bool any = false;
  int listening_fd = -1;  // of the control socket
};

// Takes it out of the environment, so that no child finds it. Before there are threads. [control]
Inheritance TakeInheritance();

// Every other descriptor but the standard streams is closed, every thread ends, nothing is waited
// for: what is to be kept must be written by now. Returns only where it failed, with the reason.
// [control]
std::string RestartInPlace(int listening_fd);

}  // namespace auralis
