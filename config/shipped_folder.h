#pragma once

#include <filesystem>
#include <string>

namespace auralis {

// Where files of one kind ("presets", "midi") are that come with the program: what the environment
// variable `variable` says, else share/auralis/KIND beside the folder of the program that runs,
// else of the source tree the program was built from, else of where it was to be installed.
// [control]
std::filesystem::path ShippedFolder(const std::string& kind, const char* variable);

}  // namespace auralis
