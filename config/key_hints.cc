#include "config/key_hints.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

namespace auralis {
namespace {

constexpr std::size_t kMaxHints = 3;
constexpr std::size_t kMaxWordLength = 64;

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Levenshtein's distance (Wagner and Fischer 1974), one row at a time.
std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t above = row[j + 1];
      const std::size_t substituted = diagonal + (Lower(a[i]) == Lower(b[j]) ? 0U : 1U);
      row[j + 1] = std::min({row[j] + 1, above + 1, substituted});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::size_t Distance(std::string_view word, std::string_view known) {
  const std::size_t whole = EditDistance(word, known);
  const std::size_t dot = known.rfind('.');
  if (word.find('.') != std::string_view::npos || dot == std::string_view::npos) return whole;
  return std::min(whole, EditDistance(word, known.substr(dot + 1)));
}

}  // namespace

std::vector<std::string> Closest(std::string_view word, std::span<const std::string> known) {
  if (word.size() > kMaxWordLength) return {};
  std::vector<std::pair<std::size_t, std::size_t>> ranked;  // distance, position
  for (std::size_t i = 0; i < known.size(); ++i) ranked.emplace_back(Distance(word, known[i]), i);
  std::sort(ranked.begin(), ranked.end());
  std::vector<std::string> hints;
  for (const auto& [distance, position] : ranked) {
    const bool far = distance > word.size() / 2 || distance > ranked.front().first + 1;
    if (far || hints.size() == kMaxHints) break;
    hints.push_back(known[position]);
  }
  return hints;
}

std::string Joined(std::span<const std::string> words) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += ", ";
    text += word;
  }
  return text;
}

}  // namespace auralis
