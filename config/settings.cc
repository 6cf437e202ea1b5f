#include "config/settings.h"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <optional>
#include <span>
#include <system_error>
#include <utility>

#include "config/key_hints.h"
#include "config/param_text.h"

namespace auralis {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxNameLength = 256;
constexpr std::size_t kMaxPathLength = 4096;
constexpr char kConvolverFile[] = "convolver.file";
constexpr std::size_t kMaxProblems = 50;
// toml++ bounds how deep values nest, but not how many tables one dotted key opens, and takes them
// down recursively: 100 000 dots end the process. Each level needs a dot or a bracket.
constexpr std::ptrdiff_t kMaxDotsInLine = 64;

std::string NumberText(double value) {
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), error == std::errc() ? end : buffer.data()};
}

// A value of the file as it may stand in a message.
std::string Shown(const toml::node& node) {
  if (const auto* text = node.as_string()) return Printable(text->get());
  if (const auto* whole = node.as_integer()) return std::to_string(whole->get());
  if (const auto* real = node.as_floating_point()) return NumberText(real->get());
  if (const auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
  if (node.is_table()) return "a table";
  if (node.is_array()) return "an array";
  return "a date or time";
}

// Nothing for what is not a number.
std::optional<double> NumberOf(const toml::node& node) {
  if (const auto* whole = node.as_integer()) return static_cast<double>(whole->get());
  return node.value_exact<double>();
}

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

constexpr std::array<std::string_view, 3> kDevices = {"auto", "portaudio", "virtual"};
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

struct AudioKey {
  std::string_view key;
  std::string (*read)(const toml::node& node, AudioSettings& audio);
  std::string_view allowed;
};
constexpr auto kAudioKeys = std::to_array<AudioKey>({
    {"device", ReadDevice, "auto, portaudio, virtual"},
    {"host_api", ReadHostApi, "\"\" for the first that answers, jack, alsa"},
    {"input", ReadInput, "a device's name or part of it, up to 256 bytes"},
    {"output", ReadOutput, "a device's name or part of it, up to 256 bytes"},
    {"rate", ReadRate, "0 for the device's own, 8000 to 384000"},
    {"block", ReadBlock, "16, 32, 64, 128, 256, 512, 1024"},
});

// --- The whole file.

// Turns a parsed file into settings and collects what is wrong on the way.
class Reader {
 public:
  explicit Reader(std::string_view name) : name_(name) {
    for (std::size_t i = 0; i < ParamRegistry::size(); ++i) {
      const std::string module(ParamRegistry::info(i).module);
      if (tables_.back() != module) tables_.push_back(module);
    }
  }

  // Throws ConfigError.
  Settings Read(const toml::table& root) {
    for (const auto& [key, node] : root) {
      if (problems_.size() > kMaxProblems) break;
      if (key == "audio") {
        ReadAudio(key, node);
      } else if (std::find(tables_.begin(), tables_.end(), key.str()) != tables_.end()) {
        ReadParameters(std::string(key.str()), key, node);
      } else if (HasDot(key)) {
        Refuse(key, DotInQuotes("", key.str()));
      } else {
        Refuse(key, UnknownTable(key.str()));
      }
    }
    if (!problems_.empty()) ThrowProblems();
    return std::move(settings_);
  }

 private:
  void ReadAudio(const toml::key& table_key, const toml::node& table_node) {
    const toml::table* table = table_node.as_table();
    if (table == nullptr) {
      return Refuse(table_key, {"audio", Shown(table_node), "is not a table", "[audio]"});
    }
    for (const auto& [key, node] : *table) {
      const std::string shown = "audio." + Printable(key.str());
      const auto* const known =
          std::find_if(kAudioKeys.begin(), kAudioKeys.end(),
                       [name = key.str()](const AudioKey& one) { return one.key == name; });
      if (known == kAudioKeys.end()) {
        Refuse(key, {shown, "", "there is no such key", AudioKeyNames()});
        continue;
      }
      const std::string reason = known->read(node, settings_.audio);
      if (!reason.empty()) Refuse(key, {shown, Shown(node), reason, std::string(known->allowed)});
    }
  }

  // `path` is what leads to the node, as in "equalizer.band1". Deeper than the parameter table goes
  // nothing is looked at.
  void ReadParameters(const std::string& path, const toml::key& key, const toml::node& node) {
    if (problems_.size() > kMaxProblems) return;
    if (path == kConvolverFile) return ReadConvolverFile(key, node);
    if (const auto index = registry_.Find(path)) return ReadParameter(*index, key, node);
    if (!IsTable(path)) return Refuse(key, registry_.UnknownKey(path));
    const toml::table* table = node.as_table();
    if (table == nullptr) {
      return Refuse(key, {path, Shown(node), "is not a table", "[" + path + "]"});
    }
    for (const auto& [child, value] : *table) {
      if (HasDot(child)) {
        Refuse(child, DotInQuotes(path + '.', child.str()));
      } else {
        std::string longer = path + '.';
        longer += child.str();
        ReadParameters(longer, child, value);
      }
    }
  }

  void ReadConvolverFile(const toml::key& key, const toml::node& node) {
    const auto text = node.value_exact<std::string>();
    if (text && text->size() <= kMaxPathLength && Printable(*text, kMaxPathLength) == *text) {
      settings_.convolver_file = *text;
    } else {
      Refuse(key, {kConvolverFile, Shown(node), "is not the name of a file in quotes",
                   "a WAV or FLAC with 1, 2 or 4 channels; \"\" for none"});
    }
  }

  void ReadParameter(std::size_t index, const toml::key& key, const toml::node& node) {
    const ParamSpec& spec = ParamRegistry::info(index).spec;
    std::variant<float, ValueError> checked = ValueError{"is not a value for it"};
    if (const auto* text = node.as_string()) {
      checked = ParseValue(spec, text->get(), std::nullopt);
    } else if (const auto* truth = node.as_boolean(); truth && spec.scale == Scale::kToggle) {
      checked = truth->get() ? 1.0F : 0.0F;
    } else if (const auto number = NumberOf(node)) {
      checked = CheckValue(spec, *number);
    }
    if (const auto* value = std::get_if<float>(&checked)) {
      settings_.parameters.push_back({registry_.key(index), ExactDouble(*value)});
      return;
    }
    const bool toggle = spec.scale == Scale::kToggle;  // "toggle" has no meaning in a file
    Refuse(key, {registry_.key(index), Shown(node), std::get<ValueError>(checked).reason,
                 toggle ? "true, false, \"on\", \"off\"" : AllowedText(spec)});
  }

  static bool HasDot(const toml::key& key) { return key.str().find('.') != std::string_view::npos; }

  // TOML takes "band1.gain" in quotes for one name; who writes it means band1.gain.
  static ParamError DotInQuotes(std::string prefix, std::string_view key) {
    const std::string shown = Printable(key);
    prefix += '"' + shown + '"';
    return {std::move(prefix), "", "a dot in quotes does not divide", shown, true};
  }

  bool IsTable(const std::string& path) const {
    for (std::size_t i = 0; i < ParamRegistry::size(); ++i) {
      if (registry_.key(i).starts_with(path + ".")) return true;
    }
    return false;
  }

  static std::string AudioKeyNames() {
    std::vector<std::string> names;
    names.reserve(kAudioKeys.size());
    for (const AudioKey& known : kAudioKeys) names.emplace_back(known.key);
    return Joined(names);
  }

  // A key of no table may be a table misspelt, or a key whose table was forgotten.
  ParamError UnknownTable(std::string_view key) const {
    std::vector<std::string> known = tables_;
    known.reserve(tables_.size() + kAudioKeys.size() + ParamRegistry::size());
    for (const AudioKey& one : kAudioKeys) known.push_back("audio." + std::string(one.key));
    for (std::size_t i = 0; i < ParamRegistry::size(); ++i) known.push_back(registry_.key(i));
    const std::vector<std::string> hints = Closest(key, known);
    return {Printable(key), "", "there is no such table", Joined(hints.empty() ? tables_ : hints),
            !hints.empty()};
  }

  void Refuse(const toml::key& where, const ParamError& error) {
    problems_.emplace_back(where.source().begin.line, error.Message());
  }

  [[noreturn]] void ThrowProblems() {
    std::stable_sort(problems_.begin(), problems_.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::string text;
    for (std::size_t i = 0; i < std::min(problems_.size(), kMaxProblems); ++i) {
      text += (i == 0 ? "" : "\n") + name_ + ":" + std::to_string(problems_[i].first) + ": " +
              problems_[i].second;
    }
    if (problems_.size() > kMaxProblems) text += "\n" + name_ + ": there are more errors";
    throw ConfigError(text);
  }

  std::string name_;
  ParamRegistry registry_;
  std::vector<std::string> tables_ = {"audio"};
  Settings settings_;
  std::vector<std::pair<std::size_t, std::string>> problems_;  // line, message
};

// What would keep the parser from its work. Throws ConfigError.
void CheckShape(std::string_view text, const std::string& name) {
  if (text.size() > kMaxFileBytes) {
    throw ConfigError(name + ": is larger than 1 MiB, so it is not a settings file");
  }
  if (text.find('\0') != std::string_view::npos) {
    throw ConfigError(name + ": is not text (it has zero bytes in it)");
  }
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t length = std::min(text.find('\n'), text.size());
    if (std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(length), '.') >
        kMaxDotsInLine) {
      throw ConfigError(name + ":" + std::to_string(line) + ": has more than " +
                        std::to_string(kMaxDotsInLine) + " dots in a line");
    }
    text.remove_prefix(std::min(length + 1, text.size()));
  }
}

}  // namespace

Settings ParseSettings(std::string_view text, std::string_view name) {
  const std::string file(name);
  CheckShape(text, file);
  try {
    return Reader(name).Read(toml::parse(text, name));
  } catch (const toml::parse_error& e) {
    constexpr std::size_t kMaxDescription = 200;
    const toml::source_position& at = e.source().begin;
    throw ConfigError(file + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) +
                      ": not TOML: " + Printable(e.description(), kMaxDescription));
  }
}

Settings LoadSettings(const std::filesystem::path& file) {
  const std::string name = file.string();
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status)) {
    throw ConfigError(name + ": " + (error ? error.message() : "there is no such file"));
  }
  if (std::filesystem::is_directory(status)) throw ConfigError(name + ": is a folder, not a file");
  if (!std::filesystem::is_regular_file(status)) {
    throw ConfigError(name + ": is not a regular file");
  }
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  std::string text(kMaxFileBytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!stream.is_open() || stream.bad()) {
    throw ConfigError(
        name + ": cannot be read: " + std::error_code(errno, std::generic_category()).message());
  }
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return ParseSettings(text, name);
}

}  // namespace auralis
