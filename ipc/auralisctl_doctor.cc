#include "ipc/auralisctl_doctor.h"

#include <dlfcn.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "config/paths.h"
#include "config/preset.h"
#include "config/preset_library.h"
#include "config/preset_rules.h"
#include "config/settings.h"
#include "ipc/auralisctl_json.h"
#include "ipc/auralisctl_setup.h"
#include "ipc/auralisctl_terminal.h"
#include "ipc/client.h"
#include "ipc/tool_output.h"

namespace auralis::ctl {
namespace {

namespace fs = std::filesystem;
using Level = Finding::Level;

// What the daemon says of itself, where one answers.
struct Answers {
  ipc::Status status;
  ipc::Info info;
  ipc::PresetState presets;
};

Finding Ok(const std::string& check, const std::string& text) {
  return {.check = check, .level = Level::kOk, .text = text};
}
Finding Note(const std::string& check, const std::string& text, const std::string& advice = "") {
  return {.check = check, .level = Level::kNote, .text = text, .advice = advice};
}
Finding Problem(const std::string& check, const std::string& text, const std::string& advice) {
  return {.check = check, .level = Level::kProblem, .text = text, .advice = advice};
}

std::string Text(const char* format, double number) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, number);
  return text.data();
}

Finding AskDaemon(const Context& context, std::optional<Answers>& answers) {
  try {
    const fs::path socket = context.socket.empty() ? SocketPath() : context.socket;
    ipc::Client client(socket, kClientName, std::chrono::seconds(2));
    answers = {client.Ask<ipc::Status>(ipc::GetStatus{}), client.Ask<ipc::Info>(ipc::GetInfo{}),
               client.Ask<ipc::PresetState>(ipc::GetPresets{})};
    return Ok("daemon", "auralisd " + answers->info.version + " is " + answers->status.state +
                            " (process " + std::to_string(answers->info.pid) + ").");
  } catch (const std::exception& e) {
    return Problem("daemon", std::string("no daemon answers: ") + e.what() + ".",
                   "start it: systemctl --user start auralisd, or auralisd");
  }
}

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
    return Ok(check, "JACK runs (jackd).");
  }
  if (pulse) {
    return Note(check, "PulseAudio answers, PipeWire and JACK do not.",
                "it plays through ALSA's pulse plug-in; on PipeWire it has a sink of its own");
  }
  return Problem(check, "neither PipeWire nor JACK nor PulseAudio answers.",
                 "start one: systemctl --user start pipewire wireplumber");
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

constexpr char kRightsAdvice[] =
    "join the group that your sound server's package gives rights to (Debian: adduser $USER "
    "pipewire; for jackd2 audio), or install rtkit; then log in anew";

// Threads of a process with real-time priority, by the name that the kernel has of them.
std::vector<std::string> RealTimeThreads(std::uint32_t pid) {
  std::vector<std::string> threads;
  std::error_code error;
  for (const auto& task : fs::directory_iterator("/proc/" + std::to_string(pid) + "/task", error)) {
    const pid_t thread = std::atoi(task.path().filename().c_str());
    const int policy = sched_getscheduler(thread) & ~SCHED_RESET_ON_FORK;
    sched_param param{};
    if ((policy != SCHED_FIFO && policy != SCHED_RR) || sched_getparam(thread, &param) != 0)
      continue;
    std::ifstream comm(task.path() / "comm");
    std::string name;
    std::getline(comm, name);
    threads.push_back(name + (policy == SCHED_FIFO ? ", SCHED_FIFO " : ", SCHED_RR ") +
                      std::to_string(param.sched_priority));
  }
  return threads;
}

bool HasLockedMemory(std::uint32_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmLck:")) return std::atol(line.c_str() + 6) > 0;
  }
  return false;
}

// What the daemon got.
std::vector<Finding> RightsOf(const Answers& answers) {
  std::vector<Finding> findings;
  const std::vector<std::string> threads = RealTimeThreads(answers.info.pid);
  if (!threads.empty()) {
    findings.push_back(
        Ok("priority", "its sound runs with real-time priority (" + threads[0] + ")."));
  } else if (answers.status.device.starts_with("virtual")) {
    findings.push_back(Note("priority", "the virtual device needs no real-time priority."));
  } else {
    findings.push_back(
        Problem("priority", "no thread of the daemon has real-time priority.", kRightsAdvice));
  }
  findings.push_back(HasLockedMemory(answers.info.pid)
                         ? Ok("memory", "memory is locked: what plays is never paged out.")
                         : Note("memory", "memory is not locked.",
                                "LimitMEMLOCK of the service, or ulimit -l, says how much may be"));
  return findings;
}

// What a daemon would get that is started from here.
std::vector<Finding> RightsHere() {
  rlimit priority{};
  rlimit memory{};
  getrlimit(RLIMIT_RTPRIO, &priority);
  getrlimit(RLIMIT_MEMLOCK, &memory);
  std::error_code ignored;
  constexpr char kRtkit[] =
      "/usr/share/dbus-1/system-services/org.freedesktop.RealtimeKit1.service";
  std::vector<Finding> findings;
  if (geteuid() == 0 || priority.rlim_cur > 0) {
    findings.push_back(Ok("priority", "real-time priority can be had by limits (ulimit -r)."));
  } else if (fs::exists(kRtkit, ignored)) {
    findings.push_back(Ok("priority", "real-time priority can be had of RealtimeKit."));
  } else {
    findings.push_back(Problem("priority",
                               "there is no right to real-time priority: ulimit -r is "
                               "0, and RealtimeKit is not installed.",
                               kRightsAdvice));
  }
  constexpr rlim_t kEnough = rlim_t{256} << 20U;
  findings.push_back(memory.rlim_cur >= kEnough
                         ? Ok("memory", "memory may be locked.")
                         : Note("memory",
                                "only " + std::to_string(memory.rlim_cur >> 20U) +
                                    " MiB of memory may be locked (ulimit -l).",
                                kRightsAdvice));
  return findings;
}

// Lines as "update: id:0 key:'clock.rate' value:'48000' type:''".
std::map<std::string, std::string> Metadata(const char* name) {
  std::map<std::string, std::string> values;
  const auto said = RunTool({"pw-metadata", "-n", name});
  if (!said) return values;
  const std::string& text = said->output;
  for (std::size_t at = 0; (at = text.find("key:'", at)) != std::string::npos;) {
    at += 5;
    const std::size_t key_end = text.find('\'', at);
    const std::size_t value = text.find("value:'", at);
    const std::size_t value_end = text.find("' type:", at);
    if (key_end == std::string::npos || value == std::string::npos ||
        value_end == std::string::npos || value + 7 > value_end) {
      break;
    }
    values[text.substr(at, key_end - at)] = text.substr(value + 7, value_end - value - 7);
    at = value_end;
  }
  return values;
}

Finding Timing(const std::optional<Answers>& answers, bool pipewire) {
  const std::string check = "timing";
  if (!pipewire) {
    if (!answers) return Note(check, "without a server or a daemon nobody knows rate and buffer.");
    return Ok(check, "the stream has " + Text("%.0f Hz, ", answers->status.sample_rate_hz) +
                         std::to_string(answers->status.host_frames) + " frames a buffer.");
  }
  std::map<std::string, std::string> settings = Metadata("settings");
  const double rate = std::atof(settings["clock.rate"].c_str());
  const double usual = std::atof(settings["clock.quantum"].c_str());
  const double forced = std::atof(settings["clock.force-quantum"].c_str());
  const double frames = forced > 0.0 ? forced : usual;
  if (!(rate > 0.0) || !(frames > 0.0)) {
    return Note(check, "PipeWire does not say its rate and quantum.",
                "apt install pipewire-bin, for pw-metadata");
  }
  const std::string text = "PipeWire runs at " + Text("%.0f Hz, ", rate) +
                           Text("%.0f frames a cycle ", frames) +
                           Text("(%.1f ms)", 1000.0 * frames / rate);
  if (frames <= 2048.0) return Ok(check, text + ".");
  return Note(check, text + ": pictures run ahead of their sound.",
              "auralisctl setup --quantum 1024");
}

Finding DefaultSink() {
  const std::string check = "default sink";
  const std::string name = DefaultSinkName();
  if (name.empty()) return Note(check, "PipeWire does not say which sink is the default.");
  if (IsAuralisSink(name))
    return Ok(check, "programs play into Auralis: " + name + " is the default.");
  return Problem(check, "programs play past Auralis: the default sink is " + name + ".",
                 "auralisctl setup --default");
}

Finding Output(const std::optional<Answers>& answers) {
  const std::string check = "output";
  if (!answers) return Note(check, "without a daemon nothing goes anywhere.");
  const ipc::Status& status = answers->status;
  if (status.device.starts_with("virtual")) {
    return Problem(check, "nothing is heard: the daemon streams to " + status.device + ".",
                   "start a sound server; auralisd --device portaudio says why it is not taken");
  }
  std::string text = "sound goes " + status.device;
  if (!answers->presets.device_name.empty()) text += ", to " + answers->presets.device_name;
  if (!answers->presets.route.empty()) text += " (" + answers->presets.route + ")";
  constexpr float kMutedDb = -59.9F;
  if (status.sink_volume_db <= kMutedDb) {
    return Problem(check, text + ", which is muted.", "wpctl set-mute @DEFAULT_AUDIO_SINK@ 0");
  }
  return Ok(check, text + ".");
}

// Looks at a file, and adds what is wrong with it.
void CheckFile(const fs::path& file, const std::function<void(const fs::path&)>& load,
               std::vector<Finding>& findings) {
  try {
    load(file);
  } catch (const ConfigError& e) {
    findings.push_back(
        Problem("files", e.what(), "mend it; until then what it said before counts"));
    findings.back().of_files = true;
  }
}

std::vector<Finding> Files() {
  std::vector<Finding> findings;
  std::size_t files = 0;
  std::error_code ignored;
  try {
    if (fs::exists(SettingsPath(), ignored)) {
      CheckFile(SettingsPath(), LoadSettings, findings);
      ++files;
    }
    if (fs::exists(RulesPath(), ignored)) {
      CheckFile(
          RulesPath(),
          [](const fs::path& file) {
            for (const Rule& rule : LoadRules(file)) FindPreset(rule.preset);
          },
          findings);
      ++files;
    }
    for (const PresetFile& preset : ListPresets()) {
      CheckFile(preset.file, LoadPreset, findings);
      ++files;
    }
  } catch (const ConfigError& e) {
    findings.push_back(Problem("files", e.what(), "set HOME"));
  }
  if (findings.empty()) {
    findings.push_back(Ok(
        "files", "settings, rules and presets are sound (" + std::to_string(files) + " files)."));
  }
  return findings;
}

Finding Service() {
  const std::string check = "service";
  const fs::path unit = InstalledUnit();
  if (unit.empty()) {
    return Note(check, "the service is not installed.",
                "cmake --install build/release, then systemctl --user daemon-reload");
  }
  const auto enabled = RunTool({"systemctl", "--user", "is-enabled", "auralisd"});
  if (!enabled) {
    return Note(check, "the service is installed (" + unit.string() +
                           "), but no systemd of this user answers.");
  }
  if (enabled->exit_code != 0) {
    return Problem(check, "the service is installed, and does not start with your session.",
                   "auralisctl setup");
  }
  const auto active = RunTool({"systemctl", "--user", "is-active", "auralisd"});
  if (!active || active->exit_code != 0) {
    return Problem(check, "the service is enabled, but does not run.",
                   "journalctl --user -u auralisd says why; systemctl --user start auralisd");
  }
  return Ok(check, "the service runs, and starts with your session.");
}

const char* NameOf(Level level) {
  return level == Level::kOk ? "ok" : level == Level::kNote ? "note" : "problem";
}

}  // namespace

std::vector<Finding> Examine(const Context& context) {
  std::optional<Answers> answers;
  std::vector<Finding> findings = {AskDaemon(context, answers)};
  const auto add = [&](std::vector<Finding> more) {
    for (Finding& one : more) findings.push_back(std::move(one));
  };
  const bool pipewire = PipeWireAnswers();
  findings.push_back(SoundServer(pipewire));
  findings.push_back(JackLibrary(answers, pipewire));
  add(answers ? RightsOf(*answers) : RightsHere());
  findings.push_back(Timing(answers, pipewire));
  if (pipewire) findings.push_back(DefaultSink());
  findings.push_back(Output(answers));
  if (answers && answers->status.xruns > 0) {
    findings.push_back(
        Note("losses",
             "sound was lost " + std::to_string(answers->status.xruns) + " times since the start.",
             "a longer quantum helps: auralisctl setup --quantum 512"));
  }
  add(Files());
  findings.push_back(Service());
  return findings;
}

int ShowDoctor(const Context& context) {
  int code = EX_OK;
  Json list = Json::array();
  std::string text;
  for (const Finding& one : Examine(context)) {
    if (one.level == Level::kProblem && code != EX_CONFIG) {
      code = one.of_files ? EX_CONFIG : EX_UNAVAILABLE;
    }
    list.push_back({{"check", one.check},
                    {"level", NameOf(one.level)},
                    {"text", one.text},
                    {"advice", one.advice}});
    std::string mark = NameOf(one.level);
    mark.resize(9, ' ');
    text += mark + one.check + ": " + one.text + "\n";
    if (!one.advice.empty()) text += "         " + one.advice + "\n";
  }
  Print(context.json ? JsonLine(list) : text);
  return code;
}

}  // namespace auralis::ctl
