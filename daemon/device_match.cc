#include "daemon/device_match.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <optional>

#include "daemon/audio_device.h"

namespace auralis {
namespace {

constexpr char kJack[] = "JACK";
constexpr char kSinkName[] = "Auralis";

constexpr struct {
  const char* key;
  const char* label;
  const char* remedy;
} kHostApis[] = {
    {"jack", kJack,
     "no JACK server answers: start PipeWire (and run auralisd through pw-jack) or jackd"},
    {"alsa", "ALSA",
     "no ALSA device is there: neither a sound card nor PipeWire's or PulseAudio's plug-in"},
};

// One way through the host API: who may be chosen for it, and what it is called.
struct Direction {
  const char* noun;
  int SoundDevice::*channels;
  int least_channels;
};
// One channel in is heard on both sides; one channel out would need a mix that nobody asked for.
constexpr Direction kInput{"input", &SoundDevice::input_channels, 1};
constexpr Direction kOutput{"output", &SoundDevice::output_channels, 2};

std::string ChooseHostApi(const std::vector<SoundDevice>& devices, const std::string& wanted) {
  std::string remedies;
  for (const auto& api : kHostApis) {
    if (!wanted.empty() && wanted != api.key) continue;
    if (std::any_of(devices.begin(), devices.end(),
                    [&](const SoundDevice& device) { return device.host_api == api.label; })) {
      return api.label;
    }
    remedies += std::string(remedies.empty() ? "" : "; ") + api.remedy;
  }
  if (remedies.empty()) {
    throw DeviceError("host API '" + wanted + "' is unknown: allowed are jack and alsa");
  }
  throw DeviceError(remedies);
}

// The devices of one host API that can serve in one direction.
class Candidates {
 public:
  Candidates(const std::vector<SoundDevice>& devices, std::string host_api,
             const Direction& direction)
      : devices_(devices), host_api_(std::move(host_api)), direction_(direction) {}

  template <class Predicate>
  std::optional<std::size_t> First(Predicate suits) const {
    for (std::size_t i = 0; i < devices_.size(); ++i) {
      if (IsOne(devices_[i]) && suits(i)) return i;
    }
    return std::nullopt;
  }

  std::optional<std::size_t> Match(const std::string& wanted) const {
    const std::string folded = FoldedName(wanted);
    auto match = First([&](std::size_t i) { return devices_[i].name == wanted; });
    if (!match)
      match = First([&](std::size_t i) { return FoldedName(devices_[i].name) == folded; });
    if (!match) {
      match = First([&](std::size_t i) {
        return FoldedName(devices_[i].name).find(folded) != std::string::npos;
      });
    }
    return match;
  }

  [[noreturn]] void ThrowNone(const std::string& reason) const {
    std::string names;
    for (const SoundDevice& device : devices_) {
      if (IsOne(device)) names += (names.empty() ? "'" : ", '") + device.name + "'";
    }
    throw DeviceError(host_api_ + " " + direction_.noun + reason + "; --" + direction_.noun +
                      (names.empty() ? " has nothing to choose from" : " takes one of: " + names));
  }

 private:
  bool IsOne(const SoundDevice& device) const {
    return device.host_api == host_api_ && device.*direction_.channels >= direction_.least_channels;
  }

  const std::vector<SoundDevice>& devices_;
  std::string host_api_;
  const Direction& direction_;
};

std::size_t ChooseInput(const Candidates& candidates, const std::string& wanted) {
  // Unasked, only what is meant for us: any other input may be a microphone in front of the
  // speakers, or what the speakers play.
  const auto match = candidates.Match(wanted.empty() ? kSinkName : wanted);
  if (match) return *match;
  candidates.ThrowNone(wanted.empty() ? ": none is named, and no sink '" + std::string(kSinkName) +
                                            "' is there"
                                      : " '" + wanted + "' is not there");
}

}  // namespace

std::string FoldedName(std::string text) {
  for (char& c : text) {
    c = std::strchr("()[].:*$", c) != nullptr
            ? ' '
            : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

DevicePair ChooseDevices(const std::vector<SoundDevice>& devices, const DeviceWishes& wishes) {
  const std::string api = ChooseHostApi(devices, wishes.host_api);
  const std::size_t input = ChooseInput(Candidates(devices, api, kInput), wishes.input);

  const Candidates outputs(devices, api, kOutput);
  const auto feeds_back = [&](std::size_t i) { return api == kJack && i == input; };
  if (!wishes.output.empty()) {
    const auto match = outputs.Match(wishes.output);
    if (!match) outputs.ThrowNone(" '" + wishes.output + "' with two channels is not there");
    if (feeds_back(*match)) {
      throw DeviceError("'" + devices[input].name + "' is input and output: it would feed back");
    }
    return {input, *match};
  }
  const auto suits = [&](std::size_t i) {
    const bool is_one_of_us =
        !wishes.client_name.empty() && devices[i].name.starts_with(wishes.client_name);
    return !feeds_back(i) && !is_one_of_us;
  };
  auto output =
      outputs.First([&](std::size_t i) { return devices[i].is_default_output && suits(i); });
  if (!output) output = outputs.First(suits);
  if (!output) outputs.ThrowNone(": none is named, and none but the input is there");
  return {input, *output};
}

}  // namespace auralis
