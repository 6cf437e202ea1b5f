#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace auralis {

// Up to three words of `known` that `word` may have been meant to be, closest first: few edits away
// (Levenshtein, case apart), and none much farther than the best. A word without a dot is compared
// with the last part of dotted ones too, so that "ceiling" finds "limiter.ceiling". [control]
std::vector<std::string> Closest(std::string_view word, std::span<const std::string> known);

// "a, b, c".
std::string Joined(std::span<const std::string> words);

}  // namespace auralis
