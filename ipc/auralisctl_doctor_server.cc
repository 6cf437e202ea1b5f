#include <dlfcn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>

#include "ipc/auralisctl_doctor_checks.h"

namespace auralis::ctl {
namespace {

namespace fs = std::filesystem;

// By the names that the kernel has of them.
std::set<std::string> RunningPrograms() {
  std::set<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    const std::string pid = entry.path().filename().string();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream comm(entry.path() / "comm");
    std::string name;
    std::getline(comm, name);
    names.insert(name);
  }
  return names;
}

fs::path RuntimeFolder() {
  const char* const folder = std::getenv("XDG_RUNTIME_DIR");
  return folder != nullptr && *folder != '\0' ? fs::path(folder)
                                              : fs::path("/run/user") / std::to_string(getuid());
}

bool Listens(const fs::path& socket) {
  const std::string path = socket.string();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return false;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return false;
  const bool listens =
      connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  close(descriptor);
  return listens;
}

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

bool PipeWireAnswers() {
  const char* const remote = std::getenv("PIPEWIRE_REMOTE");
  const char* const folder = std::getenv("PIPEWIRE_RUNTIME_DIR");
  const fs::path where = folder != nullptr && *folder != '\0' ? fs::path(folder) : RuntimeFolder();
  return Listens(where / (remote != nullptr && *remote != '\0' ? remote : "pipewire-0"));
}

Finding SoundServer(bool pipewire) {
  const std::string check = "sound server";
  const std::set<std::string> programs = RunningPrograms();
  const bool pulse = Listens(RuntimeFolder() / "pulse/native");
  if (pipewire) {
    if (!programs.contains("wireplumber") && !programs.contains("pipewire-media-")) {
      return Problem(check, "PipeWire answers, but no session manager runs that would link it.",
                     "apt install wireplumber; systemctl --user start wireplumber");
    }
    return Ok(check, std::string("PipeWire answers") +
                         (pulse ? ", and speaks PulseAudio's language, too." : "."));
  }
  if (programs.contains("jackd") || programs.contains("jackdbus")) {
    return Ok(
        check,
        "JACK runs (jackd): programs connect to Auralis:playback_1 and _2; JACK has no default "
        "that all follow.");
  }
  if (pulse) {
    return Note(
        check, "PulseAudio answers, PipeWire and JACK do not.",
        "there Auralis has no sink of its own, follows no other output and knows no volume: "
        "docs/devices.md says how to make one with pactl; on PipeWire it does all of it");
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
