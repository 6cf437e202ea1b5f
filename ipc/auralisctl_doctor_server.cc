#include <dlfcn.h>

#include <fstream>
#include <set>

#include "ipc/auralisctl_doctor_checks.h"
#include "ipc/sound_servers.h"

namespace auralis::ctl {
namespace {

// Of a running daemon, else what one that is started from here would get; "" for none.
std::string JackLibraryPath(const std::optional<Answers>& answers) {
  if (answers) {
    std::ifstream maps("/proc/" + std::to_string(answers->info.pid) + "/maps");
    for (std::string line; std::getline(maps, line);) {
      const std::size_t path = line.find('/');
      if (path != std::string::npos && line.find("libjack.so", path) != std::string::npos) {
        return line.substr(path);
      }
    }
    return "";
  }
  void* const library = dlopen("libjack.so.0", RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) return "";
  Dl_info found{};
  std::string path;
  void* const symbol = dlsym(library, "jack_client_open");
  if (symbol != nullptr && dladdr(symbol, &found) != 0 && found.dli_fname != nullptr) {
    path = found.dli_fname;
  }
  dlclose(library);
  return path;
}

}  // namespace

Finding AnsweringServer(SoundServer server) {
  const std::string check = "sound server";
  const std::set<std::string> programs = RunningPrograms();
  if (server == SoundServer::kPipeWire) {
    if (!programs.contains("wireplumber") && !programs.contains("pipewire-media-")) {
      return Problem(check, "PipeWire answers, but no session manager runs that would link it.",
                     "apt install wireplumber; systemctl --user start wireplumber");
    }
    return Ok(check, std::string("PipeWire answers") +
                         (PulseAudioAnswers() ? ", and speaks PulseAudio's language, too." : "."));
  }
  if (server == SoundServer::kJack) {
    return Ok(
        check,
        "JACK runs (jackd): programs connect to Auralis:playback_1 and _2; JACK has no default "
        "that all follow.");
  }
  if (server == SoundServer::kPulseAudio) {
    return Note(
        check, "PulseAudio answers, PipeWire and JACK do not.",
        "there Auralis follows no other output and knows no volume; auralisctl setup makes it a "
        "sink; on PipeWire it does all of it by itself");
  }
  return Problem(check, "neither PipeWire nor JACK nor PulseAudio answers.",
                 "start one: systemctl --user start pipewire wireplumber");
}

Finding JackLibrary(const std::optional<Answers>& answers, bool pipewire) {
  const std::string check = "jack library";
  const std::string path = JackLibraryPath(answers);
  if (path.empty()) {
    return answers ? Note(check, "the daemon has loaded no JACK library.")
                   : Note(check, "there is no JACK library.");
  }
  const bool of_pipewire = path.find("pipewire") != std::string::npos;
  const std::string text =
      std::string(of_pipewire ? "PipeWire's" : "jackd's") + " JACK library is used (" + path + ")";
  if (of_pipewire == pipewire) return Ok(check, text + ".");
  const std::string wrong = text + ", and " + (pipewire ? "PipeWire" : "no PipeWire") + " answers.";
  const std::string advice =
      pipewire ? "pw-jack auralisd, or the service, take PipeWire's (Debian: pipewire-jack)"
               : "without PipeWire's folder jackd's is taken: Environment=LD_LIBRARY_PATH= in "
                 "systemctl --user edit auralisd";
  const bool matters = !answers || answers->status.device.starts_with("JACK");
  return matters ? Problem(check, wrong, advice) : Note(check, wrong, advice);
}

}  // namespace auralis::ctl
