#pragma once

#include <cstddef>

namespace auralis {

// Brings the code that the callback may run, and its constants, into memory, so that its first call
// waits for no disk and takes no page fault: the program, and the libraries that the callback goes
// through. Keeps it there where RLIMIT_MEMLOCK allows. Returns the bytes that are in memory now.
// What a kernel older than 5.14 or a small limit refuses costs some faults, never the sound.
// [control] once, before the device starts
std::size_t MakeCodeResident() noexcept;

}  // namespace auralis
