#pragma once
// The parameter table for readers: what `auralisd --list-params` prints. [control]

#include <string>

namespace auralis {

// docs/parameters.md: a section a module, families once with "N".
std::string ParametersMarkdown();

// A JSON array with one object a key, families member by member, in the order of the signal path.
std::string ParametersJson();

}  // namespace auralis
