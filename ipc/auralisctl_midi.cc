#include "ipc/auralisctl_midi.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include "config/midi_map.h"
#include "ipc/auralisctl_json.h"
#include "ipc/auralisctl_terminal.h"
#include "ipc/client.h"

namespace auralis::ctl {
namespace {

constexpr auto kPoll = std::chrono::milliseconds(100);
constexpr auto kLookAround = std::chrono::milliseconds(300);

Json ToJson(const ipc::MidiControl& control) {
  Json json = {{"source", control.source}, {"target", control.target}};
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) json[key] = value;
  };
  add("mode", control.mode);
  add("from", control.from);
  add("to", control.to);
  add("value", control.value);
  add("step", control.step);
  add("ticks", control.ticks);
  if (!control.presets.empty()) json["presets"] = control.presets;
  add("feedback", control.feedback);
  add("feedback_low", control.feedback_low);
  add("feedback_high", control.feedback_high);
  add("label", control.label);
  return json;
}

Json ToJson(const ipc::MidiLearning& learning) {
  return {{"state", learning.state},
          {"target", learning.target},
          {"hint", learning.hint},
          {"messages", learning.messages},
          {"port", learning.port},
          {"saw", learning.saw},
          {"control", ToJson(learning.control)},
          {"file", learning.file},
          {"problem", learning.problem}};
}

Json PortsJson(const ipc::MidiState& state) {
  Json ports = Json::array();
  for (const ipc::MidiPort& one : state.ports) {
    ports.push_back({{"name", one.name},
                     {"virtual", one.is_virtual},
                     {"present", one.present},
                     {"feedback", one.feedback},
                     {"map", one.map},
                     {"map_file", one.map_file},
                     {"map_shipped", one.map_shipped},
                     {"controls", one.controls},
                     {"messages", one.messages}});
  }
  return {{"api", state.api},
          {"ports", ports},
          {"problems", state.problems},
          {"lost", state.lost},
          {"learning", ToJson(state.learning)}};
}

Json ControlsJson(const ipc::MidiState& state) {
  Json controls = Json::array();
  for (const ipc::MappedControl& one : state.controls) {
    Json control = ToJson(one.control);
    control["port"] = one.port;
    control["text"] = one.text;
    controls.push_back(std::move(control));
  }
  return controls;
}

using Rows = std::vector<std::vector<std::string>>;

// Lines of columns, each as wide as its widest cell.
std::string Columns(const Rows& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i] + std::string(widths[i] + 2 - row[i].size(), ' ');
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

std::string WhatItDoes(const ipc::MidiControl& control) {
  std::string text = control.mode;
  if (!control.value.empty()) return text + " " + control.value;
  if (!control.step.empty()) return text + " " + control.step;
  if (!control.from.empty()) text += " " + control.from + " to " + control.to;
  for (const std::string& preset : control.presets) text += (text.empty() ? "" : " ") + preset;
  return text;
}

void PrintControls(const ipc::MidiState& state) {
  std::string text;
  for (const ipc::MidiPort& port : state.ports) {
    if (port.controls == 0) continue;
    Rows rows;
    for (const ipc::MappedControl& one : state.controls) {
      if (one.port != port.name) continue;
      const ipc::MidiControl& control = one.control;
      rows.push_back({"  " + control.label, control.source, control.target, WhatItDoes(control),
                      control.feedback.empty() ? "" : "shown on " + control.feedback, one.text});
    }
    text += (text.empty() ? "" : "\n") + port.name + (port.present ? "" : " (not there)") + ": " +
            port.map + ", " + port.map_file + "\n" + Columns(rows);
  }
  for (const std::string& problem : state.problems) text += problem + "\n";
  if (text.empty()) text = "no control is mapped: auralisctl midi learn KEY\n";
  Print(text);
}

void ShowPorts(const MidiRequest& request) {
  ipc::Client client(request.context->socket, kClientName);
  client.Ask<ipc::MidiState>(ipc::GetMidi{});  // which looks around
  std::this_thread::sleep_for(kLookAround);
  const auto state = client.Ask<ipc::MidiState>(ipc::GetMidi{});
  if (request.context->json) return Print(JsonLine(PortsJson(state)));
  if (state.api.empty()) return Print("no MIDI: neither a sequencer nor a JACK server\n");
  Rows rows;
  for (const ipc::MidiPort& one : state.ports) {
    rows.push_back(
        {one.name,
         one.is_virtual ? "to connect to"
         : one.present  ? "there"
                        : "not there",
         one.map.empty() ? "no map" : one.map + ", " + std::to_string(one.controls) + " controls",
         one.map_shipped   ? "shipped"
         : one.map.empty() ? ""
                           : "yours"});
  }
  std::string text = "over " + state.api + "\n" + Columns(rows);
  if (state.lost > 0)
    text += std::to_string(state.lost) + " messages came too fast and were lost\n";
  for (const std::string& problem : state.problems) text += problem + "\n";
  Print(text);
}

void ShowOrMap(const MidiRequest& request) {
  ipc::Client client(request.context->socket, kClientName);
  if (request.control.target.empty()) {
    const auto state = client.Ask<ipc::MidiState>(ipc::GetMidi{});
    if (request.context->json) return Print(JsonLine(ControlsJson(state)));
    return PrintControls(state);
  }
  if (request.control.source.empty()) {
    throw UsageError("midi map: --control says which one (auralisctl midi learn finds out)");
  }
  const auto state =
      client.Ask<ipc::MidiState>(ipc::MapMidi{.port = request.port, .control = request.control});
  if (request.context->json) return Print(JsonLine(ControlsJson(state)));
  Print(request.control.source + " is " + request.control.target + "\n");
}

void Unmap(const MidiRequest& request) {
  ipc::Client client(request.context->socket, kClientName);
  const auto state =
      client.Ask<ipc::MidiState>(ipc::UnmapMidi{.port = request.port, .what = request.what});
  if (request.context->json) return Print(JsonLine(ControlsJson(state)));
  Print(request.what + " is not mapped any more\n");
}

void LearnControl(const MidiRequest& request) {
  CatchSignals();
  ipc::Client client(request.context->socket, kClientName);
  auto learning =
      client
          .Ask<ipc::MidiState>(ipc::LearnMidi{
              .port = request.port, .control = request.control, .timeout_s = request.timeout_s})
          .learning;
  const bool progress = LookAtTerminal().is_terminal && !request.context->json;
  while (learning.state == "waiting" || learning.state == "hearing") {
    if (progress) {
      std::fprintf(stderr, "\r%s: %s (%llu messages)\x1b[K", learning.target.c_str(),
                   learning.hint.c_str(), static_cast<unsigned long long>(learning.messages));
    }
    std::this_thread::sleep_for(kPoll);
    if (SignalCaught()) {
      learning = client.Ask<ipc::MidiState>(ipc::LearnMidi{.cancel = true}).learning;
      break;
    }
    learning = client.Ask<ipc::MidiState>(ipc::GetMidi{}).learning;
  }
  if (progress) std::fprintf(stderr, "\r\x1b[K");
  if (request.context->json) Print(JsonLine(ToJson(learning)));
  if (learning.state == "failed") throw MidiFailed("midi learn: " + learning.problem);
  if (request.context->json) return;
  Print(learning.saw + " on " + learning.port + " is " + learning.target + ": " +
        WhatItDoes(learning.control) + "\nsaved in " + learning.file + "\n");
}

std::vector<std::string> Modes() { return {kMidiModeNames.begin(), kMidiModeNames.end()}; }

CLI::App* Add(CLI::App& midi, const char* name, const char* what, const std::string& examples) {
  CLI::App* command = midi.add_subcommand(name, what);
  command->fallthrough();
  command->footer("--json, --socket PATH and --version work here, too.\n\nExamples:\n" + examples);
  return command;
}

void AddControl(CLI::App* command, MidiRequest& request) {
  ipc::MidiControl& control = request.control;
  command->add_option("--port", request.port, "The controller: its name or a part of it")
      ->type_name("NAME");
  command->add_option("--mode", control.mode, "How it works, where it is not the usual way")
      ->type_name("MODE")
      ->check(CLI::IsMember(Modes()));
  command->add_option("--from", control.from, "Value at its low end")->type_name("VALUE");
  command->add_option("--to", control.to, "Value at its high end")->type_name("VALUE");
  command->add_flag("--invert", control.invert, "The other way round");
  command->add_option("--value", control.value, "Value that a button chooses")->type_name("VALUE");
  command->add_option("--step", control.step, "By how much a button goes on")->type_name("VALUE");
  command->add_option("--feedback", control.feedback, "What shows it: same, 'cc 9', 'note 3', ..")
      ->type_name("CONTROL");
  command->add_option("--preset", control.presets, "For target presets: the names, in order")
      ->type_name("NAME");
}

}  // namespace

std::vector<std::string> MidiActions() {
  return {"bypass", "preset-next", "preset-previous", "presets", "redo", "undo"};
}

void AddMidiCommands(CLI::App& app, MidiRequest& request, Context& context) {
  request.context = &context;
  CLI::App* midi =
      Add(app, "midi", "MIDI controllers: ports, maps, learning",
          "  auralisctl midi ports\n  auralisctl midi learn output.gain --from '-24 dB' --to 0");
  midi->require_subcommand(1);
  Add(*midi, "ports", "Controllers that are there, and the map of each",
      "  auralisctl midi ports --json")
      ->callback([&] { ShowPorts(request); });

  CLI::App* map = Add(*midi, "map", "The maps in force as a table; with KEY, map a control",
                      "  auralisctl midi map\n"
                      "  auralisctl midi map stereo.width --control 'cc 16'\n"
                      "  auralisctl midi map preset:warm --control 'note 40' --port LPD8");
  map->add_option("KEY", request.control.target, "A parameter, bypass, preset:NAME, undo, ..")
      ->type_name("");
  map->add_option("--control", request.control.source,
                  "'cc N', 'cc14 N', 'nrpn N', pitch-bend, "
                  "'note N', 'program N'; then 'channel N'")
      ->type_name("CONTROL");
  AddControl(map, request);
  map->callback([&] { ShowOrMap(request); });

  CLI::App* learn =
      Add(*midi, "learn", "Wait for a knob or button, find out what it is, and map it",
          "  auralisctl midi learn tone.air\n"
          "  auralisctl midi learn bypass --port nanoKONTROL2");
  learn->add_option("KEY", request.control.target, "A parameter, bypass, preset:NAME, undo, ..")
      ->required()
      ->type_name("");
  AddControl(learn, request);
  learn->add_option("--timeout", request.timeout_s, "How long to wait")
      ->type_name("SECONDS")
      ->capture_default_str()
      ->check(CLI::Range(1.0F, 600.0F));
  learn->callback([&] { LearnControl(request); });

  CLI::App* unmap = Add(*midi, "unmap", "Take a control out of the map",
                        "  auralisctl midi unmap stereo.width\n  auralisctl midi unmap 'cc 16'");
  unmap->add_option("WHAT", request.what, "A control, or what it is for")
      ->required()
      ->type_name("");
  unmap->add_option("--port", request.port, "The controller; all of them without it")
      ->type_name("NAME");
  unmap->callback([&] { Unmap(request); });
}

}  // namespace auralis::ctl
