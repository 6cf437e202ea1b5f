#include "tests/support/sound_server.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace auralis::test {
namespace {

constexpr int kJackServerNames = 4;

// $LIB is the loader's own word for lib, lib64 or lib/x86_64-linux-gnu.
constexpr char kPipeWireJackFolder[] = "/usr/$LIB/pipewire-0.3/jack";

bool Succeeds(const std::vector<std::string>& arguments, const Environment& environment) {
  return RunProgram(arguments, environment).exit_code == 0;
}

// Asks a server until it answers; one that ended instead is quoted.
void AwaitServer(const std::string& name, Process& server, const std::vector<std::string>& question,
                 const Environment& environment) {
  Await(name, [&] {
    if (!server.IsRunning()) throw std::runtime_error(name + " ended: " + server.errors());
    return Succeeds(question, environment);
  });
}

void RequirePipeWire() {
  RequireProgram("dbus-daemon", "dbus-daemon");
  RequireProgram("pipewire", "pipewire");
  RequireProgram("wireplumber", "wireplumber");
  RequireProgram("pipewire-pulse", "pipewire-pulse");
  RequireProgram("pactl", "pulseaudio-utils");
  RequireProgram("pw-cli", "pipewire-bin");
  RequireProgram("pw-jack", "pipewire-jack");
}

}  // namespace

Environment ForSoundClients(Environment environment) {
  environment["LSAN_OPTIONS"] = "detect_leaks=0";
  return environment;
}

PipeWireServer::PipeWireServer(unsigned quantum_frames) : quantum_frames_(quantum_frames) {
  RequirePipeWire();
  const std::string home = folder_.path();
  // pipewire-pulse gives up if a client makes this folder in the same moment.
  std::filesystem::create_directory(folder_ / "pulse");
  const std::string bus = "unix:path=" + home + "/bus";
  environment_ = {{"XDG_RUNTIME_DIR", home},
                  {"HOME", home},
                  {"XDG_CONFIG_HOME", home + "/config"},
                  {"XDG_STATE_HOME", home + "/state"},
                  {"XDG_DATA_HOME", ""},
                  {"XDG_CACHE_HOME", ""},
                  {"DBUS_SESSION_BUS_ADDRESS", bus},
                  {"DISPLAY", ""},
                  {"WAYLAND_DISPLAY", ""},
                  {"PULSE_SERVER", ""},
                  {"PULSE_SINK", ""},
                  {"PIPEWIRE_REMOTE", ""},
                  {"PIPEWIRE_PROPS", ""},
                  {"JACK_DEFAULT_SERVER", ""},
                  {"NOTIFY_SOCKET", ""}};
  const std::filesystem::path settings = folder_ / "config/pipewire/pipewire.conf.d";
  std::filesystem::create_directories(settings);
  std::ofstream(settings / "quantum.conf")
      << "context.properties = { clock.power-of-two-quantum = false }\n";
  server_environment_ = environment_;
  dbus_ = std::make_unique<Process>(std::vector<std::string>{"dbus-daemon", "--session", "--nofork",
                                                             "--nopidfile", "--address=" + bus},
                                    environment_);
  Await("the D-Bus session", [&] { return std::filesystem::exists(home + "/bus"); });
  StartServers();
  environment_["LD_LIBRARY_PATH"] = kPipeWireJackFolder;
  environment_ = ForSoundClients(environment_);
}

void PipeWireServer::StartServers() {
  pipewire_ = std::make_unique<Process>(std::vector<std::string>{"pipewire"}, server_environment_);
  AwaitServer("PipeWire", *pipewire_, {"pw-cli", "info", "0"}, server_environment_);
  session_manager_ =
      std::make_unique<Process>(std::vector<std::string>{"wireplumber"}, server_environment_);
  pulse_ =
      std::make_unique<Process>(std::vector<std::string>{"pipewire-pulse"}, server_environment_);
  AwaitServer("pipewire-pulse", *pulse_, {"pactl", "info"}, server_environment_);
  ForceRate(rate_hz_);
  ForceQuantum(quantum_frames_);
}

void PipeWireServer::Restart() {
  pulse_.reset();
  session_manager_.reset();
  pipewire_.reset();
  modules_.clear();
  StartServers();
}

void PipeWireServer::RestartSessionManager() {
  session_manager_.reset();
  session_manager_ =
      std::make_unique<Process>(std::vector<std::string>{"wireplumber"}, server_environment_);
}

void PipeWireServer::SetClock(const char* key, unsigned value) {
  if (!Succeeds({"pw-metadata", "-n", "settings", "0", key, std::to_string(value)},
                server_environment_)) {
    throw std::runtime_error(std::string("pw-metadata did not set ") + key);
  }
}

void PipeWireServer::ForceRate(unsigned rate_hz) {
  rate_hz_ = rate_hz;
  SetClock("clock.force-rate", rate_hz);
}

void PipeWireServer::ForceQuantum(unsigned frames) {
  quantum_frames_ = frames;
  SetClock("clock.force-quantum", frames);
}

void PipeWireServer::SetDefaultSink(const std::string& name) {
  if (!Succeeds({"pactl", "set-default-sink", name}, environment_)) {
    throw std::runtime_error("pactl did not make " + name + " the default sink");
  }
}

void PipeWireServer::UnloadSink(const std::string& name) {
  if (!Succeeds({"pactl", "unload-module", modules_.at(name)}, environment_)) {
    throw std::runtime_error("pactl did not unload " + name);
  }
  modules_.erase(name);
}

void PipeWireServer::MakeNullSink(const std::string& name, const std::string& description) {
  const Finished made = RunProgram({"pactl", "load-module", "module-null-sink", "sink_name=" + name,
                                    "sink_properties=device.description='" + description + "'"},
                                   environment_);
  if (made.exit_code != 0) throw std::runtime_error("null sink " + name + ": " + made.errors);
  modules_[name] = made.output.substr(0, made.output.find('\n'));
  Await("the ports of sink " + name, [&] {
    return RunProgram({"pw-link", "-io"}, environment_).output.find(name + ":monitor_FR") !=
           std::string::npos;
  });
  // Only a running session manager chooses a default, and only then are streams linked.
  Await("WirePlumber's choice of a default sink", [&] {
    const Finished asked = RunProgram({"pactl", "get-default-sink"}, environment_);
    return asked.exit_code == 0 && asked.output.find('@') == std::string::npos;
  });
}

JackServerName::JackServerName() {
  for (int slot = 0; slot < kJackServerNames; ++slot) {
    text_ = "auralis-test-" + std::to_string(slot);
    lock_fd_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};  // a path that begins with a zero is a name without a file
    address.sun_family = AF_UNIX;
    text_.copy(address.sun_path + 1, sizeof address.sun_path - 1);
    if (bind(lock_fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return;
    close(lock_fd_);
  }
  throw std::runtime_error("all names for a jackd of the tests are in use");
}

JackServerName::~JackServerName() { close(lock_fd_); }

JackServer::JackServer(unsigned period_frames, Late late)
    : late_(late), period_frames_(period_frames) {
  RequireProgram("jackd", "jackd2");
  RequireProgram("jack_lsp", "jackd2");
  environment_ = {{"JACK_DEFAULT_SERVER", name_.text()},
                  {"JACK_NO_AUDIO_RESERVATION", "1"},  // there is no device and no bus to ask
                  {"JACK_NO_START_SERVER", "1"},
                  {"LD_LIBRARY_PATH", ""},
                  {"HOME", folder_.path()},
                  {"XDG_RUNTIME_DIR", folder_.path()},
                  {"XDG_CONFIG_HOME", folder_ / "config"},
                  {"XDG_STATE_HOME", folder_ / "state"},
                  {"NOTIFY_SOCKET", ""}};
  environment_ = ForSoundClients(environment_);
  if (late_ == Late::kWaits) environment_["JACK_WAITS_FOR_CLIENTS"] = "1";  // for jack_client
  StartServer(48000);
}

JackServer::~JackServer() { End(); }

void JackServer::StartServer(unsigned rate_hz) {
  std::vector<std::string> command = {"jackd", "--name", name_.text()};
  if (late_ == Late::kWaits) command.insert(command.end(), {"--sync", "--timeout", "2000"});
  command.insert(command.end(), {"-d", "dummy", "-r", std::to_string(rate_hz), "-p",
                                 std::to_string(period_frames_)});
  jackd_ = std::make_unique<Process>(command, environment_);
  AwaitServer("jackd", *jackd_, {"jack_lsp"}, environment_);
}

void JackServer::Restart(unsigned rate_hz) {
  End();
  StartServer(rate_hz);
}

void JackServer::SignalBefore(const std::string& call, const std::string& signal) {
  const std::filesystem::path draft = folder_ / "draft";
  // Whichever server of that name runs by then.
  std::ofstream(draft) << "pkill --signal " << signal << " --full '^jackd --name " << name_.text()
                       << " '\n";
  std::filesystem::rename(draft, folder_ / call);
}

Environment JackServer::FaultyEnvironment() const {
  Environment faulty = environment_;
  faulty["LD_PRELOAD"] = AURALIS_FAULTS_BEFORE_CALLS;
  faulty["AURALIS_FAULTS_BEFORE"] = folder_.path();
  return faulty;
}

void JackServer::End() {
  jackd_.reset();
  // A killed jackd leaves its semaphores and sockets, which carry its name.
  std::error_code ignored;
  for (const auto& file : std::filesystem::directory_iterator("/dev/shm", ignored)) {
    if (file.path().filename().string().find(name_.text()) != std::string::npos) {
      std::filesystem::remove(file, ignored);
    }
  }
}

}  // namespace auralis::test
