#include "config/toml_reader.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "config/key_hints.h"
#include "config/param_text.h"
#include "config/text_file.h"

namespace auralis {
namespace {

// toml++ bounds how deep values nest, but not how many tables one dotted key opens, and takes them
// down recursively: 100 000 dots end the process. Each level needs a dot or a bracket.
constexpr std::ptrdiff_t kMaxDotsInLine = 64;

std::string NumberText(double value) {
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), error == std::errc() ? end : buffer.data()};
}

bool HasDot(const toml::key& key) { return key.str().find('.') != std::string_view::npos; }

// TOML takes "band1.gain" in quotes for one name; who writes it means band1.gain.
ParamError DotInQuotes(std::string prefix, std::string_view key) {
  const std::string shown = Printable(key);
  prefix += '"' + shown + '"';
  return {std::move(prefix), "", "a dot in quotes does not divide", shown, true};
}

void CheckDots(std::string_view text, const std::string& name) {
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t length = std::min(text.find('\n'), text.size());
    if (std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(length), '.') >
        kMaxDotsInLine) {
      throw ConfigError(name + ":" + std::to_string(line) + ": has more than " +
                        std::to_string(kMaxDotsInLine) + " dots in a line");
    }
    text.remove_prefix(std::min(length + 1, text.size()));
  }
}

}  // namespace

toml::table ParseToml(std::string_view text, std::string_view name, std::string_view kind) {
  const std::string file(name);
  CheckIsText(text, name, kind);
  CheckDots(text, file);
  try {
    return toml::parse(text, name);
  } catch (const toml::parse_error& e) {
    constexpr std::size_t kMaxDescription = 200;
    const toml::source_position& at = e.source().begin;
    throw ConfigError(file + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) +
                      ": not TOML: " + Printable(e.description(), kMaxDescription));
  }
}

std::string Shown(const toml::node& node) {
  if (const auto* text = node.as_string()) return Printable(text->get());
  if (const auto* whole = node.as_integer()) return std::to_string(whole->get());
  if (const auto* real = node.as_floating_point()) return NumberText(real->get());
  if (const auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
  if (node.is_table()) return "a table";
  if (node.is_array()) return "an array";
  return "a date or time";
}

std::optional<double> NumberOf(const toml::node& node) {
  if (const auto* whole = node.as_integer()) return static_cast<double>(whole->get());
  return node.value_exact<double>();
}

std::optional<std::string> PlainText(const toml::node& node, std::size_t max_bytes) {
  auto text = node.value_exact<std::string>();
  if (!text || text->size() > max_bytes || Printable(*text, max_bytes) != *text) {
    return std::nullopt;
  }
  return text;
}

void Problems::Add(const toml::source_position& at, const std::string& message) {
  problems_.push_back({at.line, at.column, message});
}

void Problems::ThrowIfAny() {
  if (problems_.empty()) return;
  const bool by_column = place_ == Place::kLineAndColumn;
  std::stable_sort(problems_.begin(), problems_.end(), [&](const Problem& a, const Problem& b) {
    return a.line != b.line ? a.line < b.line : by_column && a.column < b.column;
  });
  std::string text;
  for (std::size_t i = 0; i < std::min(problems_.size(), kMax); ++i) {
    const Problem& one = problems_[i];
    text += (i == 0 ? "" : "\n") + name_ + ":" + std::to_string(one.line) +
            (by_column ? ":" + std::to_string(one.column) : "") + ": " + one.message;
  }
  if (full()) text += "\n" + name_ + ": there are more errors";
  throw ConfigError(text);
}

ParameterReader::ParameterReader(Problems& problems, std::vector<std::string> other_tables,
                                 std::vector<std::string> other_keys, Sink sink, Other other)
    : problems_(problems),
      tables_(std::move(other_tables)),
      other_keys_(std::move(other_keys)),
      first_module_(tables_.size()),
      sink_(std::move(sink)),
      other_(std::move(other)) {
  for (std::size_t i = 0; i < ParamRegistry::size(); ++i) {
    const std::string module(ParamRegistry::info(i).module);
    if (tables_.size() == first_module_ || tables_.back() != module) tables_.push_back(module);
  }
}

bool ParameterReader::IsModule(std::string_view key) const {
  const auto first = tables_.begin() + static_cast<std::ptrdiff_t>(first_module_);
  return std::find(first, tables_.end(), key) != tables_.end();
}

void ParameterReader::ReadModule(const toml::key& key, const toml::node& node) {
  Read(std::string(key.str()), key, node);
}

// `path` is what leads to the node, as in "equalizer.band1". Deeper than the parameter table goes
// nothing is looked at.
void ParameterReader::Read(const std::string& path, const toml::key& key, const toml::node& node) {
  if (problems_.full()) return;
  if (other_(path, key, node)) return;
  if (const auto index = registry_.Find(path)) return ReadParameter(*index, key, node);
  if (!IsTable(path)) return problems_.Add(key, registry_.UnknownKey(path));
  const toml::table* table = node.as_table();
  if (table == nullptr) {
    return problems_.Add(key, {path, Shown(node), "is not a table", "[" + path + "]"});
  }
  for (const auto& [child, value] : *table) {
    if (HasDot(child)) {
      problems_.Add(child, DotInQuotes(path + '.', child.str()));
    } else {
      std::string longer = path + '.';
      longer += child.str();
      Read(longer, child, value);
    }
  }
}

void ParameterReader::ReadParameter(std::size_t index, const toml::key& key,
                                    const toml::node& node) {
  const ParamSpec& spec = ParamRegistry::info(index).spec;
  std::variant<float, ValueError> checked = ValueError{"is not a value for it"};
  if (const auto* text = node.as_string()) {
    checked = ParseValue(spec, text->get(), std::nullopt);
  } else if (const auto* truth = node.as_boolean(); truth && spec.scale == Scale::kToggle) {
    checked = truth->get() ? 1.0F : 0.0F;
  } else if (const auto number = NumberOf(node)) {
    checked = CheckValue(spec, *number);
  }
  if (const auto* value = std::get_if<float>(&checked)) return sink_(index, *value, node);
  const bool toggle = spec.scale == Scale::kToggle;  // "toggle" has no meaning in a file
  problems_.Add(key, {registry_.key(index), Shown(node), std::get<ValueError>(checked).reason,
                      toggle ? "true, false, \"on\", \"off\"" : AllowedText(spec)});
}

bool ParameterReader::IsTable(const std::string& path) const {
  for (std::size_t i = 0; i < ParamRegistry::size(); ++i) {
    if (registry_.key(i).starts_with(path + ".")) return true;
  }
  return false;
}

// A key of no table may be a table misspelt, or a key whose table was forgotten.
void ParameterReader::RefuseUnknown(const toml::key& key) {
  if (HasDot(key)) return problems_.Add(key, DotInQuotes("", key.str()));
  std::vector<std::string> known = tables_;
  known.insert(known.end(), other_keys_.begin(), other_keys_.end());
  for (std::size_t i = 0; i < ParamRegistry::size(); ++i) known.push_back(registry_.key(i));
  const std::vector<std::string> hints = Closest(key.str(), known);
  problems_.Add(key, {Printable(key.str()), "", "there is no such table",
                      Joined(hints.empty() ? tables_ : hints), !hints.empty()});
}

}  // namespace auralis
