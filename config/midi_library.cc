#include "config/midi_library.h"

#include <fnmatch.h>

#include <algorithm>
#include <cctype>
#include <system_error>
#include <utility>

#include "config/paths.h"
#include "config/shipped_folder.h"
#include "config/text_file.h"

namespace auralis {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".toml";
constexpr std::size_t kMaxFiles = 200;

std::vector<MidiMapFile> LoadFrom(const fs::path& folder, bool shipped) {
  std::vector<MidiMapFile> maps;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    const std::string file = entry.path().filename().string();
    const bool is_map = file.ends_with(kEnding) && !file.starts_with('.') &&
                        file.size() > kEnding.size() && entry.is_regular_file(ignored);
    if (!is_map || maps.size() == kMaxFiles) continue;
    MidiMapFile one{.name = file.substr(0, file.size() - kEnding.size()),
                    .file = entry.path(),
                    .shipped = shipped,
                    .map = {},
                    .problem = {}};
    try {
      one.map = ParseMidiMap(ReadFileBytes(one.file), one.file.string());
    } catch (const ConfigError& e) {
      one.problem = e.what();
    }
    maps.push_back(std::move(one));
  }
  std::sort(maps.begin(), maps.end(),
            [](const MidiMapFile& a, const MidiMapFile& b) { return a.name < b.name; });
  return maps;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// "nanoKONTROL2:nanoKONTROL2 MIDI 1 20:0" ends with client and port.
std::string_view WithoutAlsaNumbers(std::string_view port) {
  std::string_view left = port;
  const auto drop_digits = [&] {
    const std::size_t before = left.size();
    while (!left.empty() && IsDigit(left.back())) left.remove_suffix(1);
    return left.size() < before;
  };
  if (!drop_digits() || left.empty() || left.back() != ':') return port;
  left.remove_suffix(1);
  if (!drop_digits() || left.empty() || left.back() != ' ') return port;
  left.remove_suffix(1);
  return left.empty() ? port : left;
}

// What is left of a port's name when direction is taken out: "capture", "out" and the like.
std::string WithoutDirection(std::string_view port) {
  constexpr std::string_view kWords[] = {"capture", "playback", "output", "input", "out", "in"};
  std::string name;
  for (std::size_t at = 0; at < port.size();) {
    if (std::isalpha(static_cast<unsigned char>(port[at])) == 0) {
      name += port[at++];
      continue;
    }
    std::string word;
    while (at < port.size() && std::isalpha(static_cast<unsigned char>(port[at])) != 0) {
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(port[at++])));
    }
    if (std::find(std::begin(kWords), std::end(kWords), word) == std::end(kWords)) name += word;
  }
  return name;
}

std::string FileNameFor(const std::string& port) {
  std::string name;
  for (const char c : port) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (plain) {
      name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  while (!name.empty() && name.back() == '-') name.pop_back();
  constexpr std::size_t kMaxName = 100;
  return name.empty() ? "controller" : name.substr(0, kMaxName);
}

// A port's name as a glob that only it fits.
std::string GlobOf(const std::string& port) {
  std::string glob;
  for (const char c : port) glob += c == '*' || c == '[' || c == '\\' ? '?' : c;
  return glob;
}

struct Target {
  fs::path file;
  std::string text;  // as it is now
};

// The user's map for a port, or what it is to begin with.
Target UserMap(const std::string& port) {
  const std::vector<MidiMapFile> maps = LoadMidiMaps();
  const MidiMapFile* found = MidiMapFor(maps, port);
  if (found != nullptr) {
    if (!found->problem.empty()) throw ConfigError(found->problem);
    return {UserMidiFolder() / (found->name + std::string(kEnding)), ReadFileBytes(found->file)};
  }
  const std::string name = FileNameFor(port);
  std::string file = name;
  // Another port's file may have the name.
  for (int i = 2; std::any_of(maps.begin(), maps.end(),
                              [&](const MidiMapFile& one) { return one.name == file; });
       ++i) {
    file = name + "-" + std::to_string(i);
  }
  return {UserMidiFolder() / (file + std::string(kEnding)),
          MidiMapText({.name = port, .ports = {GlobOf(port)}, .controls = {}})};
}

}  // namespace

fs::path UserMidiFolder() { return UserConfigFolder() / "midi"; }

fs::path ShippedMidiFolder() { return ShippedFolder("midi", "AURALIS_MIDI"); }

std::vector<MidiMapFile> LoadMidiMaps() {
  std::vector<MidiMapFile> maps;
  try {
    maps = LoadFrom(UserMidiFolder(), false);
  } catch (const ConfigError&) {
    maps.clear();  // without a home there are the shipped ones
  }
  for (MidiMapFile& shipped : LoadFrom(ShippedMidiFolder(), true)) {
    const bool hidden = std::any_of(
        maps.begin(), maps.end(), [&](const MidiMapFile& one) { return one.name == shipped.name; });
    if (!hidden) maps.push_back(std::move(shipped));
  }
  return maps;
}

std::string MidiPortName(std::string_view port) { return std::string(WithoutAlsaNumbers(port)); }

const MidiMapFile* MidiMapFor(const std::vector<MidiMapFile>& maps, const std::string& port) {
  for (const MidiMapFile& one : maps) {
    for (const std::string& glob : one.map.ports) {
      if (fnmatch(glob.c_str(), port.c_str(), FNM_CASEFOLD) == 0) return &one;
    }
  }
  return nullptr;
}

std::optional<std::size_t> MidiFeedbackPort(const std::string& input,
                                            const std::vector<std::string>& outputs) {
  const std::string wanted = WithoutDirection(input);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (WithoutDirection(outputs[i]) == wanted) return i;
  }
  return std::nullopt;
}

fs::path SaveMidiControl(const std::string& port, const MidiControl& control) {
  const Target target = UserMap(port);
  ReplaceFile(target.file, WithMidiControl(target.text, control));
  return target.file;
}

fs::path RemoveMidiControls(const std::string& port, const std::vector<std::size_t>& places) {
  const Target target = UserMap(port);
  ReplaceFile(target.file, WithoutMidiControls(target.text, places));
  return target.file;
}

}  // namespace auralis
