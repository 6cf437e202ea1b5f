#include "config/param_text.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>

namespace auralis {
namespace {

constexpr std::size_t kMaxTextLength = 64;

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// ASCII only, whatever the locale.
std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// What a number is multiplied by to be in `unit`, for the suffix that follows it; nothing where
// the suffix does not fit.
std::optional<double> FactorOf(Unit unit, std::string_view suffix) {
  struct Suffix {
    Unit unit;
    std::string_view text;
    double factor;
  };
  static constexpr auto kSuffixes = std::to_array<Suffix>({{Unit::kDecibel, "db", 1.0},
                                                           {Unit::kHertz, "hz", 1.0},
                                                           {Unit::kHertz, "khz", 1000.0},
                                                           {Unit::kMillisecond, "ms", 1.0},
                                                           {Unit::kMillisecond, "s", 1000.0},
                                                           {Unit::kRatio, ":1", 1.0}});
  if (suffix.empty()) return 1.0;
  const std::string lower = Lower(suffix);
  for (const Suffix& known : kSuffixes) {
    if (known.unit == unit && known.text == lower) return known.factor;
  }
  return std::nullopt;
}

std::variant<float, ValueError> ParseToggle(std::string_view text, std::optional<float> current) {
  const std::string word = Lower(text);
  if (word == "toggle") {
    if (!current) return ValueError{"has nothing to turn round here"};
    return *current >= 0.5F ? 0.0F : 1.0F;
  }
  for (const std::string_view on : {"on", "true", "yes", "1"}) {
    if (word == on) return 1.0F;
  }
  for (const std::string_view off : {"off", "false", "no", "0"}) {
    if (word == off) return 0.0F;
  }
  return ValueError{"is not on or off"};
}

std::variant<float, ValueError> ParseNumber(const ParamSpec& spec, std::string_view text) {
  constexpr std::string_view kMinusSign = "\u2212";
  std::string ascii(text);
  if (text.starts_with(kMinusSign)) ascii.replace(0, kMinusSign.size(), "-");
  if (text.starts_with('+')) ascii.erase(0, 1);
  if (text.starts_with("+-")) return ValueError{"is not a number"};
  const char* const last = ascii.data() + ascii.size();
  double number = 0.0;
  const auto [end, error] = std::from_chars(ascii.data(), last, number, std::chars_format::general);
  if (error == std::errc::result_out_of_range) return ValueError{"is beyond what a number can be"};
  if (error != std::errc()) return ValueError{"is not a number"};
  const std::string_view suffix =
      Trimmed(std::string_view(ascii).substr(static_cast<std::size_t>(end - ascii.data())));
  if (suffix.starts_with(',')) return ValueError{"has a comma where a decimal point belongs"};
  const std::optional<double> factor = FactorOf(spec.unit, suffix);
  if (!factor) return ValueError{"ends in '" + Printable(suffix) + "', which does not fit"};
  return CheckValue(spec, number * *factor);
}

std::variant<float, ValueError> ParseChoice(const ParamSpec& spec, std::string_view text) {
  const std::string word = Lower(text);
  for (std::size_t i = 0; i < spec.choices.size(); ++i) {
    if (Lower(spec.choices[i]) == word) return static_cast<float>(i);
  }
  const auto number = ParseNumber(spec, text);
  return std::holds_alternative<float>(number) ? number : ValueError{"is not one of the choices"};
}

// To three decimals, without zeros that say nothing.
std::string RoundedText(float value) {
  std::array<char, 64> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                          std::chars_format::fixed, 3);
  std::string text(buffer.data(), error == std::errc() ? end : buffer.data());
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string WithUnit(const std::string& number, Unit unit) {
  const std::string_view name = UnitText(unit);
  if (name.empty()) return number;
  return number + (unit == Unit::kRatio ? "" : " ") + std::string(name);
}

struct Character {
  char32_t code;
  std::size_t bytes;
};

// What `text` begins with, if that is UTF-8 (RFC 3629, section 4).
std::optional<Character> FirstCharacter(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return Character{lead, 1};
  const auto bytes = static_cast<std::size_t>(std::countl_one(lead));
  if (bytes < 2 || bytes > 4 || bytes > text.size()) return std::nullopt;
  char32_t code = lead & (0x7FU >> bytes);
  for (const char c : text.substr(1, bytes - 1)) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0U) != 0x80U) return std::nullopt;
    code = (code << 6U) | (byte & 0x3FU);
  }
  constexpr std::array<char32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};  // by length
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < kSmallest[bytes] || code > 0x10FFFF || surrogate) return std::nullopt;
  return Character{code, bytes};
}

// Controls (C0, DEL, C1), the breaks of lines and paragraphs, and what turns the direction of text.
bool SteersTerminal(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code <= 0x9F) || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069);
}

}  // namespace

std::string FullKey(const ParamInfo& info) {
  std::string key(info.module);
  if (!info.family.empty()) {
    key += '.' + std::string(info.family) + std::to_string(info.number);
  }
  return info.spec.key.empty() ? key : key + '.' + std::string(info.spec.key);
}

std::variant<float, ValueError> ParseValue(const ParamSpec& spec, std::string_view text,
                                           std::optional<float> current) {
  text = Trimmed(text);
  if (text.empty()) return ValueError{"is empty"};
  if (text.size() > kMaxTextLength) return ValueError{"is too long"};
  if (spec.scale == Scale::kToggle) return ParseToggle(text, current);
  if (spec.scale == Scale::kChoice) return ParseChoice(spec, text);
  return ParseNumber(spec, text);
}

std::variant<float, ValueError> CheckValue(const ParamSpec& spec, double value) {
  if (!std::isfinite(value)) return ValueError{"is not a finite number"};
  // Compared as floats: the limits are floats, and 0.1 as a double is not the float 0.1.
  const auto rounded = static_cast<float>(value);
  if (spec.scale == Scale::kToggle && rounded != 0.0F && rounded != 1.0F) {
    return ValueError{"is not on or off"};
  }
  if (spec.scale == Scale::kChoice &&
      (rounded != std::round(rounded) || rounded < spec.min || rounded > spec.max)) {
    return ValueError{"is not one of the choices"};
  }
  if (rounded > spec.max) return ValueError{"is above the maximum"};
  if (rounded < spec.min) return ValueError{"is below the minimum"};
  return rounded == 0.0F ? 0.0F : rounded;  // zero has no sign here
}

std::string FormatValue(const ParamSpec& spec, float value) {
  if (spec.scale == Scale::kToggle) return value >= 0.5F ? "on" : "off";
  if (spec.scale == Scale::kChoice) {
    return std::string(spec.choices[static_cast<std::size_t>(std::lround(value))]);
  }
  std::string number = RoundedText(value);
  if (spec.unit == Unit::kDecibel && number.find('.') == std::string::npos) number += ".0";
  return WithUnit(number, spec.unit);
}

std::string ExactText(float value) {
  std::array<char, 64> buffer{};  // the smallest float has 46 digits after the point
  const auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed);
  return {buffer.data(), error == std::errc() ? end : buffer.data()};
}

double ExactDouble(float value) {
  const std::string text = ExactText(value);
  double exact = 0.0;
  std::from_chars(text.data(), text.data() + text.size(), exact);
  return exact;
}

std::string AllowedText(const ParamSpec& spec) {
  if (spec.scale == Scale::kToggle) return "on, off or toggle";
  if (spec.scale == Scale::kChoice) {
    std::string text;
    for (const std::string_view choice : spec.choices) {
      if (!text.empty()) text += ", ";
      text += choice;
    }
    return text;
  }
  return WithUnit(ExactText(spec.min), spec.unit) + " to " +
         WithUnit(ExactText(spec.max), spec.unit);
}

std::string_view UnitText(Unit unit) {
  switch (unit) {
    case Unit::kNone:
      return "";
    case Unit::kDecibel:
      return "dB";
    case Unit::kHertz:
      return "Hz";
    case Unit::kMillisecond:
      return "ms";
    case Unit::kRatio:
      return ":1";
  }
  return "";
}

std::string_view ScaleName(Scale scale) {
  switch (scale) {
    case Scale::kLinear:
      return "linear";
    case Scale::kLog:
      return "log";
    case Scale::kToggle:
      return "toggle";
    case Scale::kChoice:
      return "choice";
  }
  return "";
}

std::string Printable(std::string_view text, std::size_t max_bytes) {
  std::string printable;
  while (!text.empty()) {
    const std::optional<Character> first = FirstCharacter(text);
    const std::size_t bytes = first ? first->bytes : 1;
    const bool shown = first && !SteersTerminal(first->code);
    const std::string_view next = shown ? text.substr(0, bytes) : "?";
    if (printable.size() + next.size() > max_bytes) return printable + "...";
    printable += next;
    text.remove_prefix(bytes);
  }
  return printable;
}

}  // namespace auralis
