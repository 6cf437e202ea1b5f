#include "ipc/auralisctl_completion.h"

#include <algorithm>
#include <iterator>

#include "config/param_registry.h"
#include "config/preset_library.h"
#include "ipc/auralisctl_ab.h"
#include "ipc/auralisctl_midi.h"

namespace auralis::ctl {
namespace {

constexpr const char* kBash = R"sh(_auralisctl() {
  local IFS=$'\n' words=("${COMP_WORDS[@]:1:COMP_CWORD}")
  COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" complete -- "${words[@]}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _auralisctl auralisctl
)sh";

constexpr const char* kZsh = R"sh(#compdef auralisctl
_auralisctl() {
  local -a candidates
  candidates=("${(@f)$("${words[1]}" complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -a candidates
}
compdef _auralisctl auralisctl
)sh";

constexpr const char* kFish = R"sh(function __auralisctl_candidates
  set -l words (commandline -opc) (commandline -ct)
  $words[1] complete -- $words[2..-1] 2>/dev/null
end
complete -c auralisctl -f -a '(__auralisctl_candidates)'
)sh";

std::vector<std::string> Keys() {
  const ParamRegistry registry;
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < ParamRegistry::size(); ++i) keys.push_back(registry.key(i));
  return keys;
}

std::vector<std::string> ChoicesOf(const std::string& key) {
  const ParamRegistry registry;
  const auto index = registry.Find(key);
  if (!index) return {};
  const ParamSpec& spec = ParamRegistry::info(*index).spec;
  if (spec.scale == Scale::kToggle) return {"on", "off", "toggle"};
  return {spec.choices.begin(), spec.choices.end()};
}

std::vector<std::string> PresetNames() {
  std::vector<std::string> names;
  for (const PresetFile& preset : ListPresets()) names.push_back(preset.name);
  return names;
}

// What a controller may be for: actions, presets, keys.
std::vector<std::string> MidiTargets() {
  std::vector<std::string> targets = MidiActions();
  for (const std::string& name : PresetNames()) targets.push_back("preset:" + name);
  for (std::string& key : Keys()) targets.push_back(std::move(key));
  return targets;
}

const CLI::App* Below(const CLI::App& command, const std::string& name) {
  for (const CLI::App* one : command.get_subcommands([](const CLI::App*) { return true; })) {
    if (one->get_name() == name) return one;
  }
  return nullptr;
}

std::vector<std::string> CommandsOf(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* one : command.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(one->get_name());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

std::string CompletionScript(const std::string& shell) {
  if (shell == "zsh") return kZsh;
  return shell == "fish" ? kFish : kBash;
}

std::optional<std::string> NoSuchCommand(const std::vector<std::string>& words,
                                         const CLI::App& app) {
  const CLI::App* command = &app;
  for (auto at = words.begin(); at != words.end(); ++at) {
    const std::string& word = *at;
    if (word.starts_with("-")) {
      const CLI::Option* option = command->get_option_no_throw(word);
      const bool value_follows = option != nullptr && option->get_expected_min() > 0;
      if (value_follows && std::next(at) != words.end()) ++at;
      continue;
    }
    const std::vector<std::string> there = CommandsOf(*command);
    if (there.empty()) return std::nullopt;
    if (const CLI::App* below = Below(*command, word)) {
      command = below;
      continue;
    }
    std::string meant;
    for (const std::string& group : CommandsOf(app)) {
      if (Below(*Below(app, group), word) == nullptr) continue;
      meant += (meant.empty() ? "" : ", ") + ("auralisctl " + group + " " + word);
    }
    std::string names;
    for (const std::string& name : there) names += (names.empty() ? "" : ", ") + name;
    return word + ": there is no such command (" +
           (meant.empty() ? "there are: " + names : "did you mean: " + meant + "?") + ")";
  }
  return std::nullopt;
}

std::vector<std::string> Candidates(const std::vector<std::string>& words, const CLI::App& app) {
  const CLI::App* command = &app;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (const CLI::App* below = Below(*command, words[i])) command = below;
  }
  std::vector<std::string> candidates = CommandsOf(*command);
  if (!candidates.empty()) return candidates;
  const std::string& name = command->get_name();
  const std::string group =
      command->get_parent() == nullptr ? "" : command->get_parent()->get_name();
  if (name == "set") {  // KEY VALUE KEY VALUE ..
    return words.size() % 2 == 0 ? Keys() : ChoicesOf(words[words.size() - 2]);
  }
  if (group == "midi") return name == "ports" ? std::vector<std::string>() : MidiTargets();
  if (name == "get" || name == "params" || name == "reset" || name == "release") return Keys();
  if (group == "preset") return PresetNames();
  if (name == "ab") {
    std::vector<std::string> names = PresetNames();
    if (words.size() == 2) {
      for (std::string& one : ComparisonActions()) names.push_back(std::move(one));
    }
    return names;
  }
  if (name == "bypass") return {"on", "off", "toggle"};
  if (name == "watch") return {"params", "meters", "spectrum", "adaptation", "events"};
  if (name == "completion") return {"bash", "zsh", "fish"};
  return {};
}

}  // namespace auralis::ctl
