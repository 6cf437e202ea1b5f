#include "ipc/auralisctl_setup.h"

#include <sysexits.h>

#include <cstdlib>
#include <vector>

#include "config/config_error.h"
#include "config/paths.h"
#include "config/text_file.h"
#include "ipc/auralisctl_json.h"
#include "ipc/auralisctl_setup_steps.h"
#include "ipc/auralisctl_terminal.h"
#include "ipc/sound_servers.h"
#include "ipc/tool_output.h"

namespace auralis::ctl {
namespace {

namespace fs = std::filesystem;

struct Sink {
  std::string name;
  std::string description;
};

// Of the PipeWire server, from what it dumps.
std::vector<Sink> Sinks() {
  std::vector<Sink> sinks;
  const auto dump = RunTool({"pw-dump"}, std::chrono::seconds(5));
  if (!dump) return sinks;
  const auto objects = nlohmann::json::parse(dump->output, nullptr, false);
  if (!objects.is_array()) return sinks;
  const nlohmann::json::json_pointer props_of("/info/props");
  for (const auto& object : objects) {
    if (!object.is_object() || !object.contains(props_of)) continue;
    const auto& props = object.at(props_of);
    if (!props.is_object() || props.value("media.class", "") != "Audio/Sink") continue;
    sinks.push_back({props.value("node.name", ""), props.value("node.description", "")});
  }
  return sinks;
}

bool IsAuralis(const Sink& sink) {
  return sink.name == "auralis" || sink.name == "Auralis" || sink.description == "Auralis";
}

fs::path ConfigHome() { return UserConfigFolder().parent_path(); }

Step ServiceStep() {
  const fs::path unit = InstalledUnit();
  if (unit.empty()) return {"the service is not installed", {}, "cmake --install build/release"};
  return {
      "enable the service, so that it starts with your session (systemctl --user enable --now "
      "auralisd)",
      [] {
        RunTool({"systemctl", "--user", "daemon-reload"}, std::chrono::seconds(10));
        const auto done = RunTool({"systemctl", "--user", "enable", "--now", "auralisd"},
                                  std::chrono::seconds(20));
        return done && done->exit_code == 0;
      },
      "systemctl --user status auralisd says why"};
}

Step DefaultStep(SoundServer server) {
  if (server == SoundServer::kPulseAudio) return PulseAudioDefaultStep();
  if (server == SoundServer::kJack) {
    return {"JACK has no default sink",
            {},
            "connect programs to Auralis:playback_1 and Auralis:playback_2 in a patch bay"};
  }
  for (const Sink& sink : Sinks()) {
    if (!IsAuralis(sink)) continue;
    return {"make " + sink.name + " the default sink",
            [name = sink.name] {
              const auto done = RunTool({"pw-metadata", "0", "default.configured.audio.sink",
                                         nlohmann::json{{"name", name}}.dump(), "Spa:String:JSON"});
              return done && done->exit_code == 0;
            },
            "wpctl status shows its number, wpctl set-default NUMBER makes it the default"};
  }
  return {"there is no sink called Auralis that could be the default",
          {},
          "start the daemon first, then auralisctl setup --default"};
}

Step QuantumStep(int quantum) {
  const fs::path file = ConfigHome() / "pipewire/pipewire.conf.d/auralis.conf";
  const std::string frames = std::to_string(quantum);
  return {
      "write " + file.string() + " (" + frames + " frames a cycle, from PipeWire's next start on)",
      [file, frames] {
        ReplaceFile(file,
                    "# By auralisctl setup; safe to delete.\n"
                    "context.properties = {\n"
                    "  default.clock.quantum = " +
                        frames + "\n}\n");
        return true;
      },
      "the folder must be yours"};
}

}  // namespace

fs::path InstalledUnit() {
  std::vector<fs::path> folders;
  try {
    folders.push_back(ConfigHome() / "systemd/user");
  } catch (const ConfigError&) {
    folders.clear();  // there is no home
  }
  if (const char* const home = std::getenv("HOME"); home != nullptr) {
    folders.push_back(fs::path(home) / ".local/share/systemd/user");
  }
  for (const char* const folder : {"/etc/systemd/user", "/usr/local/lib/systemd/user",
                                   "/usr/lib/systemd/user", "/usr/local/share/systemd/user"}) {
    folders.emplace_back(folder);
  }
  std::error_code ignored;
  for (const fs::path& folder : folders) {
    if (fs::exists(folder / "auralisd.service", ignored)) return folder / "auralisd.service";
  }
  return {};
}

std::string DefaultSinkName() {
  const auto said = RunTool({"pw-metadata", "-n", "default", "0", "default.audio.sink"});
  if (!said) return "";
  const std::size_t begin = said->output.find("value:'");
  const std::size_t end = said->output.find("' type:", begin);
  if (begin == std::string::npos || end == std::string::npos) return "";
  const auto value =
      nlohmann::json::parse(said->output.substr(begin + 7, end - begin - 7), nullptr, false);
  return value.is_object() ? value.value("name", "") : "";
}

bool IsAuralisSink(const std::string& name) {
  if (IsAuralis({name, ""})) return true;
  for (const Sink& sink : Sinks()) {
    if (sink.name == name) return IsAuralis(sink);
  }
  return false;
}

int SetUp(const Context& context, const SetupOptions& options) {
  const SoundServer server = FindSoundServer();
  std::vector<Step> steps = SoundServerSteps(server);
  steps.push_back(ServiceStep());
  if (options.quantum > 0) steps.push_back(QuantumStep(options.quantum));
  if (options.make_default) steps.push_back(DefaultStep(server));
  Json list = Json::array();
  std::string text;
  bool failed = false;
  for (const Step& step : steps) {
    std::string outcome = "left";
    std::string advice = step.otherwise;
    if (step.act && options.dry_run) {
      outcome = "would";
      advice.clear();
    } else if (step.act) {
      bool done = false;
      try {
        done = step.act();
      } catch (const ConfigError& e) {
        advice = e.what();
      }
      outcome = done ? "done" : "failed";
      if (done) advice.clear();
      failed = failed || !done;
    } else if (options.make_default && step.what.find("sink") != std::string::npos) {
      failed = true;  // it was asked for
    }
    list.push_back({{"step", step.what}, {"outcome", outcome}, {"advice", advice}});
    text += outcome + ": " + step.what + "\n";
    if (!advice.empty()) text += "  " + advice + "\n";
  }
  Print(context.json ? JsonLine(list) : text);
  return failed ? EX_UNAVAILABLE : EX_OK;
}

}  // namespace auralis::ctl
