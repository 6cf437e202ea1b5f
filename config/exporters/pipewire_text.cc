// libpipewire-module-filter-chain: nodes of its built-in biquads, and links between them.

#include <array>
#include <cmath>
#include <cstdio>

#include "config/exporters/equalizer_view.h"

namespace auralis::exporters {
namespace {

std::string Number(double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.7g", value);
  return text.data();
}

std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::string_view LabelOf(FilterType type) {
  switch (type) {
    case FilterType::kLowShelf:
      return "bq_lowshelf";
    case FilterType::kHighShelf:
      return "bq_highshelf";
    case FilterType::kLowPass:
      return "bq_lowpass";
    case FilterType::kHighPass:
      return "bq_highpass";
    case FilterType::kBandPass:
      return "bq_bandpass";
    case FilterType::kNotch:
      return "bq_notch";
    case FilterType::kAllPass:
      return "bq_allpass";
    default:
      return "bq_peaking";
  }
}

struct Graph {
  std::string nodes;
  std::string links;
  std::string input;   // of this side
  std::string output;  // of what came last
  int count = 0;

  void Append(const std::string& node, const std::string& name) {
    nodes += node;
    if (output.empty()) {
      input = name + ":In";
    } else {
      links +=
          "          { output = " + Quoted(output) + " input = " + Quoted(name + ":In") + " }\n";
    }
    output = name + ":Out";
  }
};

void AddSide(const View& view, std::size_t side, Graph& graph) {
  const std::string prefix = side == 0 ? "left_" : "right_";
  const auto next = [&] { return prefix + std::to_string(++graph.count); };
  const auto node = [](const std::string& name, std::string_view label, const std::string& rest) {
    return "          { type = builtin name = " + name + " label = " + std::string(label) + " " +
           rest + " }\n";
  };
  // A shelf that begins above all that is heard is a gain.
  const double gain_db = view.preamp_db + 20.0 * std::log10(std::max(view.side_gains[side], 1e-6));
  const std::string first = next();
  graph.Append(node(first, "bq_highshelf",
                    "control = { \"Freq\" = 0 \"Q\" = 1.0 \"Gain\" = " + Number(gain_db) + " }"),
               first);
  for (const Band& band : view.bands) {
    const bool is_mine = band.channel == 0 || band.channel == static_cast<int>(side) + 1;
    if (!is_mine || band.first_order) continue;
    const std::string name = next();
    graph.Append(node(name, LabelOf(band.type),
                      "control = { \"Freq\" = " + Number(band.frequency_hz) + " \"Q\" = " +
                          Number(band.q) + " \"Gain\" = " + Number(band.gain_db) + " }"),
                 name);
  }
  if (!view.response.empty()) {
    const std::string name = next();
    graph.Append(node(name, "convolver",
                      "config = { filename = " + Quoted(view.response) +
                          " channel = " + std::to_string(side) + " }"),
                 name);
  }
}

}  // namespace

Exported PipeWireText(View view, std::string_view name) {
  std::array<Graph, 2> sides;
  for (std::size_t side = 0; side < 2; ++side) AddSide(view, side, sides[side]);
  for (const Band& band : view.bands) {
    if (band.first_order) {
      view.notes.emplace_back("a pass of first order cannot be said at " +
                              Number(band.frequency_hz) + " Hz");
    }
  }
  if (!view.response.empty()) {
    view.notes.emplace_back("convolver: its file must have two channels, a side each");
  }
  const std::string node_name = "effect_input." + std::string(name);
  std::string text =
      "# Written by Auralis. Into ~/.config/pipewire/pipewire.conf.d/.\n"
      "context.modules = [\n"
      "  { name = libpipewire-module-filter-chain\n"
      "    args = {\n"
      "      node.description = " +
      Quoted(name) +
      "\n"
      "      media.name = " +
      Quoted(name) +
      "\n"
      "      filter.graph = {\n"
      "        nodes = [\n" +
      sides[0].nodes + sides[1].nodes +
      "        ]\n"
      "        links = [\n" +
      sides[0].links + sides[1].links +
      "        ]\n"
      "        inputs = [ " +
      Quoted(sides[0].input) + " " + Quoted(sides[1].input) +
      " ]\n"
      "        outputs = [ " +
      Quoted(sides[0].output) + " " + Quoted(sides[1].output) +
      " ]\n"
      "      }\n"
      "      audio.channels = 2\n"
      "      audio.position = [ FL FR ]\n"
      "      capture.props = { node.name = " +
      Quoted(node_name) +
      " media.class = Audio/Sink }\n"
      "      playback.props = { node.name = " +
      Quoted("effect_output." + std::string(name)) +
      " node.passive = true }\n"
      "    }\n"
      "  }\n"
      "]\n";
  return {text, view.notes};
}

}  // namespace auralis::exporters
