#include "ipc/auralisctl_preset_live.h"

#include <cstdio>
#include <filesystem>
#include <system_error>

#include "config/param_text.h"
#include "config/paths.h"
#include "config/preset_library.h"
#include "ipc/auralisctl_json.h"
#include "ipc/auralisctl_preset_files.h"
#include "ipc/auralisctl_terminal.h"
#include "ipc/client.h"

namespace auralis::ctl {
namespace {

// The socket is looked up late: commands that read files do without.
ipc::Client Connect(const PresetRequest& request) {
  std::filesystem::path socket = request.context->socket;
  try {
    if (socket.empty()) socket = SocketPath();
  } catch (const ConfigError& e) {
    throw ipc::IpcError(e.what());
  }
  return ipc::Client(socket, kClientName);
}

// The daemon's values. What it has that we do not know is newer than us, and left alone.
Preset PresetInForce(ipc::Client& client) {
  ParamRegistry::Values values = SignalPath::kDefaults;
  const ParamRegistry registry;
  const auto reply = client.Ask<ipc::Values>(ipc::Get{{"*"}});
  for (const ipc::Value& one : reply.values) {
    if (const auto index = registry.Find(one.key)) values[*index] = one.value;
  }
  Preset preset = PresetOf(values);
  const std::string file = client.Ask<ipc::Status>(ipc::GetStatus{}).convolver_file;
  const bool convolves = preset.values.contains(SignalPath::IndexOf("convolver", "enabled"));
  if (convolves && !file.empty()) preset.convolver_file = file;
  return preset;
}

void Bring(ipc::Client& client, const std::string& name, const Preset& preset) {
  std::string before;
  if (preset.convolver_file) {
    before = client.Ask<ipc::Status>(ipc::GetStatus{}).convolver_file;
    // Also where it is loaded already: what is in the file may be new.
    client.Ask<ipc::ResponseLoaded>(ipc::LoadResponse{*preset.convolver_file});
  }
  try {
    client.Ask<ipc::Values>(ipc::Set{.assignments = AssignmentsOf(preset), .preset = name});
  } catch (const ipc::RequestRefused&) {
    if (preset.convolver_file) client.Call(ipc::LoadResponse{before});
    throw;
  }
}

void Tell(const PresetRequest& request, const std::string& name, const Preset& preset) {
  if (request.context->json) {
    return Print(JsonLine({{"preset", name}, {"values", preset.values.size()}}));
  }
  Print(name + (preset.description.empty() ? "" : ": " + preset.description) + "\n");
}

// Bypass is how presets are compared, and of none of them.
bool Sounds(const Preset& preset, Preset in_force) {
  in_force.values.erase(SignalPath::IndexOf("master", "bypass"));
  return DifferencesOf(preset, in_force).empty();
}

std::pair<std::string, Preset> Step(ipc::Client& client, int step) {
  const Preset in_force = PresetInForce(client);
  std::vector<std::pair<std::string, Preset>> presets;
  std::optional<std::ptrdiff_t> now;
  for (const PresetFile& one : ListPresets()) {
    try {
      presets.emplace_back(one.name, LoadPreset(one.file));
      if (Sounds(presets.back().second, in_force)) now = std::ssize(presets) - 1;
    } catch (const ConfigError&) {
      continue;  // one that is broken is passed over
    }
  }
  if (presets.empty()) throw PresetError("there are no presets");
  const std::ptrdiff_t count = std::ssize(presets);
  const std::ptrdiff_t from = now.value_or(step > 0 ? -1 : count);
  const auto& [name, preset] = presets[static_cast<std::size_t>((from + step + count) % count)];
  Bring(client, name, preset);
  return {name, preset};
}

}  // namespace

void LoadPresetIntoDaemon(const PresetRequest& request) {
  const Preset preset = ComposeRequested(request).preset;
  ipc::Client client = Connect(request);
  Bring(client, request.name, preset);
  Tell(request, request.name, preset);
}

void SaveDaemonAsPreset(const PresetRequest& request) {
  const std::filesystem::path file = UserPresetFile(request.name);
  ipc::Client client = Connect(request);
  Preset preset = PresetInForce(client);
  preset.values.erase(SignalPath::IndexOf("master", "bypass"));
  preset.description = request.description;
  std::error_code ignored;
  if (preset.description.empty() && std::filesystem::exists(file, ignored)) {
    preset.description = LoadPreset(file).description;
  }
  ParsePreset(PresetText(preset), "--description");  // it may not fit into a file
  SavePreset(file, preset);
  if (request.context->json) return Print(JsonLine({{"file", file.string()}}));
  Print(file.string() + ": " + std::to_string(preset.values.size()) + " values\n");
}

void StepPreset(const PresetRequest& request, int step) {
  ipc::Client client = Connect(request);
  const auto [name, preset] = Step(client, step);
  Tell(request, name, preset);
}

void BringPreset(ipc::Client& client, const std::string& name) {
  PresetRequest request;
  request.name = name;
  Bring(client, name, ComposeRequested(request).preset);
}

std::string BringNextPreset(ipc::Client& client, int step) { return Step(client, step).first; }

void ShowDifferences(const PresetRequest& request) {
  const Preset first = LoadPreset(FindPreset(request.name).file);
  if (!request.other.empty()) {
    return PrintDifferences(request, first, LoadPreset(FindPreset(request.other).file));
  }
  ipc::Client client = Connect(request);
  PrintDifferences(request, first, PresetInForce(client));
}

}  // namespace auralis::ctl
