#include "daemon/device_choice.h"

#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "daemon/jack_route.h"
#include "daemon/pipewire_device.h"
#include "daemon/portaudio_device.h"

namespace auralis {
namespace {

using namespace std::chrono_literals;

constexpr auto kSinkPatience = 5s;

bool HasFiles(const VirtualDeviceOptions& virtual_device) {
  return !virtual_device.play.empty() || !virtual_device.record.empty();
}

std::string ChooseKind(const AudioSettings& audio, const VirtualDeviceOptions& virtual_device,
                       bool pipewire_answers, bool awaits) {
  if (audio.device != "auto") return audio.device;
  // Files to play or record are the virtual device's business, whatever server answers.
  if (HasFiles(virtual_device)) return "virtual";
  if (pipewire_answers && audio.host_api.empty()) return "pipewire";
  if (awaits || !ListPortAudioDevices().empty()) return "portaudio";
  spdlog::warn("no sound server and no sound card answers: the virtual device plays instead");
  return "virtual";
}

std::unique_ptr<AudioDevice> OpenPipeWire(const PipeWireWorld* pipewire) {
  if (pipewire == nullptr) {
    throw DeviceError(
        "no PipeWire server answers: is it running, and is XDG_RUNTIME_DIR that of its session?");
  }
  if (!pipewire->route.AwaitSink(kSinkPatience)) {
    pipewire->route.CheckWishes();
    throw DeviceError("PipeWire is there, but does not answer");
  }
  pipewire->route.CheckWishes();
  return std::make_unique<PipeWireDevice>(pipewire->loop, pipewire->connection, pipewire->route);
}

}  // namespace

bool MayBeLive(const AudioSettings& audio, const VirtualDeviceOptions& virtual_device) {
  return audio.device == "auto" ? !HasFiles(virtual_device) : audio.device != "virtual";
}

std::unique_ptr<AudioDevice> OpenDevice(const AudioSettings& audio,
                                        const VirtualDeviceOptions& virtual_device,
                                        const PipeWireWorld* pipewire, bool awaits) {
  const std::string kind = ChooseKind(audio, virtual_device, pipewire != nullptr, awaits);
  if (kind == "virtual") return std::make_unique<VirtualDevice>(virtual_device);
  if (HasFiles(virtual_device)) {
    throw DeviceError("--play and --record belong to the virtual device, not to " + kind);
  }
  if (kind == "pipewire") return OpenPipeWire(pipewire);
  const bool takes_sink = audio.input.empty() || audio.input == JackRoute::kSink;
  // PortAudio takes one look at what there is: the sink has to be there before.
  if (pipewire != nullptr && takes_sink) pipewire->route.AwaitSink(kSinkPatience);
  return std::make_unique<PortAudioDevice>(
      PortAudioOptions{.host_api = audio.host_api,
                       .input = audio.input,
                       .output = audio.output,
                       .sample_rate_hz = audio.rate_hz,
                       .awaits = awaits,
                       .jack_route = pipewire == nullptr,
                       .jack_sink = audio.own_sink && takes_sink});
}

std::string DevicesText() {
  const std::vector<SoundDevice> devices = ListPortAudioDevices();
  if (devices.empty()) return "no sound server and no sound card answers\n";
  std::string text =
      fmt::format("{:<5} {:<40} {:>3} {:>4} {:>9}\n", "api", "name", "in", "out", "rate");
  for (const SoundDevice& device : devices) {
    text += fmt::format("{:<5} {:<40} {:>3} {:>4} {:>6.0f} Hz{}\n", device.host_api, device.name,
                        device.input_channels, device.output_channels, device.sample_rate_hz,
                        device.is_default_output ? "  default output" : "");
  }
  return text;
}

std::string DevicesJson() {
  nlohmann::json list = nlohmann::json::array();
  for (const SoundDevice& device : ListPortAudioDevices()) {
    list.push_back({{"host_api", device.host_api},
                    {"name", device.name},
                    {"input_channels", device.input_channels},
                    {"output_channels", device.output_channels},
                    {"sample_rate_hz", device.sample_rate_hz},
                    {"default_output", device.is_default_output}});
  }
  return list.dump(2) + "\n";
}

}  // namespace auralis
