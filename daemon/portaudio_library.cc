#include "daemon/portaudio_library.h"

#include <alsa/asoundlib.h>
#include <jack/jack.h>
#include <pa_jack.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace auralis {
namespace {

// PortAudio searches ports by regular expression and does not escape the name: a device called
// "HDA (HDMI 2)" would have no channels. PipeWire can show such characters as spaces.
constexpr char kPipeWireProps[] = "{ jack.filter-name = true }";
// MIDI's clients are not called in every cycle; PortAudio's would not be called in any.
constexpr char kOtherClientsProps[] = "{ jack.filter-name = true, node.always-process = false }";

std::string TextOf(PaError error) {
  if (error == paUnanticipatedHostError) {
    const PaHostErrorInfo* info = Pa_GetLastHostErrorInfo();
    if (info != nullptr && info->errorText != nullptr && *info->errorText != '\0') {
      return info->errorText;
    }
  }
  return Pa_GetErrorText(error);
}

// ALSA prints some forty lines for each PCM it cannot open while PortAudio probes, libjack one
// for each server that does not answer. What matters comes back as an error code.
void DropAlsaMessage(const char*, int, const char*, int, const char*, ...) {}
void DropJackMessage(const char*) {}

// PortAudio has no such handler, prints each failed check to stderr, and while an ALSA device is
// gone does that a million times a second. So its lines are taken out of the C stream; all others
// go on to the descriptor.
std::atomic<bool> process_ends{false};  // the library flushes then, and lines come in pieces

ssize_t WriteUnlessPortAudio(void*, const char* text, std::size_t size) {
  constexpr std::string_view kFailedCheck = "Expression '";
  if (process_ends || std::string_view(text, size).starts_with(kFailedCheck)) {
    return static_cast<ssize_t>(size);
  }
  // A closed standard error is 0 bytes written: the stream may not be told less.
  return std::max<ssize_t>(0, write(STDERR_FILENO, text, size));
}

void FilterStderr() {
  std::FILE* const filtered =
      fopencookie(nullptr, "w", {nullptr, &WriteUnlessPortAudio, nullptr, nullptr});
  if (filtered == nullptr) return;  // then it is only noisy
  static char line_buffer[BUFSIZ];  // so that a line comes whole
  std::setvbuf(filtered, line_buffer, _IOLBF, sizeof line_buffer);
  std::atexit([] { process_ends = true; });
  stderr = filtered;  // a variable in the GNU C library, to be set like any other
}

bool HasProps(std::string_view wanted) {
  const char* const props = std::getenv("PIPEWIRE_PROPS");
  return props != nullptr && props == wanted;
}

std::string LabelOf(PaHostApiIndex index) {
  const PaHostApiInfo* info = Pa_GetHostApiInfo(index);
  return info->type == paJACK ? "JACK" : info->name;
}

}  // namespace

void CheckPortAudio(PaError error, const std::string& what) {
  if (error < 0) throw DeviceError(what + ": " + TextOf(error));
}

void SilenceSoundLibraries() {
  [[maybe_unused]] static const bool kOnce = (FilterStderr(), true);
  snd_lib_error_set_handler(DropAlsaMessage);
  jack_set_error_function(DropJackMessage);
  jack_set_info_function(DropJackMessage);
}

PortAudioLibrary::PortAudioLibrary(const std::string& client_name) {
  static std::string kept_name;  // PortAudio keeps the pointer
  kept_name = client_name;
  CheckPortAudio(PaJack_SetClientName(kept_name.c_str()), "JACK client name '" + client_name + "'");
  // Of a process that this one goes on for.
  if (HasProps(kOtherClientsProps)) unsetenv("PIPEWIRE_PROPS");
  setenv("PIPEWIRE_PROPS", kPipeWireProps, 0);
  SilenceSoundLibraries();
  static std::future<PaError> done;
  CheckPortAudio(AwaitAnswer(done, &Pa_Initialize), "PortAudio");
  SilenceSoundLibraries();  // PortAudio installs its own
}

PortAudioLibrary::~PortAudioLibrary() {
  if (owns_) Pa_Terminate();
}

void PortAudioLibrary::LetOthersRest() {
  if (HasProps(kPipeWireProps)) setenv("PIPEWIRE_PROPS", kOtherClientsProps, 1);
}

std::vector<SoundDevice> PortAudioLibrary::Devices() const {
  const PaDeviceIndex count = std::max(0, Pa_GetDeviceCount());
  std::vector<SoundDevice> list;
  list.reserve(static_cast<std::size_t>(count));
  for (PaDeviceIndex i = 0; i < count; ++i) {
    const PaDeviceInfo& info = *Pa_GetDeviceInfo(i);
    std::string name = info.name;
    name.erase(name.find_last_not_of(' ') + 1);
    list.push_back({LabelOf(info.hostApi), std::move(name), info.maxInputChannels,
                    info.maxOutputChannels, info.defaultSampleRate,
                    Pa_GetHostApiInfo(info.hostApi)->defaultOutputDevice == i});
  }
  return list;
}

}  // namespace auralis
