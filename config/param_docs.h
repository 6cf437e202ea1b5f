#pragma once
// The parameter table for people and for programs: what `auralisd --list-params` prints.

#include <string>

namespace auralis {

// One section a module; an indexed family appears once, as `bandN`. docs/parameters.md holds
// exactly this. [control]
std::string ParametersMarkdown();
// An array of objects, families written out. [control]
std::string ParametersJson();

}  // namespace auralis
