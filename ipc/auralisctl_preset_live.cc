#include "ipc/auralisctl_preset_live.h"

#include <cstdio>
#include <filesystem>
#include <system_error>

#include "config/param_text.h"
#include "config/paths.h"
#include "config/preset_library.h"
#include "ipc/auralisctl_json.h"
#include "ipc/auralisctl_preset_files.h"
#include "ipc/auralisctl_rules.h"
#include "ipc/auralisctl_terminal.h"
#include "ipc/client.h"

namespace auralis::ctl {
namespace {

// The socket is looked up late: commands that read files do without.
Context Located(const PresetRequest& request) {
  Context context = *request.context;
  try {
    if (context.socket.empty()) context.socket = SocketPath();
  } catch (const ConfigError& e) {
    throw ipc::IpcError(e.what());
  }
  return context;
}

ipc::Client Connect(const PresetRequest& request) {
  return ipc::Client(Located(request).socket, kClientName);
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

void Bring(const PresetRequest& request, const ipc::LoadPreset& load) {
  const auto state = Connect(request).Ask<ipc::PresetState>(load);
  if (request.context->json) return Print(JsonLine(ToJson(state)));
  Print(state.name + (state.description.empty() ? "" : ": " + state.description) + "\n");
}

// What was saved is what is heard: from now on by that name. Under a device's or a route's preset
// its values would not be heard as they were saved; there everything stays as it is.
void PutInForce(ipc::Client& client, const std::string& name) {
  const auto state = client.Ask<ipc::PresetState>(ipc::GetPresets{});
  for (const ipc::PresetLayer& one : state.layers) {
    const bool is_base = one.layer == "base";
    if (is_base ? one.preset == name : !one.preset.empty()) return;
  }
  client.Ask<ipc::PresetState>(ipc::LoadPreset{.name = name});
}

}  // namespace

std::string AsTheDaemonSees(const std::string& name) {
  const bool is_path = name.find('/') != std::string::npos || name.ends_with(".toml");
  return is_path ? std::filesystem::absolute(name).lexically_normal().string() : name;
}

void LoadPresetIntoDaemon(const PresetRequest& request) {
  Bring(request, {.name = AsTheDaemonSees(request.name),
                  .device = AsTheDaemonSees(request.device),
                  .route = AsTheDaemonSees(request.route)});
}

void StepPreset(const PresetRequest& request, int step) { Bring(request, {.step = step}); }

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
  PutInForce(client, request.name);
  if (request.context->json) return Print(JsonLine({{"file", file.string()}}));
  Print(file.string() + ": " + std::to_string(preset.values.size()) + " values\n");
}

void ShowPresetOfDaemon(const PresetRequest& request) { ShowPresetInForce(Located(request)); }

void BringPreset(ipc::Client& client, const std::string& name) {
  client.Ask<ipc::PresetState>(ipc::LoadPreset{.name = AsTheDaemonSees(name)});
}

std::string BringNextPreset(ipc::Client& client, int step) {
  return client.Ask<ipc::PresetState>(ipc::LoadPreset{.step = step}).name;
}

void ShowDifferences(const PresetRequest& request) {
  const Preset first = LoadPreset(FindPreset(request.name).file);
  if (!request.other.empty()) {
    return PrintDifferences(request, first, LoadPreset(FindPreset(request.other).file));
  }
  ipc::Client client = Connect(request);
  PrintDifferences(request, first, PresetInForce(client));
}

}  // namespace auralis::ctl
