#include "daemon/device_choice.h"

#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

#include "daemon/portaudio_device.h"

namespace auralis {
namespace {

bool WantsVirtual(const AudioSettings& audio, const VirtualDeviceOptions& virtual_device) {
  if (audio.device != "auto") return audio.device == "virtual";
  // Files to play or record are the virtual device's business, whatever server answers.
  if (!virtual_device.play.empty() || !virtual_device.record.empty()) return true;
  if (!ListPortAudioDevices().empty()) return false;
  spdlog::warn("no sound server and no sound card answers: the virtual device plays instead");
  return true;
}

}  // namespace

std::unique_ptr<AudioDevice> OpenDevice(const AudioSettings& audio,
                                        const VirtualDeviceOptions& virtual_device) {
  if (WantsVirtual(audio, virtual_device)) return std::make_unique<VirtualDevice>(virtual_device);
  if (!virtual_device.play.empty() || !virtual_device.record.empty()) {
    throw DeviceError("--play and --record belong to the virtual device, not to portaudio");
  }
  return std::make_unique<PortAudioDevice>(PortAudioOptions{.host_api = audio.host_api,
                                                            .input = audio.input,
                                                            .output = audio.output,
                                                            .sample_rate_hz = audio.rate_hz});
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
