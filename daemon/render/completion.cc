#include "daemon/render/completion.h"

#include "config/param_registry.h"
#include "config/preset_library.h"
#include "dsp/kernels/simd_target.h"

namespace auralis::render {
namespace {

constexpr const char* kBash = R"sh(_auralis_render() {
  local IFS=$'\n' word="${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" --candidates="${COMP_WORDS[COMP_CWORD - 1]}" 2>/dev/null)" -- "$word"))
}
complete -o bashdefault -o default -F _auralis_render auralis-render
)sh";

constexpr const char* kZsh = R"sh(#compdef auralis-render
_auralis_render() {
  local -a candidates
  candidates=("${(@f)$("${words[1]}" --candidates="${words[CURRENT - 1]}" 2>/dev/null)}")
  compadd -a candidates
  _files
}
compdef _auralis_render auralis-render
)sh";

constexpr const char* kFish = R"sh(function __auralis_render_candidates
  set -l words (commandline -opc)
  $words[1] --candidates=$words[-1] 2>/dev/null
end
complete -c auralis-render -a '(__auralis_render_candidates)'
)sh";

}  // namespace

std::string CompletionScript(const std::string& shell) {
  if (shell == "bash") return kBash;
  if (shell == "zsh") return kZsh;
  return shell == "fish" ? kFish : "";
}

std::string Candidates(const std::string& previous, const CLI::App& app) {
  std::string lines;
  const auto add = [&lines](const std::string& line) { lines += line + "\n"; };
  if (previous == "--preset") {
    for (const PresetFile& preset : ListPresets()) add(preset.name);
  } else if (previous == "--set") {
    const ParamRegistry registry;
    for (std::size_t i = 0; i < ParamRegistry::size(); ++i) add(registry.key(i) + "=");
  } else if (previous == "--simd") {
    add("auto");
    for (const std::string& target : SupportedSimdTargets()) add(target);
  } else if (previous == "--format") {
    lines = "wav\nflac\nopus\n";
  } else if (previous == "--bits") {
    lines = "16\n24\n32f\n";
  } else if (previous == "--raw-out") {
    lines = "s16\ns24\nf32\n";
  } else {
    for (const CLI::Option* option : app.get_options()) {
      for (const std::string& name : option->get_lnames()) add("--" + name);
    }
  }
  return lines;
}

}  // namespace auralis::render
