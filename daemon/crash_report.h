#pragma once

namespace auralis {

class FlightRecorder;

// From now on SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT leave, in the folder of the state file,
//   crash-PID.txt       the signal, the address, a backtrace for addr2line
//   crash-PID.blackbox  what the flight recorder holds
// before they end the process as they would have. The last few of them are kept. Signals that
// somebody else handles, a sanitizer, are left alone. Nothing is written before there is a crash.
// [control]
void InstallCrashReport(FlightRecorder& recorder);
void RemoveCrashReport();  // before the recorder goes. [control]

}  // namespace auralis
