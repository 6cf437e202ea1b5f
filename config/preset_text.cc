// How presets are written.

#include <algorithm>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "config/param_text.h"
#include "config/preset.h"
#include "config/text_file.h"
#include "config/toml_reader.h"

namespace auralis {
namespace {

constexpr char kConvolverFile[] = "convolver.file";

std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

// As a file spells it: true, "bell", -1.5.
std::string ValueText(std::size_t index, float value) {
  const ParamSpec& spec = ParamRegistry::info(index).spec;
  if (spec.scale == Scale::kToggle) return value >= 0.5F ? "true" : "false";
  if (spec.scale == Scale::kChoice) return Quoted(FormatValue(spec, value));
  return ExactText(value);
}

// What a file is to say: full keys and the texts of their values, in the order of the table.
std::vector<std::pair<std::string, std::string>> LinesOf(const Preset& preset) {
  std::vector<std::pair<std::string, std::string>> lines;
  for (const auto& [index, value] : preset.values) {
    lines.emplace_back(FullKey(ParamRegistry::info(index)), ValueText(index, value));
  }
  if (preset.convolver_file) {
    lines.emplace_back(kConvolverFile, Quoted(*preset.convolver_file));
  }
  return lines;
}

std::string ModuleOf(const std::string& key) { return key.substr(0, key.find('.')); }

// Lines of a text, and places in them as toml++ counts: lines and characters from 1.
class Lines {
 public:
  explicit Lines(std::string_view text) {
    while (!text.empty()) {
      const std::size_t length = std::min(text.find('\n'), text.size());
      lines_.emplace_back(text.substr(0, length));
      text.remove_prefix(std::min(length + 1, text.size()));
    }
  }

  std::string& at(std::size_t line) { return lines_[line - 1]; }
  std::size_t count() const { return lines_.size(); }
  void Remove(std::size_t line) { removed_.push_back(line); }
  // Behind `line`; 0 is the beginning.
  void Insert(std::size_t line, std::string text) { inserted_.emplace_back(line, std::move(text)); }

  static std::size_t ByteOf(const std::string& line, std::size_t column) {
    std::size_t byte = 0;
    for (std::size_t character = 1; byte < line.size(); ++byte) {
      const bool begins = (static_cast<unsigned char>(line[byte]) & 0xC0U) != 0x80U;
      if (begins && character++ == column) break;
    }
    return byte;
  }

  std::string Text() const {
    std::string text;
    for (std::size_t line = 0; line <= lines_.size(); ++line) {
      const bool kept =
          line > 0 && std::find(removed_.begin(), removed_.end(), line) == removed_.end();
      if (kept) text += lines_[line - 1] + '\n';
      for (const auto& [after, added] : inserted_) {
        if (after == line) text += added + '\n';
      }
    }
    return text;
  }

 private:
  std::vector<std::string> lines_;
  std::vector<std::size_t> removed_;
  std::vector<std::pair<std::size_t, std::string>> inserted_;
};

struct Said {
  std::string key;
  const toml::node* node;
  bool inside_braces;  // of an inline table, where it has no line of its own
};

void Collect(const toml::table& table, const std::string& path, bool in_braces,
             std::vector<Said>& all) {
  for (const auto& [key, node] : table) {
    const std::string longer = (path.empty() ? "" : path + ".") + std::string(key.str());
    if (const toml::table* child = node.as_table()) {
      Collect(*child, longer, in_braces || child->is_inline(), all);
    } else {
      all.push_back({longer, &node, in_braces});
    }
  }
}

// The last line with something in it of the table that "[name]" opens; nothing where none does.
std::optional<std::size_t> EndOfTable(Lines& lines, const std::string& name) {
  std::optional<std::size_t> last;
  for (std::size_t line = 1; line <= lines.count(); ++line) {
    const std::string& text = lines.at(line);
    const std::size_t first = text.find_first_not_of(" \t\r");
    if (first == std::string::npos) continue;
    if (text[first] == '[') {
      if (last) break;
      if (text.compare(first, name.size() + 2, "[" + name + "]") == 0) last = line;
    } else if (last && text[first] != '#') {
      last = line;
    }
  }
  return last;
}

class Editor {
 public:
  Editor(std::string_view text, const Preset& preset)
      : preset_(preset), lines_(text), wanted_(LinesOf(preset)) {}

  std::string Edit(const toml::table& old) {
    std::vector<Said> said;
    Collect(old, "", false, said);
    Describe(old);
    for (const Said& one : said) {
      if (one.key != "schema" && one.key != "description") Change(one);
    }
    for (const auto& [key, value] : wanted_) {
      const auto is_it = [&key = key](const Said& one) { return one.key == key; };
      if (std::none_of(said.begin(), said.end(), is_it)) Add(key, value);
    }
    std::string text = lines_.Text();
    for (const auto& [module, body] : appended_) text += "\n[" + module + "]\n" + body;
    return text;
  }

 private:
  void Describe(const toml::table& old) {
    const toml::node* node = old.get("description");
    if (node != nullptr) return Replace(*node, Quoted(preset_.description));
    const toml::node* schema = old.get("schema");
    if (!preset_.description.empty() && schema != nullptr) {
      lines_.Insert(schema->source().begin.line, "description = " + Quoted(preset_.description));
    }
  }

  void Change(const Said& one) {
    const auto wanted = std::find_if(wanted_.begin(), wanted_.end(),
                                     [&](const auto& line) { return line.first == one.key; });
    const auto index = registry_.Find(one.key);
    if (wanted != wanted_.end()) {
      if (!IsAlready(one, index)) Replace(*one.node, wanted->second);
    } else if (!one.inside_braces) {
      lines_.Remove(one.node->source().begin.line);
    } else if (index) {
      Replace(*one.node, ValueText(*index, SignalPath::kDefaults[*index]));
    }
  }

  // True where the file says the value already, however it spells it.
  bool IsAlready(const Said& one, std::optional<std::size_t> index) const {
    if (!index) return one.node->value_exact<std::string>() == preset_.convolver_file;
    const ParamSpec& spec = ParamRegistry::info(*index).spec;
    std::variant<float, ValueError> value = ValueError{};
    if (const auto* text = one.node->as_string()) {
      value = ParseValue(spec, text->get(), std::nullopt);
    } else if (const auto* truth = one.node->as_boolean()) {
      value = truth->get() ? 1.0F : 0.0F;
    } else if (const auto number = NumberOf(*one.node)) {
      value = CheckValue(spec, *number);
    }
    const auto* number = std::get_if<float>(&value);
    return number != nullptr && *number == preset_.values.at(*index);
  }

  // Of several values of one line, the last one first keeps the places of the others.
  void Replace(const toml::node& node, const std::string& value) {
    const toml::source_region& at = node.source();
    if (at.begin.line != at.end.line) return;  // the text will not do, and is written anew
    replacements_.push_back({at.begin.line, at.begin.column, at.end.column, value});
    std::string& line = lines_.at(at.begin.line);
    line = original(at.begin.line);
    std::vector<Replacement> of_line;
    for (const Replacement& one : replacements_) {
      if (one.line == at.begin.line) of_line.push_back(one);
    }
    std::sort(of_line.begin(), of_line.end(),
              [](const auto& a, const auto& b) { return a.begin > b.begin; });
    for (const Replacement& one : of_line) {
      const std::size_t begin = Lines::ByteOf(line, one.begin);
      line.replace(begin, Lines::ByteOf(line, one.end) - begin, one.value);
    }
  }

  const std::string& original(std::size_t line) {
    return originals_.try_emplace(line, lines_.at(line)).first->second;
  }

  void Add(const std::string& key, const std::string& value) {
    const std::size_t last_dot = key.rfind('.');
    const std::string module = ModuleOf(key);
    for (const std::string& table : {key.substr(0, last_dot), module}) {
      if (const auto end = EndOfTable(lines_, table)) {
        return lines_.Insert(*end, key.substr(table.size() + 1) + " = " + value);
      }
    }
    appended_[module] += key.substr(module.size() + 1) + " = " + value + "\n";
  }

  struct Replacement {
    std::size_t line, begin, end;
    std::string value;
  };
  const Preset& preset_;
  ParamRegistry registry_;
  Lines lines_;
  std::vector<std::pair<std::string, std::string>> wanted_;
  std::vector<Replacement> replacements_;
  std::map<std::size_t, std::string> originals_;
  std::map<std::string, std::string> appended_;  // module, lines
};

// The comments that a file begins with.
std::string Heading(std::string_view text) {
  Lines lines(text);
  std::string heading;
  for (std::size_t line = 1; line <= lines.count() && lines.at(line).starts_with('#'); ++line) {
    heading += lines.at(line) + '\n';
  }
  return heading;
}

// In a file, what only repeats the defaults is no difference.
Preset WithoutDefaults(Preset preset, const Preset& wanted) {
  std::erase_if(preset.values, [&](const auto& one) {
    return !wanted.values.contains(one.first) && one.second == SignalPath::kDefaults[one.first];
  });
  return preset;
}

}  // namespace

std::string PresetText(const Preset& preset) {
  std::string text = "schema = " + std::to_string(kPresetSchema) + "\n";
  if (!preset.description.empty()) text += "description = " + Quoted(preset.description) + "\n";
  std::vector<std::pair<std::string, std::string>> lines = LinesOf(preset);
  std::stable_sort(lines.begin(), lines.end(), [](const auto& a, const auto& b) {
    // The table of parameters has its modules together already; the file goes to its own.
    const auto rank = [](const std::string& key) {
      for (std::size_t i = 0; i < ParamRegistry::size(); ++i) {
        if (ParamRegistry::info(i).module == ModuleOf(key)) return i;
      }
      return ParamRegistry::size();
    };
    return rank(a.first) < rank(b.first);
  });
  std::string module;
  for (const auto& [key, value] : lines) {
    if (ModuleOf(key) != module) {
      module = ModuleOf(key);
      text += "\n[" + module + "]\n";
    }
    text += key.substr(module.size() + 1) + " = " + value + "\n";
  }
  return text;
}

std::string EditedPresetText(std::string_view text, const Preset& preset) {
  constexpr std::string_view kName = "preset";
  try {
    const toml::table old = ParseToml(text, kName, kName);
    if (old["schema"].value<int>() == kPresetSchema) {
      std::string edited = Editor(text, preset).Edit(old);
      if (WithoutDefaults(ParsePreset(edited, kName), preset) == preset) return edited;
    }
  } catch (const ConfigError&) {
    // Nothing that could be edited: written anew below.
  }
  std::string fresh = Heading(text) + PresetText(preset);
  try {
    ParseToml(fresh, kName, kName);
    return fresh;
  } catch (const ConfigError&) {
    return PresetText(preset);  // the heading is no text
  }
}

void SavePreset(const std::filesystem::path& file, const Preset& preset) {
  std::error_code error;
  Preset relative = preset;
  if (preset.convolver_file && !preset.convolver_file->empty()) {
    const std::filesystem::path folder = std::filesystem::absolute(file).parent_path();
    const std::filesystem::path response = *preset.convolver_file;
    if (response.parent_path() == folder) relative.convolver_file = response.filename().string();
  }
  const bool exists = std::filesystem::is_regular_file(file, error);
  ReplaceFile(file,
              exists ? EditedPresetText(ReadFileBytes(file), relative) : PresetText(relative));
}

}  // namespace auralis
