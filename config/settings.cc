#include "config/settings.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "config/key_hints.h"
#include "config/param_text.h"
#include "config/text_file.h"
#include "config/toml_reader.h"

namespace auralis {
namespace {

constexpr std::size_t kMaxNameLength = 256;
constexpr std::size_t kMaxPathLength = 4096;
constexpr char kConvolverFile[] = "convolver.file";

// --- [audio]. Each reader returns why the value does not do; "" where it does.

std::string ReadChoice(const toml::node& node, std::span<const std::string_view> choices,
                       std::string& setting) {
  const auto text = node.value_exact<std::string>();
  if (!text) return "is not a text in quotes";
  if (std::find(choices.begin(), choices.end(), *text) == choices.end()) {
    return "is not one of the choices";
  }
  setting = *text;
  return "";
}

constexpr std::array<std::string_view, 4> kDevices = {"auto", "pipewire", "portaudio", "virtual"};
std::string ReadDevice(const toml::node& node, AudioSettings& audio) {
  return ReadChoice(node, kDevices, audio.device);
}

constexpr std::array<std::string_view, 3> kHostApis = {"", "jack", "alsa"};
std::string ReadHostApi(const toml::node& node, AudioSettings& audio) {
  return ReadChoice(node, kHostApis, audio.host_api);
}

std::string ReadName(const toml::node& node, std::string& setting) {
  const auto text = node.value_exact<std::string>();
  if (!text) return "is not a text in quotes";
  if (text->size() > kMaxNameLength) return "is too long for a name";
  if (Printable(*text, kMaxNameLength) != *text) return "has control characters in it";
  setting = *text;
  return "";
}
std::string ReadInput(const toml::node& node, AudioSettings& audio) {
  return ReadName(node, audio.input);
}
std::string ReadOutput(const toml::node& node, AudioSettings& audio) {
  return ReadName(node, audio.output);
}

std::string ReadRate(const toml::node& node, AudioSettings& audio) {
  const std::optional<double> rate_hz = NumberOf(node);
  if (!rate_hz) return "is not a number";
  const bool fits = *rate_hz == 0.0 || (*rate_hz >= 8000.0 && *rate_hz <= 384000.0);
  if (!fits) return "is not a sample rate";
  audio.rate_hz = *rate_hz;
  return "";
}

std::string ReadBlock(const toml::node& node, AudioSettings& audio) {
  const auto frames = node.value_exact<std::int64_t>();
  if (!frames) return "is not a whole number";
  if (*frames < 16 || *frames > 1024 || (*frames & (*frames - 1)) != 0) {
    return "is not a block length";
  }
  audio.block_frames = static_cast<std::size_t>(*frames);
  return "";
}

std::string ReadSwitch(const toml::node& node, bool& setting) {
  const auto value = node.value_exact<bool>();
  if (!value) return "is neither true nor false";
  setting = *value;
  return "";
}
std::string ReadOwnSink(const toml::node& node, AudioSettings& audio) {
  return ReadSwitch(node, audio.own_sink);
}
std::string ReadDefaultSink(const toml::node& node, AudioSettings& audio) {
  return ReadSwitch(node, audio.default_sink);
}

struct AudioKey {
  std::string_view key;
  std::string (*read)(const toml::node& node, AudioSettings& audio);
  std::string_view allowed;
};
constexpr auto kAudioKeys = std::to_array<AudioKey>({
    {"device", ReadDevice, "auto, pipewire, portaudio, virtual"},
    {"host_api", ReadHostApi, "\"\" for the first that answers, jack, alsa"},
    {"input", ReadInput, "a device's name or part of it, up to 256 bytes"},
    {"output", ReadOutput, "a device's name or part of it, up to 256 bytes"},
    {"rate", ReadRate, "0 for the device's own, 8000 to 384000"},
    {"sink", ReadOwnSink, "true, false"},
    {"default_sink", ReadDefaultSink, "true, false"},
    {"block", ReadBlock, "16, 32, 64, 128, 256, 512, 1024"},
});

// --- The whole file.

// Turns a parsed file into settings and collects what is wrong on the way.
class Reader {
 public:
  explicit Reader(std::string_view name)
      : problems_(name, Problems::Place::kLine),
        parameters_(
            problems_, {"audio"}, AudioPaths(),
            [this](std::size_t index, float value, const toml::node&) {
              settings_.parameters.push_back(
                  {parameters_.registry().key(index), ExactDouble(value)});
            },
            [this](const std::string& path, const toml::key& key, const toml::node& node) {
              if (path != kConvolverFile) return false;
              ReadConvolverFile(key, node);
              return true;
            }) {}
  Reader(const Reader&) = delete;  // the readers of its members hold on to it
  Reader& operator=(const Reader&) = delete;

  // Throws ConfigError.
  Settings Read(const toml::table& root) {
    for (const auto& [key, node] : root) {
      if (problems_.full()) break;
      if (key == "audio") {
        ReadAudio(key, node);
      } else if (parameters_.IsModule(key.str())) {
        parameters_.ReadModule(key, node);
      } else {
        parameters_.RefuseUnknown(key);
      }
    }
    problems_.ThrowIfAny();
    return std::move(settings_);
  }

 private:
  void ReadAudio(const toml::key& table_key, const toml::node& table_node) {
    const toml::table* table = table_node.as_table();
    if (table == nullptr) {
      return problems_.Add(table_key, {"audio", Shown(table_node), "is not a table", "[audio]"});
    }
    for (const auto& [key, node] : *table) {
      const std::string shown = "audio." + Printable(key.str());
      const auto* const known =
          std::find_if(kAudioKeys.begin(), kAudioKeys.end(),
                       [name = key.str()](const AudioKey& one) { return one.key == name; });
      if (known == kAudioKeys.end()) {
        problems_.Add(key, {shown, "", "there is no such key", AudioKeyNames()});
        continue;
      }
      const std::string reason = known->read(node, settings_.audio);
      if (!reason.empty()) {
        problems_.Add(key, {shown, Shown(node), reason, std::string(known->allowed)});
      }
    }
  }

  void ReadConvolverFile(const toml::key& key, const toml::node& node) {
    if (auto path = PlainText(node, kMaxPathLength)) {
      settings_.convolver_file = *std::move(path);
    } else {
      problems_.Add(key, {kConvolverFile, Shown(node), "is not the name of a file in quotes",
                          "a WAV or FLAC with 1, 2 or 4 channels; \"\" for none"});
    }
  }

  static std::string AudioKeyNames() {
    std::vector<std::string> names;
    names.reserve(kAudioKeys.size());
    for (const AudioKey& known : kAudioKeys) names.emplace_back(known.key);
    return Joined(names);
  }

  static std::vector<std::string> AudioPaths() {
    std::vector<std::string> paths;
    paths.reserve(kAudioKeys.size());
    for (const AudioKey& one : kAudioKeys) paths.push_back("audio." + std::string(one.key));
    return paths;
  }

  Settings settings_;
  Problems problems_;
  ParameterReader parameters_;
};

}  // namespace

Settings ParseSettings(std::string_view text, std::string_view name) {
  return Reader(name).Read(ParseToml(text, name, "a settings file"));
}

Settings LoadSettings(const std::filesystem::path& file) {
  return ParseSettings(ReadFileBytes(file), file.string());
}

}  // namespace auralis
