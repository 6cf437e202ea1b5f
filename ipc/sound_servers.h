#pragma once

#include <set>
#include <string>

namespace auralis::ctl {

// Of everybody, by the names that the kernel has of them.
std::set<std::string> RunningPrograms();

// Whether somebody listens where their clients look.
bool PipeWireAnswers();
bool PulseAudioAnswers();  // PipeWire may be who does
// A bare server of this user, the one that JACK_DEFAULT_SERVER names; not PipeWire.
bool JackRuns();

}  // namespace auralis::ctl
