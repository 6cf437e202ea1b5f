#include "tests/support/pulse_server.h"

#include <fstream>
#include <stdexcept>

#include "tests/support/sound_server.h"

namespace auralis::test {
namespace {

const std::filesystem::path kUnpacked = AURALIS_UNPACKED_PULSEAUDIO;

// The folders of a tree in which a file of that name is, as a loader's path.
std::string FoldersOf(const std::filesystem::path& tree, const std::string& ending) {
  std::string path;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(tree)) {
    if (!entry.is_directory()) continue;
    bool fits = false;
    for (const auto& file : std::filesystem::directory_iterator(entry)) {
      fits = fits || file.path().filename().string().find(ending) != std::string::npos;
    }
    if (fits) path += (path.empty() ? "" : ":") + entry.path().string();
  }
  return path;
}

}  // namespace

bool PulseServer::IsThere() { return std::filesystem::exists(kUnpacked / "usr/bin/pulseaudio"); }

PulseServer::PulseServer() {
  const std::string home = folder_.path();
  environment_ = ForSoundClients({{"XDG_RUNTIME_DIR", home},
                                  {"HOME", home},
                                  {"XDG_CONFIG_HOME", home + "/config"},
                                  {"XDG_STATE_HOME", home + "/state"},
                                  {"DBUS_SESSION_BUS_ADDRESS", "unix:path=" + home + "/none"},
                                  {"DBUS_SYSTEM_BUS_ADDRESS", "unix:path=" + home + "/none"},
                                  {"DISPLAY", ""},
                                  {"PULSE_SERVER", ""},
                                  {"PULSE_SINK", ""},
                                  {"PULSE_SOURCE", ""},
                                  {"NOTIFY_SOCKET", ""},
                                  {"ALSA_CONFIG_PATH", home + "/alsa.conf"},
                                  {"ALSA_PLUGIN_DIR", FoldersOf(kUnpacked, "pcm_pulse.so")}});
  std::ofstream(folder_ / "alsa.conf")
      << "</usr/share/alsa/alsa.conf>\npcm.pulse { type pulse hint.description \"PulseAudio\" }\n";
  Environment own = environment_;
  own["LD_LIBRARY_PATH"] = FoldersOf(kUnpacked, ".so");
  server_ = std::make_unique<Process>(
      std::vector<std::string>{
          kUnpacked / "usr/bin/pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1",
          "--use-pid-file=no", "--dl-search-path=" + FoldersOf(kUnpacked, "module-null-sink.so"),
          "--load=module-native-protocol-unix", "--load=module-null-sink sink_name=speakers"},
      own);
  Await("PulseAudio", [&] {
    if (!server_->IsRunning()) throw std::runtime_error("pulseaudio ended: " + server_->errors());
    return RunProgram({"pactl", "info"}, environment_).exit_code == 0;
  });
}

std::string PulseServer::Pactl(const std::vector<std::string>& words) const {
  std::vector<std::string> command = {"pactl"};
  command.insert(command.end(), words.begin(), words.end());
  const Finished done = RunProgram(command, environment_);
  if (done.exit_code != 0) throw std::runtime_error("pactl " + words.at(0) + ": " + done.errors);
  return done.output;
}

}  // namespace auralis::test
