#pragma once
// Numbers and words out of the lines of foreign texts.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace auralis {

std::string_view Stripped(std::string_view text);
std::string Lowered(std::string_view text);  // ASCII
std::vector<std::string> WordsOf(std::string_view text, std::string_view separators = " \t");
// The whole text as a finite number, with a decimal point or comma; nothing for anything else.
std::optional<double> NumberIn(std::string_view text);
// The number `text` begins with, which is taken off it.
std::optional<double> TakeNumber(std::string_view& text);

}  // namespace auralis
