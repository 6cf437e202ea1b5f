// tone_probe LISTEN..: one PipeWire node that plays a tone into the sink "auralis", and another
// that hears what this sink is given and what the sinks LISTEN play: two, because one that hears
// what comes of its own tone would close a circle, which the graph breaks with a cycle's delay.
// They link themselves whenever the sinks are there, and connect again by themselves when the
// server was away. Twenty times a second, and only when it can say so:
//   heard NS               the tone was heard lately; NS, on steady_clock, is the last frame of it
//   gap FROM TO STEP LEVEL FALL GIVEN GIVEN_FALL UNSURE    it was not heard in between: ToneEar
//   onset FROM TO STEP LEVEL FALL GIVEN GIVEN_FALL UNSURE  the same of one of LISTEN alone
// The tone is 200 Hz at 0.1: a step of its own is 0.1 * 2 pi * 200 / rate.

#include <pipewire/filter.h>
#include <pipewire/pipewire.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <numbers>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/tone_ear.h"

namespace {

using auralis::test::ToneEar;

constexpr double kToneHz = 200.0;
constexpr float kAmplitude = 0.1F;

std::int64_t SteadyNs() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

// The callback's.
struct Player {
  std::array<void*, 2> ports{};
  double phase = 0.0;
  float gain = 0.0F;  // fades in when it is linked
};

// Likewise.
struct Listener {
  ToneEar all;
  // One for each that is listened to.
  std::vector<std::unique_ptr<ToneEar>> each;
  std::vector<void*> ports;
  std::vector<const float*> buffers;
  std::vector<const float*> buffers_before;
  void* given = nullptr;
  std::atomic<std::int64_t> given_ns{0};  // the last cycle in which there was something
  std::uint32_t clock = 0;
  std::uint64_t next_position = 0;
};

struct Probe {
  std::vector<std::string> listen;
  pw_main_loop* loop = nullptr;
  pw_core* core = nullptr;
  pw_registry* registry = nullptr;
  std::map<std::uint32_t, std::string> nodes;  // names
  struct Port {
    std::uint32_t node;
    std::string name;
  };
  std::map<std::uint32_t, Port> ports;
  std::vector<pw_proxy*> links;
  std::set<std::pair<std::uint32_t, std::uint32_t>> seen;    // ports that are there
  std::set<std::pair<std::uint32_t, std::uint32_t>> linked;  // and have had their link
  std::int64_t linked_ns = 0;
  Player player;
  Listener listener;
  std::map<const ToneEar*, std::size_t> told_gaps;
  std::int64_t told_ns = 0;
};

void Play(void* self, spa_io_position* position) {
  Player& player = static_cast<Probe*>(self)->player;
  const auto frames = static_cast<std::uint32_t>(position->clock.duration);
  const double rate_hz = position->clock.rate.denom;
  std::array<float*, 2> outs{};
  for (std::size_t ch = 0; ch < 2; ++ch) {
    outs[ch] = static_cast<float*>(pw_filter_get_dsp_buffer(player.ports[ch], frames));
  }
  if (outs[0] == nullptr) {
    player.gain = 0.0F;
    return;
  }
  for (std::uint32_t i = 0; i < frames; ++i) {
    player.gain = std::min(1.0F, player.gain + static_cast<float>(50.0 / rate_hz));
    outs[0][i] = player.gain * kAmplitude * static_cast<float>(std::sin(player.phase));
    player.phase = std::fmod(player.phase + 2.0 * std::numbers::pi * kToneHz / rate_hz,
                             2.0 * std::numbers::pi);
  }
  if (outs[1] != nullptr) std::copy_n(outs[0], frames, outs[1]);
}

void Hear(void* self, spa_io_position* position) {
  Listener& listener = static_cast<Probe*>(self)->listener;
  const auto frames = static_cast<std::uint32_t>(position->clock.duration);
  const auto buffer_of = [frames](void* port) {
    return static_cast<const float*>(pw_filter_get_dsp_buffer(port, frames));
  };
  const bool goes_on =
      position->clock.id == listener.clock && position->clock.position == listener.next_position;
  listener.clock = position->clock.id;
  listener.next_position = position->clock.position + frames;
  std::swap(listener.buffers, listener.buffers_before);
  std::transform(listener.ports.begin(), listener.ports.end(), listener.buffers.begin(), buffer_of);
  ToneEar::Cycle cycle = {.now_ns = SteadyNs(),
                          .rate_hz = static_cast<double>(position->clock.rate.denom),
                          .frames = frames,
                          .given = buffer_of(listener.given),
                          .heard = {},
                          .broken = !goes_on};
  if (cycle.given != nullptr &&
      std::any_of(cycle.given, cycle.given + frames, [](float x) { return x != 0.0F; })) {
    listener.given_ns.store(cycle.now_ns);
  }
  for (std::size_t i = 0; i < listener.each.size(); ++i) {
    const bool came_or_went =
        (listener.buffers[i] == nullptr) != (listener.buffers_before[i] == nullptr);
    ToneEar::Cycle one = cycle;
    one.heard = std::span(&listener.buffers[i], 1);
    one.broken = !goes_on || came_or_went;
    listener.each[i]->Hear(one);
    cycle.broken = cycle.broken || came_or_went;
  }
  cycle.heard = listener.buffers;
  listener.all.Hear(cycle);
}

void Link(Probe& probe, std::uint32_t from, std::uint32_t to) {
  pw_properties* const properties =
      pw_properties_new(PW_KEY_LINK_OUTPUT_PORT, std::to_string(from).c_str(),
                        PW_KEY_LINK_INPUT_PORT, std::to_string(to).c_str(), NULL);
  auto* const link = static_cast<pw_proxy*>(pw_core_create_object(
      probe.core, "link-factory", PW_TYPE_INTERFACE_Link, PW_VERSION_LINK, &properties->dict, 0));
  pw_properties_free(properties);
  if (link != nullptr) probe.links.push_back(link);
  probe.linked_ns = SteadyNs();
}

std::vector<std::uint32_t> Find(const Probe& probe, const std::string& node,
                                const std::string& port) {
  std::vector<std::uint32_t> found;
  for (const auto& [id, one] : probe.ports) {
    const auto owner = probe.nodes.find(one.node);
    if (owner != probe.nodes.end() && owner->second == node && one.name == port)
      found.push_back(id);
  }
  return found;
}

void Appeared(void* self, std::uint32_t id, std::uint32_t, const char* type, std::uint32_t,
              const spa_dict* properties) {
  auto& probe = *static_cast<Probe*>(self);
  const auto text = [&](const char* key) {
    const char* const value = properties == nullptr ? nullptr : spa_dict_lookup(properties, key);
    return std::string(value == nullptr ? "" : value);
  };
  if (std::strcmp(type, PW_TYPE_INTERFACE_Node) == 0) probe.nodes[id] = text(PW_KEY_NODE_NAME);
  if (std::strcmp(type, PW_TYPE_INTERFACE_Port) != 0) return;
  const auto node = static_cast<std::uint32_t>(std::stoul("0" + text(PW_KEY_NODE_ID)));
  probe.ports[id] = {node, text(PW_KEY_PORT_NAME)};
}

// As a session manager would: a while after the ports are there, one link a port.
void LinkAll(Probe& probe) {
  std::set<std::pair<std::uint32_t, std::uint32_t>> wanted;
  const auto want = [&](const std::string& from, const std::string& from_port,
                        const std::string& to, const std::string& to_port) {
    for (const std::uint32_t a : Find(probe, from, from_port)) {
      for (const std::uint32_t b : Find(probe, to, to_port)) wanted.insert({a, b});
    }
  };
  want("tone-probe", "tone_FL", "auralis", "playback_FL");
  want("tone-probe", "tone_FR", "auralis", "playback_FR");
  want("auralis", "monitor_FL", "tone-ear", "given");
  for (const std::string& sink : probe.listen) want(sink, "monitor_FL", "tone-ear", sink);
  std::erase_if(probe.linked, [&](const auto& pair) { return !wanted.contains(pair); });
  for (const auto& pair : wanted) {
    if (probe.seen.contains(pair) && probe.linked.insert(pair).second) {
      Link(probe, pair.first, pair.second);
    }
  }
  probe.seen = wanted;
}

// PipeWire 0.3.65 leaves a link paused for good, now and then, when its ports are new.
void UnlinkWhatIsStuck(Probe& probe) {
  constexpr std::int64_t kPatienceNs = 500'000'000;
  const bool plays = probe.listener.given_ns.load() > probe.linked_ns;
  if (probe.links.empty() || plays || SteadyNs() - probe.linked_ns < kPatienceNs) return;
  for (pw_proxy* const link : probe.links) pw_proxy_destroy(link);
  probe.links.clear();
  probe.linked.clear();
}

void Vanished(void* self, std::uint32_t id) {
  auto& probe = *static_cast<Probe*>(self);
  probe.nodes.erase(id);
  probe.ports.erase(id);
}

void TellGaps(Probe& probe, const ToneEar& ear, const char* what) {
  std::size_t& told = probe.told_gaps[&ear];
  for (const std::size_t count = ear.gap_count(); told < count; ++told) {
    const ToneEar::Gap& gap = ear.gap(told);
    std::printf("%s %lld %lld %.5f %.5f %.5f %.5f %.5f %d\n", what,
                static_cast<long long>(gap.from_ns), static_cast<long long>(gap.to_ns),
                static_cast<double>(gap.step), static_cast<double>(gap.level),
                static_cast<double>(gap.fall), static_cast<double>(gap.given_step),
                static_cast<double>(gap.given_fall), gap.unsure ? 1 : 0);
  }
}

void Tell(void* self, std::uint64_t) {
  auto& probe = *static_cast<Probe*>(self);
  if (probe.core != nullptr) {
    UnlinkWhatIsStuck(probe);
    LinkAll(probe);
  }
  const ToneEar& all = probe.listener.all;
  const std::int64_t heard_ns = all.heard_ns();
  const bool closely = all.listens_closely();
  for (const auto& ear : probe.listener.each) TellGaps(probe, *ear, "onset");
  TellGaps(probe, all, "gap");
  if (heard_ns != probe.told_ns && !closely) {
    probe.told_ns = heard_ns;
    std::printf("heard %lld\n", static_cast<long long>(heard_ns));
  }
  std::fflush(stdout);
}

// A node of ours in the graph.
class Node {
 public:
  using Process = void (*)(void* self, spa_io_position* position);
  Node(Probe& probe, const char* name, Process process)
      : filter_(pw_filter_new(probe.core, name, pw_properties_new(PW_KEY_NODE_NAME, name, NULL))) {
    events_.version = PW_VERSION_FILTER_EVENTS;
    events_.process = process;
    pw_filter_add_listener(filter_, &hook_, &events_, &probe);
  }
  ~Node() {
    spa_hook_remove(&hook_);
    pw_filter_destroy(filter_);
  }
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  void* Add(const char* name, spa_direction direction) {
    return pw_filter_add_port(filter_, direction, PW_FILTER_PORT_FLAG_MAP_BUFFERS, 0,
                              pw_properties_new(PW_KEY_FORMAT_DSP, "32 bit float mono audio",
                                                PW_KEY_PORT_NAME, name, NULL),
                              nullptr, 0);
  }
  void Connect() { pw_filter_connect(filter_, PW_FILTER_FLAG_RT_PROCESS, nullptr, 0); }

 private:
  pw_filter* filter_;
  spa_hook hook_{};
  pw_filter_events events_{};
};

void RunNodes(Probe& probe) {
  Node player(probe, "tone-probe", Play);
  Node listener(probe, "tone-ear", Hear);
  probe.player.ports = {player.Add("tone_FL", PW_DIRECTION_OUTPUT),
                        player.Add("tone_FR", PW_DIRECTION_OUTPUT)};
  probe.listener.given = listener.Add("given", PW_DIRECTION_INPUT);
  probe.listener.ports.clear();
  for (const std::string& sink : probe.listen) {
    probe.listener.ports.push_back(listener.Add(sink.c_str(), PW_DIRECTION_INPUT));
  }
  player.Connect();
  listener.Connect();
  pw_main_loop_run(probe.loop);
  for (pw_proxy* const link : probe.links) pw_proxy_destroy(link);
  probe.links.clear();
}

// One connection, to its end.
void Run(Probe& probe, pw_context* context) {
  probe.core = pw_context_connect(context, nullptr, 0);
  if (probe.core == nullptr) return;
  spa_hook core_hook{};
  pw_core_events core_events{};
  core_events.version = PW_VERSION_CORE_EVENTS;
  core_events.error = [](void* self, std::uint32_t id, int, int result, const char*) {
    if (id == PW_ID_CORE && result == -EPIPE) pw_main_loop_quit(static_cast<Probe*>(self)->loop);
  };
  pw_core_add_listener(probe.core, &core_hook, &core_events, &probe);
  spa_hook registry_hook{};
  pw_registry_events registry_events{};
  registry_events.version = PW_VERSION_REGISTRY_EVENTS;
  registry_events.global = Appeared;
  registry_events.global_remove = Vanished;
  probe.registry = pw_core_get_registry(probe.core, PW_VERSION_REGISTRY, 0);
  pw_registry_add_listener(probe.registry, &registry_hook, &registry_events, &probe);
  RunNodes(probe);
  spa_hook_remove(&registry_hook);
  pw_proxy_destroy(reinterpret_cast<pw_proxy*>(probe.registry));
  spa_hook_remove(&core_hook);
  pw_core_disconnect(probe.core);
  probe.nodes.clear();
  probe.ports.clear();
  probe.seen.clear();
  probe.linked.clear();
  probe.core = nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  pw_init(&argc, &argv);
  static Probe probe;
  probe.listen.assign(argv + 1, argv + argc);
  for (std::size_t i = 0; i < probe.listen.size(); ++i) {
    probe.listener.each.push_back(std::make_unique<ToneEar>());
  }
  probe.listener.buffers.assign(probe.listen.size(), nullptr);
  probe.listener.buffers_before = probe.listener.buffers;
  probe.loop = pw_main_loop_new(nullptr);
  pw_loop* const loop = pw_main_loop_get_loop(probe.loop);
  pw_context* const context = pw_context_new(loop, nullptr, 0);
  spa_source* const timer = pw_loop_add_timer(loop, Tell, &probe);
  timespec interval{};
  interval.tv_nsec = 50'000'000;
  pw_loop_update_timer(loop, timer, &interval, &interval, false);
  for (;;) {
    Run(probe, context);
    timespec pause{};
    pause.tv_nsec = 20'000'000;
    nanosleep(&pause, nullptr);
  }
}
