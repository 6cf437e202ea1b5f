#include "config/settings.h"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>
#include <string_view>

#include "config/param_text.h"

namespace auralis {
namespace {

constexpr std::uintmax_t kMaxFileBytes = 1 << 20;

std::string QuotedList(std::initializer_list<std::string_view> words) {
  std::string text;
  for (const std::string_view word : words) {
    text += (text.empty() ? "\"" : ", \"") + std::string(word) + '"';
  }
  return text;
}

// One pass over a parsed file: gathers settings and every error with its line.
class Reader {
 public:
  explicit Reader(std::string_view name) : name_(name) {}

  Settings Read(const toml::table& root) {
    for (const auto& [key, node] : root) {
      if (key.str() == "audio") {
        ReadAudio(node);
      } else {
        ReadParameters(std::string(key.str()), node);
      }
    }
    if (!errors_.empty()) {
      std::stable_sort(errors_.begin(), errors_.end(),
                       [](const Error& a, const Error& b) { return a.line < b.line; });
      std::string text;
      for (const Error& error : errors_) text += (text.empty() ? "" : "\n") + error.text;
      throw ConfigError(text);
    }
    return std::move(settings_);
  }

 private:
  struct Error {
    std::size_t line;
    std::string text;
  };

  void Fail(const toml::node& node, const std::string& key, const std::string& reason,
            const std::string& allowed) {
    const std::size_t line = node.source().begin.line;
    std::string text = name_ + ":" + std::to_string(line) + ": " + key + ": " + reason;
    if (!allowed.empty()) text += " (allowed: " + allowed + ")";
    errors_.push_back({.line = line, .text = std::move(text)});
  }

  void ReadAudio(const toml::node& node) {
    const toml::table* table = node.as_table();
    if (table == nullptr) return Fail(node, "audio", "is not a table", "[audio]");
    AudioSettings& audio = settings_.audio;
    for (const auto& [key, value] : *table) {
      const std::string_view name = key.str();
      const std::string full = "audio." + std::string(name);
      if (name == "device") {
        ReadWord(full, value, audio.device, {"auto", "portaudio", "virtual"});
      } else if (name == "host_api") {
        ReadWord(full, value, audio.host_api, {"", "jack", "alsa"});
      } else if (name == "input") {
        ReadWord(full, value, audio.input, {});
      } else if (name == "output") {
        ReadWord(full, value, audio.output, {});
      } else if (name == "rate") {
        ReadNumber(full, value, audio.rate_hz, "0, or 8000 to 384000",
                   [](double hz) { return hz == 0.0 || (hz >= 8000.0 && hz <= 384000.0); });
      } else if (name == "block") {
        double frames = static_cast<double>(audio.block_frames);
        ReadNumber(full, value, frames, "16, 32, 64, 128, 256, 512, 1024", [](double n) {
          constexpr std::array<double, 7> kBlocks = {16, 32, 64, 128, 256, 512, 1024};
          return std::find(kBlocks.begin(), kBlocks.end(), n) != kBlocks.end();
        });
        audio.block_frames = static_cast<std::size_t>(frames);
      } else {
        Fail(value, full, "is not a known key",
             "audio.device, audio.host_api, audio.input, audio.output, audio.rate, audio.block");
      }
    }
  }

  // No choices: any text.
  void ReadWord(const std::string& key, const toml::node& node, std::string& into,
                std::initializer_list<std::string_view> choices) {
    const auto text = node.value_exact<std::string>();
    if (!text)
      return Fail(node, key, "is not text",
                  choices.size() == 0 ? "a name in quotes" : QuotedList(choices));
    if (choices.size() != 0 && std::find(choices.begin(), choices.end(), *text) == choices.end()) {
      return Fail(node, key, "\"" + *text + "\" is not one of the choices", QuotedList(choices));
    }
    into = *text;
  }

  void ReadNumber(const std::string& key, const toml::node& node, double& into,
                  const std::string& allowed, const std::function<bool(double)>& fits) {
    const auto number = node.is_number() ? node.value<double>() : std::nullopt;
    if (!number) return Fail(node, key, "is not a number", allowed);
    if (!fits(*number)) {
      std::ostringstream text;
      text << *number;
      return Fail(node, key, text.str() + " does not fit", allowed);
    }
    into = *number;
  }

  void ReadParameters(const std::string& key, const toml::node& node) {
    if (const toml::table* table = node.as_table()) {
      for (const auto& [inner, value] : *table) {
        ReadParameters(key + "." + std::string(inner.str()), value);
      }
      return;
    }
    Assignment assignment{.key = key, .value = 0.0};
    if (const auto flag = node.value_exact<bool>()) {
      assignment.value = *flag ? 1.0 : 0.0;
    } else if (node.is_number()) {
      assignment.value = *node.value<double>();
    } else if (auto text = node.value_exact<std::string>()) {
      assignment.value = std::move(*text);
    } else {
      return Fail(node, key, "is neither a number nor text nor true or false", "");
    }
    if (const auto error = scratch_.Apply(std::span(&assignment, 1))) {
      const std::string value = error->value.empty() ? "" : error->value + " ";
      return Fail(node, key, scratch_.Find(key) ? value + error->reason : "is not a known key",
                  error->allowed);
    }
    settings_.parameters.push_back(std::move(assignment));
  }

  std::string name_;
  Settings settings_;
  ParamRegistry scratch_;  // judges keys and values as the real one will
  std::vector<Error> errors_;
};

std::string ReadText(const std::filesystem::path& file) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    throw ConfigError(file.string() + ": there is no such file");
  }
  if (!std::filesystem::is_regular_file(status)) {
    throw ConfigError(file.string() + ": is not a regular file");
  }
  if (std::filesystem::file_size(file, error) > kMaxFileBytes) {
    throw ConfigError(file.string() + ": is larger than 1 MiB, which no settings file is");
  }
  std::ifstream stream(file, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  if (!stream) throw ConfigError(file.string() + ": cannot be read");
  return text;
}

}  // namespace

Settings ParseSettings(std::string_view text, std::string_view name) {
  toml::table root;
  try {
    root = toml::parse(text, name);
  } catch (const toml::parse_error& e) {
    std::ostringstream message;
    message << name << ':' << e.source().begin.line << ':' << e.source().begin.column << ": "
            << e.description();
    throw ConfigError(message.str());
  }
  return Reader(name).Read(root);
}

Settings LoadSettings(const std::filesystem::path& file) {
  return ParseSettings(ReadText(file), file.string());
}

}  // namespace auralis
