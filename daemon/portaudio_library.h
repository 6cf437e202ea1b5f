#pragma once
// PortAudio as one would want it: quiet, and without a call that lasts for ever.

#include <portaudio.h>

#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "daemon/audio_device.h"
#include "daemon/device_match.h"

namespace auralis {

// Throws DeviceError, "what: why", where `error` is one. [control]
void CheckPortAudio(PaError error, const std::string& what);

// What ALSA, JACK and PortAudio print beside the errors that they give back is dropped. [control]
void SilenceSoundLibraries();

// Against the clock: a sound server that hangs would hold us for ever, and every signal with us.
// The thread that waits for it is left behind; whoever comes again waits for the same call. `done`
// keeps it between. Throws DeviceError after five seconds. [control]
template <class Result>
Result AwaitAnswer(std::future<Result>& done, Result (*call)()) {
  if (!done.valid()) {
    std::packaged_task<Result()> task(call);
    done = task.get_future();
    std::thread(std::move(task)).detach();
  }
  if (done.wait_for(std::chrono::seconds(5)) != std::future_status::ready) {
    throw DeviceError("the sound server is there, but does not answer");
  }
  return done.get();
}

// Pa_Initialize and Pa_Terminate in pairs.
class PortAudioLibrary {
 public:
  // `client_name` is what JACK shows. Throws DeviceError. [control]
  explicit PortAudioLibrary(const std::string& client_name);
  ~PortAudioLibrary();
  PortAudioLibrary(const PortAudioLibrary&) = delete;
  PortAudioLibrary& operator=(const PortAudioLibrary&) = delete;

  // What it has open stays so, for the process's end. [control]
  void Abandon() { owns_ = false; }
  // In PortAudio's order, so that an index into the list is a PaDeviceIndex. [control]
  std::vector<SoundDevice> Devices() const;
  // Clients of PipeWire's JACK that are opened from now on are none of PortAudio's. [control]
  static void LetOthersRest();

 private:
  bool owns_ = true;
};

}  // namespace auralis
