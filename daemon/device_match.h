#pragma once
// Which of the devices that are there a person means.

#include <cstddef>
#include <string>
#include <vector>

namespace auralis {

struct SoundDevice {
  std::string host_api;  // "JACK" or "ALSA"
  std::string name;
  int input_channels;
  int output_channels;
  double sample_rate_hz;
  bool is_default_output;  // of its host API
};

struct DeviceWishes {
  std::string host_api;     // "jack", "alsa", or "": JACK where it has devices, else ALSA
  std::string input;        // name, or a part of it; "" takes the sink called Auralis
  std::string output;       // name, or a part of it; "" takes the host API's default
  std::string client_name;  // ourselves, and our likes: never taken unasked
};

struct DevicePair {  // indices into the list
  std::size_t input;
  std::size_t output;
};

// For comparing names: lower case, and what PipeWire's JACK library shows as spaces as spaces.
// [any]
std::string FoldedName(std::string text);

// A name is matched exactly first, then without regard to case, then as a part. On JACK one node
// cannot be both ends: what PipeWire offers to capture from a sink is what the sink plays. Throws
// DeviceError, which lists what there is. [control]
DevicePair ChooseDevices(const std::vector<SoundDevice>& devices, const DeviceWishes& wishes);

}  // namespace auralis
