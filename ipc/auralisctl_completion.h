#pragma once
// What the shells ask while somebody types. Keys and choices come from the table this program was
// built with, so it works without a daemon.

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

namespace auralis::ctl {

// The script that teaches `shell` ("bash", "zsh" or "fish") to ask Candidates().
std::string CompletionScript(const std::string& shell);

// What may stand where the last of `words` (those behind "auralisctl") is being typed. `app` knows
// the commands.
std::vector<std::string> Candidates(const std::vector<std::string>& words, const CLI::App& app);

// What is wrong with `words` where one of them stands for no command, and what is allowed: "show:
// there is no such command (did you mean: auralisctl preset show?)".
std::optional<std::string> NoSuchCommand(const std::vector<std::string>& words,
                                         const CLI::App& app);

}  // namespace auralis::ctl
