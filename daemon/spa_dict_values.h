#pragma once
// Reading the dictionaries of properties that PipeWire hands out. [any]

#include <spa/utils/dict.h>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace auralis {

// "" where there is none.
inline std::string_view DictText(const spa_dict* properties, const char* key) {
  const char* const value = properties == nullptr ? nullptr : spa_dict_lookup(properties, key);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

inline std::optional<std::uint32_t> WholeNumber(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

inline std::optional<std::uint32_t> DictNumber(const spa_dict* properties, const char* key) {
  return WholeNumber(DictText(properties, key));
}

}  // namespace auralis
