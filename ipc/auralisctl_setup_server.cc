#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

#include "config/paths.h"
#include "config/text_file.h"
#include "ipc/auralisctl_setup.h"
#include "ipc/auralisctl_setup_steps.h"
#include "ipc/sound_servers.h"
#include "ipc/tool_output.h"

namespace auralis::ctl {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kLoadSink = {"load-module", "module-null-sink", "sink_name=auralis",
                                            "sink_properties=device.description=Auralis"};

// Nothing where pactl is missing or fails.
std::optional<std::string> Pactl(std::vector<std::string> words) {
  words.insert(words.begin(), "pactl");
  const auto done = RunTool(words);
  if (!done || done->exit_code != 0) return std::nullopt;
  return done->output;
}

bool HasSink() {
  const auto sinks = Pactl({"list", "short", "sinks"});
  return sinks && sinks->find("\tauralis\t") != std::string::npos;
}

// Where it is to play: PulseAudio's default, or the first that is not Auralis.
std::string Hardware() {
  std::istringstream name(Pactl({"get-default-sink"}).value_or(""));
  std::string sink;
  name >> sink;
  if (!sink.empty() && sink != "auralis") return sink;
  std::istringstream list(Pactl({"list", "short", "sinks"}).value_or(""));
  for (std::string line; std::getline(list, line);) {
    std::string number;
    std::istringstream(line) >> number >> sink;
    if (sink != "auralis") return sink;
  }
  return "";
}

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

fs::path DropIn() {
  return UserConfigFolder().parent_path() / "systemd/user/auralisd.service.d/sound-server.conf";
}

// The program that the installed unit starts.
std::string Program() {
  constexpr std::string_view kStart = "ExecStart=";
  std::ifstream unit(InstalledUnit());
  for (std::string line; std::getline(unit, line);) {
    if (line.starts_with(kStart)) return line.substr(kStart.size(), line.find(' ') - kStart.size());
  }
  return "auralisd";
}

bool LetServiceReadIt() {
  RunTool({"systemctl", "--user", "daemon-reload"}, std::chrono::seconds(10));
  RunTool({"systemctl", "--user", "try-restart", "auralisd"}, std::chrono::seconds(20));
  return true;  // where there is no systemd, it is there for when there is
}

Step DropInStep(const std::string& server, const std::string& lines) {
  return {"write " + DropIn().string() + ", so that the service plays through " + server,
          [lines] {
            ReplaceFile(DropIn(), "# By auralisctl setup; safe to delete.\n[Service]\n" + lines);
            return LetServiceReadIt();
          },
          "the folder must be yours"};
}

std::vector<Step> PulseAudioSteps() {
  const std::string hardware = Hardware();
  if (hardware.empty()) {
    return {{"PulseAudio has no sink that Auralis could play to", {}, "pactl list short sinks"}};
  }
  const std::string make = "pactl " + Joined(kLoadSink);
  const Step sink{"make the sink auralis (" + make + ")",
                  [] { return HasSink() || Pactl(kLoadSink).has_value(); },
                  "pactl (Debian: pulseaudio-utils) says why"};
  // The sink goes with PulseAudio, so it is made at each start.
  const Step unit = DropInStep(
      "PulseAudio to " + hardware,
      "Environment=LD_LIBRARY_PATH= PULSE_SOURCE=auralis.monitor PULSE_SINK=" + hardware +
          "\nExecStartPre=-/bin/sh -c 'pactl list short sinks | grep -qw auralis || " + make +
          "'\nExecStart=\nExecStart=" + Program() +
          " --device portaudio --host-api alsa --input pulse --output pulse\n");
  return {sink, unit};
}

}  // namespace

std::vector<Step> SoundServerSteps(SoundServer server) {
  std::error_code ignored;
  switch (server) {
    case SoundServer::kPipeWire:
      if (!fs::exists(DropIn(), ignored)) return {};
      return {{"remove " + DropIn().string() + ", which was for another sound server",
               [] { return fs::remove(DropIn()) && LetServiceReadIt(); },
               "the folder must be yours"}};
    case SoundServer::kJack:
      return {DropInStep("JACK", "Environment=LD_LIBRARY_PATH=\nExecStart=\nExecStart=" +
                                     Program() + " --device portaudio --host-api jack\n")};
    case SoundServer::kPulseAudio:
      return PulseAudioSteps();
    case SoundServer::kNone:
      break;
  }
  return {};
}

Step PulseAudioDefaultStep() {
  return {"make auralis the default sink",
          [] {
            return Pactl({"set-default-sink", "auralis"}).has_value();
          },
          "pactl set-default-sink auralis says why"};
}

}  // namespace auralis::ctl
