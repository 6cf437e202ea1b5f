#include "daemon/route_plan.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <tuple>

#include "daemon/device_match.h"

namespace auralis {
namespace {

using Id = std::uint32_t;

constexpr std::string_view kSink = "Audio/Sink";

bool IsSink(const SoundGraph::Node& node) { return node.media_class.starts_with(kSink); }
bool IsSource(const SoundGraph::Node& node) {
  return node.media_class.starts_with("Audio/Source") ||
         node.media_class.starts_with("Audio/Duplex");
}

// The first node that suits, by the best kind of match.
template <class Predicate>
std::optional<Id> Match(const SoundGraph& graph, const std::string& wanted, Predicate suits) {
  const std::string folded = FoldedName(wanted);
  const auto first = [&](auto matches) -> std::optional<Id> {
    for (const auto& [id, node] : graph.nodes) {
      if (suits(id, node) && (matches(node.name) || matches(node.description))) return id;
    }
    return std::nullopt;
  };
  auto found = first([&](const std::string& name) { return name == wanted; });
  if (!found) found = first([&](const std::string& name) { return FoldedName(name) == folded; });
  if (!found) {
    found = first([&](const std::string& name) {
      return FoldedName(name).find(folded) != std::string::npos;
    });
  }
  return found;
}

std::vector<Id> PortsOf(const SoundGraph& graph, Id node, bool output) {
  std::vector<Id> ports;
  for (const auto& [id, port] : graph.ports) {
    if (port.node == node && port.is_output == output) ports.push_back(id);
  }
  return ports;
}

// The two ports for left and right: by their channel, else the first two; of one, that one twice.
std::optional<std::array<Id, 2>> StereoPorts(const SoundGraph& graph, Id node, bool output) {
  const std::vector<Id> ports = PortsOf(graph, node, output);
  if (ports.empty()) return std::nullopt;
  std::array<Id, 2> pair = {ports.front(), ports.size() > 1 ? ports[1] : ports.front()};
  constexpr std::array<std::string_view, 2> kChannels = {"FL", "FR"};
  for (std::size_t ch = 0; ch < 2; ++ch) {
    const auto named = std::find_if(ports.begin(), ports.end(), [&](Id id) {
      return graph.ports.at(id).channel == kChannels[ch];
    });
    if (named != ports.end()) pair[ch] = *named;
  }
  return pair;
}

std::optional<Id> FindEngine(const SoundGraph& graph) {
  for (const auto& [id, node] : graph.nodes) {
    if (!node.is_ours || IsSink(node) || IsSource(node)) continue;
    if (PortsOf(graph, id, false).size() >= 2 && PortsOf(graph, id, true).size() >= 2) return id;
  }
  return std::nullopt;
}

// Whether what `from` plays arrives at `end`, from sink to sink. What goes through a program is its
// own affair: whoever records in one place and plays in another is no loop yet.
bool Reaches(const SoundGraph& graph, Id from, Id end) {
  std::set<Id> seen = {from};
  std::vector<Id> open = {from};
  while (!open.empty()) {
    const Id at = open.back();
    open.pop_back();
    if (at == end) return true;
    for (const auto& [id, link] : graph.links) {
      const auto to = graph.nodes.find(link.to_node);
      if (link.from_node != at || to == graph.nodes.end() || !IsSink(to->second)) continue;
      if (seen.insert(link.to_node).second) open.push_back(link.to_node);
    }
  }
  return false;
}

class Planner {
 public:
  Planner(const SoundGraph& graph, const RouteWishes& wishes) : graph_(graph), wishes_(wishes) {}

  RoutePlan Plan() {
    plan_.engine = FindEngine(graph_);
    plan_.input = Match(graph_, wishes_.input, [&](Id id, const SoundGraph::Node& node) {
      return id != plan_.engine && (IsSink(node) || IsSource(node));
    });
    plan_.output = ChooseOutput();
    if (plan_.engine && plan_.input) Connect(*plan_.input, *plan_.engine);
    if (plan_.engine && plan_.output) Connect(*plan_.engine, *plan_.output);
    if (plan_.engine) FindObsolete(*plan_.engine);
    return std::move(plan_);
  }

 private:
  bool Suits(Id id, const SoundGraph::Node& node) const {
    if (!IsSink(node) || id == plan_.input || id == plan_.engine) return false;
    if (PortsOf(graph_, id, false).empty()) return false;
    return !plan_.input || !Reaches(graph_, id, *plan_.input);
  }

  std::optional<Id> Named(const std::string& name) const {
    if (name.empty()) return std::nullopt;
    for (const auto& [id, node] : graph_.nodes) {
      if (node.name == name && Suits(id, node)) return id;
    }
    return std::nullopt;
  }

  std::optional<Id> ChooseOutput() {
    if (!wishes_.output.empty()) {
      const auto suits = [&](Id id, const SoundGraph::Node& node) { return Suits(id, node); };
      if (const auto wanted = Match(graph_, wishes_.output, suits)) return wanted;
      const auto any_sink = [](Id, const SoundGraph::Node& node) { return IsSink(node); };
      plan_.problem = "output '" + wishes_.output + "'" +
                      (Match(graph_, wishes_.output, any_sink) ? " would feed back into the input"
                                                               : " is not there");
    }
    if (const auto chosen = Named(graph_.default_sink)) return chosen;
    if (const auto chosen = Named(wishes_.fallback_output)) return chosen;
    return Best();
  }

  std::optional<Id> Best() const {
    std::optional<Id> best;
    const auto rank = [&](Id id) {
      const SoundGraph::Node& node = graph_.nodes.at(id);
      return std::tuple(node.device != 0, node.priority);
    };
    for (const auto& [id, node] : graph_.nodes) {
      if (Suits(id, node) && (!best || rank(id) > rank(*best))) best = id;
    }
    return best;
  }

  void Connect(Id from, Id to) {
    const auto outputs = StereoPorts(graph_, from, true);
    const auto inputs = StereoPorts(graph_, to, false);
    if (!outputs || !inputs) return;
    for (std::size_t ch = 0; ch < 2; ++ch) {
      const RoutePlan::PortPair pair = {(*outputs)[ch], (*inputs)[ch]};
      wanted_.insert(pair);
      const bool is_there =
          std::any_of(graph_.links.begin(), graph_.links.end(), [&](const auto& entry) {
            return pair == RoutePlan::PortPair{entry.second.from_port, entry.second.to_port};
          });
      if (!is_there) plan_.missing.push_back(pair);
    }
  }

  // Sinks and sources that others linked to the engine: a session manager's guess, or the way of
  // before. What records from the engine is left alone.
  void FindObsolete(Id engine) {
    for (const auto& [id, link] : graph_.links) {
      if (wanted_.contains({link.from_port, link.to_port})) continue;
      const auto is_device = [&](Id node) {
        const auto found = graph_.nodes.find(node);
        return found != graph_.nodes.end() && (IsSink(found->second) || IsSource(found->second));
      };
      const bool plays_elsewhere =
          link.from_node == engine && plan_.output && is_device(link.to_node);
      const bool hears_others = link.to_node == engine && plan_.input && is_device(link.from_node);
      if (plays_elsewhere || hears_others) plan_.obsolete.push_back(id);
    }
  }

  const SoundGraph& graph_;
  const RouteWishes& wishes_;
  RoutePlan plan_;
  std::set<RoutePlan::PortPair> wanted_;
};

}  // namespace

RoutePlan PlanRoute(const SoundGraph& graph, const RouteWishes& wishes) {
  return Planner(graph, wishes).Plan();
}

}  // namespace auralis
