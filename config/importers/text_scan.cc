#include "config/importers/text_scan.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace auralis {

std::string_view Stripped(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string Lowered(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::vector<std::string> WordsOf(std::string_view text, std::string_view separators) {
  std::vector<std::string> words;
  while (true) {
    const std::size_t first = text.find_first_not_of(separators);
    if (first == std::string_view::npos) return words;
    text.remove_prefix(first);
    const std::size_t length = std::min(text.find_first_of(separators), text.size());
    words.emplace_back(text.substr(0, length));
    text.remove_prefix(length);
  }
}

std::optional<double> TakeNumber(std::string_view& text) {
  std::string ascii(text.substr(0, 64));
  std::replace(ascii.begin(), ascii.end(), ',', '.');
  const std::size_t plus = ascii.starts_with('+') ? 1 : 0;
  double number = 0.0;
  const auto [end, error] =
      std::from_chars(ascii.data() + plus, ascii.data() + ascii.size(), number);
  if (error != std::errc() || !std::isfinite(number)) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - ascii.data()));
  return number;
}

std::optional<double> NumberIn(std::string_view text) {
  text = Stripped(text);
  const std::optional<double> number = TakeNumber(text);
  return text.empty() ? number : std::nullopt;
}

}  // namespace auralis
