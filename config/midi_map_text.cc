// How maps of MIDI controllers are read, written and edited.

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "config/midi_map.h"
#include "config/param_text.h"
#include "config/toml_reader.h"

namespace auralis {
namespace {

constexpr std::size_t kMaxText = 256;
constexpr std::size_t kMaxPorts = 32;
constexpr char kControl[] = "control";

// A map, and where each of its controls begins.
struct Read {
  MidiMap map;
  std::vector<std::size_t> lines;
};

class Reader {
 public:
  explicit Reader(std::string_view name) : problems_(name, Problems::Place::kLineAndColumn) {}

  Read ReadRoot(const toml::table& root) {
    if (!root.contains("schema")) problems_.Add({1, 1}, "schema: is missing (allowed: 1)");
    for (const auto& [key, node] : root) {
      if (key == "schema") {
        if (NumberOf(node) != kMidiMapSchema) {
          problems_.Add(key, {"schema", Shown(node), "is not known here", "1"});
        }
      } else if (key == "name") {
        ReadText(key, node, "name", read_.map.name);
      } else if (key == "ports") {
        ReadList(key, node, "ports", kMaxPorts, read_.map.ports);
      } else if (key == kControl) {
        ReadControls(key, node);
      } else {
        problems_.Add(key, {Printable(key.str()), "", "there is no such key",
                            "schema, name, ports, [[control]]"});
      }
    }
    problems_.ThrowIfAny();
    return std::move(read_);
  }

 private:
  void ReadControls(const toml::key& key, const toml::node& node) {
    const toml::array* controls = node.as_array();
    if (controls == nullptr || controls->size() > kMaxMidiControls) {
      problems_.Add(key, {kControl, "", "is no list of controls",
                          "[[control]], up to " + std::to_string(kMaxMidiControls)});
      return;
    }
    for (const toml::node& one : *controls) {
      if (problems_.full()) return;
      if (const toml::table* table = one.as_table()) {
        ReadControl(*table);
      } else {
        problems_.Add(one.source().begin, "control: is not a table (write [[control]])");
      }
    }
  }

  void ReadControl(const toml::table& table) {
    MidiControlText text;
    bool sound = true;
    for (const auto& [key, node] : table) sound = ReadField(key, node, text) && sound;
    if (!sound) return;
    auto made = MakeMidiControl(text, registry_);
    if (auto* control = std::get_if<MidiControl>(&made)) {
      read_.map.controls.push_back(std::move(*control));
      read_.lines.push_back(table.source().begin.line);
      return;
    }
    const ParamError& error = std::get<ParamError>(made);
    const std::string field = error.key.substr(0, error.key.find('.'));
    const auto found = std::find_if(table.begin(), table.end(),
                                    [&](const auto& one) { return one.first.str() == field; });
    problems_.Add(found == table.end() ? table.source().begin : found->first.source().begin,
                  "control." + error.Message());
  }

  bool ReadField(const toml::key& key, const toml::node& node, MidiControlText& text) {
    if (key == "presets") return ReadList(key, node, "control.presets", 128, text.presets);
    if (key == "invert") {
      text.invert = node.value_or(false);
      if (node.is_boolean()) return true;
      problems_.Add(key, {"control.invert", Shown(node), "is not true or false", "true, false"});
      return false;
    }
    if (key == "feedback" && !node.is_string()) return ReadFeedback(key, node, text);
    const std::pair<std::string_view, std::string*> fields[] = {
        {"source", &text.source}, {"target", &text.target}, {"mode", &text.mode},
        {"from", &text.from},     {"to", &text.to},         {"value", &text.value},
        {"step", &text.step},     {"ticks", &text.ticks},   {"feedback", &text.feedback},
        {"label", &text.label}};
    for (const auto& [name, field] : fields) {
      if (key.str() == name) return ReadScalar(key, node, "control." + std::string(name), *field);
    }
    problems_.Add(key, {"control." + Printable(key.str()), "", "there is no such key",
                        "source, target, mode, from, to, invert, value, step, ticks, presets, "
                        "feedback, label"});
    return false;
  }

  bool ReadFeedback(const toml::key& key, const toml::node& node, MidiControlText& text) {
    if (const auto* truth = node.as_boolean()) {
      text.feedback = truth->get() ? "same" : "";
      return true;
    }
    const toml::table* table = node.as_table();
    if (table == nullptr) {
      problems_.Add(key, {"control.feedback", Shown(node), "says not where to",
                          "true, \"cc N\", {to, low, high}"});
      return false;
    }
    bool sound = true;
    text.feedback = "same";
    for (const auto& [part, value] : *table) {
      const std::string name = "control.feedback." + Printable(part.str());
      if (part == "to") {
        sound = ReadScalar(part, value, name, text.feedback) && sound;
      } else if (part == "low") {
        sound = ReadScalar(part, value, name, text.feedback_low) && sound;
      } else if (part == "high") {
        sound = ReadScalar(part, value, name, text.feedback_high) && sound;
      } else {
        problems_.Add(part, {name, "", "there is no such key", "to, low, high"});
        sound = false;
      }
    }
    return sound;
  }

  // Text, a number or a truth, as text.
  bool ReadScalar(const toml::key& key, const toml::node& node, const std::string& name,
                  std::string& field) {
    if (node.is_string()) return ReadText(key, node, name, field);
    if (NumberOf(node) || node.is_boolean()) {
      field = Shown(node);
      return true;
    }
    problems_.Add(key, {name, Shown(node), "is no value", "a text in quotes or a number"});
    return false;
  }

  bool ReadText(const toml::key& key, const toml::node& node, const std::string& name,
                std::string& field) {
    if (auto text = PlainText(node, kMaxText)) {
      field = std::move(*text);
      return true;
    }
    problems_.Add(key, {name, Shown(node), "is not a text in quotes", "up to 256 bytes"});
    return false;
  }

  bool ReadList(const toml::key& key, const toml::node& node, const std::string& name,
                std::size_t most, std::vector<std::string>& list) {
    const toml::array* array = node.as_array();
    bool sound = array != nullptr && array->size() <= most;
    for (std::size_t i = 0; sound && i < array->size(); ++i) {
      const auto text = PlainText(*array->get(i), kMaxText);
      sound = text.has_value();
      if (sound) list.push_back(*text);
    }
    if (!sound) {
      problems_.Add(key, {name, "", "is no list of texts in quotes",
                          "up to " + std::to_string(most) + " of up to 256 bytes"});
    }
    return sound;
  }

  Problems problems_;
  ParamRegistry registry_;
  Read read_;
};

Read ReadMap(std::string_view text, std::string_view name) {
  return Reader(name).ReadRoot(ParseToml(text, name, "a map of a MIDI controller"));
}

std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::string QuotedList(const std::vector<std::string>& list) {
  std::string text = "[";
  for (const std::string& one : list) text += (text.size() > 1 ? ", " : "") + Quoted(one);
  return text + "]";
}

std::string BlockOf(const MidiControl& control) {
  const ParamRegistry registry;
  const MidiControlText text = TextOf(control, registry);
  std::string block = "[[control]]\n";
  const auto line = [&](const char* key, const std::string& value) {
    if (!value.empty()) block += std::string(key) + " = " + Quoted(value) + "\n";
  };
  line("label", text.label);
  line("source", text.source);
  line("target", text.target);
  if (!text.presets.empty()) block += "presets = " + QuotedList(text.presets) + "\n";
  line("mode", text.mode);
  line("from", text.from);
  line("to", text.to);
  line("value", text.value);
  line("step", text.step);
  line("ticks", text.ticks);
  if (!text.feedback.empty()) {
    block += "feedback = { to = " + Quoted(text.feedback) + ", low = " + text.feedback_low +
             ", high = " + text.feedback_high + " }\n";
  }
  return block;
}

std::vector<std::string> LinesOf(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t length = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, length));
    text.remove_prefix(std::min(length + 1, text.size()));
  }
  return lines;
}

bool IsBlankOrComment(const std::string& line) {
  const std::size_t first = line.find_first_not_of(" \t\r");
  return first == std::string::npos || line[first] == '#';
}

}  // namespace

MidiMap ParseMidiMap(std::string_view text, std::string_view name) {
  return ReadMap(text, name).map;
}

std::string MidiMapText(const MidiMap& map) {
  std::string text = "schema = " + std::to_string(kMidiMapSchema) + "\nname = " + Quoted(map.name) +
                     "\nports = " + QuotedList(map.ports) + "\n";
  for (const MidiControl& control : map.controls) text += "\n" + BlockOf(control);
  return text;
}

std::string WithoutMidiControls(std::string_view text, const std::vector<std::size_t>& places) {
  if (places.empty()) return std::string(text);
  const Read read = ReadMap(text, "the map");
  std::vector<std::string> lines = LinesOf(text);
  std::vector<bool> goes(lines.size());
  MidiMap wanted = read.map;
  wanted.controls.clear();
  for (std::size_t place = 0; place < read.lines.size(); ++place) {
    if (std::find(places.begin(), places.end(), place) == places.end()) {
      wanted.controls.push_back(read.map.controls[place]);
      continue;
    }
    const std::size_t begin = read.lines[place] - 1;
    std::size_t end = place + 1 < read.lines.size() ? read.lines[place + 1] - 1 : lines.size();
    // What stands right above the next one belongs to it.
    while (end > begin + 1 && IsBlankOrComment(lines[end - 1])) --end;
    for (std::size_t i = begin; i < std::min(end, lines.size()); ++i) goes[i] = true;
  }
  std::string edited;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!goes[i]) edited += lines[i] + "\n";
  }
  // Controls in one line, or in brackets, cannot be cut out like that.
  try {
    if (ParseMidiMap(edited, "the map") == wanted) return edited;
  } catch (const ConfigError&) {
    return MidiMapText(wanted);
  }
  return MidiMapText(wanted);
}

std::string WithMidiControl(std::string_view text, const MidiControl& control) {
  MidiMap map = ParseMidiMap(text, "the map");
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < map.controls.size(); ++i) {
    if (Overlap(map.controls[i].source, control.source)) places.push_back(i);
  }
  std::string edited = WithoutMidiControls(text, places);
  if (!edited.empty() && edited.back() != '\n') edited += '\n';
  std::erase_if(map.controls,
                [&](const MidiControl& one) { return Overlap(one.source, control.source); });
  map.controls.push_back(control);
  edited += "\n" + BlockOf(control);
  try {
    if (ParseMidiMap(edited, "the map") == map) return edited;
  } catch (const ConfigError&) {
    return MidiMapText(map);
  }
  return MidiMapText(map);
}

}  // namespace auralis
