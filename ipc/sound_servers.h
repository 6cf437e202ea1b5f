#pragma once

#include <set>
#include <string>

namespace auralis::ctl {

// Of everybody, by the names that the kernel has of them.
std::set<std::string> RunningPrograms();

// The one that Auralis would play through.
enum class SoundServer {
  kNone,
  kPipeWire,
  kJack,  // a bare server of this user, the one that JACK_DEFAULT_SERVER names
  kPulseAudio,
};
SoundServer FindSoundServer();

// Whether somebody listens where PulseAudio's clients look; PipeWire may be who does.
bool PulseAudioAnswers();

}  // namespace auralis::ctl
