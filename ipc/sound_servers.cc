#include "ipc/sound_servers.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace auralis::ctl {
namespace {

namespace fs = std::filesystem;

// Of this session's sockets.
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

bool PipeWireAnswers() {
  const char* const remote = std::getenv("PIPEWIRE_REMOTE");
  const char* const folder = std::getenv("PIPEWIRE_RUNTIME_DIR");
  const fs::path where = folder != nullptr && *folder != '\0' ? fs::path(folder) : RuntimeFolder();
  return Listens(where / (remote != nullptr && *remote != '\0' ? remote : "pipewire-0"));
}

// Asking would be a connection that jackd complains of. A server that was killed leaves its socket.
bool JackRuns() {
  const char* const server = std::getenv("JACK_DEFAULT_SERVER");
  const std::string name = server != nullptr && *server != '\0' ? server : "default";
  const std::set<std::string> programs = RunningPrograms();
  return fs::exists("/dev/shm/jack_" + name + "_" + std::to_string(getuid()) + "_0") &&
         (programs.contains("jackd") || programs.contains("jackdbus"));
}

}  // namespace

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

bool PulseAudioAnswers() { return Listens(RuntimeFolder() / "pulse/native"); }

SoundServer FindSoundServer() {
  if (PipeWireAnswers()) return SoundServer::kPipeWire;
  if (JackRuns()) return SoundServer::kJack;
  return PulseAudioAnswers() ? SoundServer::kPulseAudio : SoundServer::kNone;
}

}  // namespace auralis::ctl
