#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace auralis::render {

// The script that teaches `shell` (bash, zsh or fish) to ask Candidates(); "" for another.
std::string CompletionScript(const std::string& shell);
// What may stand behind the word `previous`, a line each: values where it is an option that knows
// them, else the options themselves. Files the shells know better.
std::string Candidates(const std::string& previous, const CLI::App& app);

}  // namespace auralis::render
