#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "ipc/auralisctl_doctor_checks.h"
#include "ipc/auralisctl_setup.h"
#include "ipc/tool_output.h"

namespace auralis::ctl {
namespace {

std::string Text(const char* format, double number) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, number);
  return text.data();
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

}  // namespace

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

}  // namespace auralis::ctl
