#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ipc/sound_servers.h"

namespace auralis::ctl {

// One of what `auralisctl setup` does.
struct Step {
  std::string what;           // a sentence without its full stop
  std::function<bool()> act;  // empty where there is nothing to do
  std::string otherwise;      // what a person can do where it fails
};

// What the service needs to know of a sound server that is not PipeWire, and on PulseAudio the
// sink; on PipeWire, that it forgets it.
std::vector<Step> SoundServerSteps(SoundServer server);
// PulseAudio's default.
Step PulseAudioDefaultStep();

}  // namespace auralis::ctl
