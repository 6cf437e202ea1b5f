// tone_probe LISTEN..: a PipeWire node that plays a tone into the sink "auralis" and hears what the
// sinks LISTEN play. It links itself whenever these are there, and connects again by itself when
// the server was away. Twenty times a second, and only when it can say so:
//   heard NS               the tone was heard lately; NS, on steady_clock, is the last cycle of it
//   gap FROM TO STEP       it was not heard in between; STEP is the largest step from one frame to
//                          the next in the first 5 ms after
//   step STEP              the largest step since the last line, where the tone went on
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
#include <numbers>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr double kToneHz = 200.0;
constexpr float kAmplitude = 0.1F;
constexpr float kAudible = 0.002F;
constexpr std::int64_t kGapNs = 20'000'000;

std::int64_t SteadyNs() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

struct Gap {
  std::int64_t from_ns;
  std::int64_t to_ns;
  float step;
};

// What the callback knows. One writer; the lines are printed from elsewhere.
struct Ear {
  std::atomic<std::int64_t> heard_ns{0};
  std::atomic<float> step{0.0F};
  static constexpr std::size_t kGaps = 1024;
  Gap gaps[kGaps] = {};
  std::atomic<std::size_t> gap_count{0};
  double phase = 0.0;
  float gain = 0.0F;  // fades in when it is linked
  float last = 0.0F;
  std::int64_t last_ns = 0;    // of an audible frame
  std::size_t onset_left = 0;  // frames of a gap's end that are still to be looked at
};

struct Probe {
  std::vector<std::string> listen;
  pw_main_loop* loop = nullptr;
  pw_core* core = nullptr;
  pw_registry* registry = nullptr;
  pw_filter* filter = nullptr;
  std::array<void*, 2> tone{};
  void* hear = nullptr;
  std::map<std::uint32_t, std::string> nodes;  // names
  struct Port {
    std::uint32_t node;
    std::string name;
  };
  std::map<std::uint32_t, Port> ports;
  std::vector<pw_proxy*> links;
  std::set<std::pair<std::uint32_t, std::uint32_t>> seen;    // ports that are there
  std::set<std::pair<std::uint32_t, std::uint32_t>> linked;  // and have had their link
  Ear ear;
  std::size_t told_gaps = 0;
  std::int64_t told_ns = 0;
};

void Process(void* self, spa_io_position* position) {
  auto& probe = *static_cast<Probe*>(self);
  Ear& ear = probe.ear;
  const auto frames = static_cast<std::uint32_t>(position->clock.duration);
  const double rate_hz = position->clock.rate.denom;
  const auto* in = static_cast<float*>(pw_filter_get_dsp_buffer(probe.hear, frames));
  float* outs[2];
  for (std::size_t ch = 0; ch < 2; ++ch) {
    outs[ch] = static_cast<float*>(pw_filter_get_dsp_buffer(probe.tone[ch], frames));
  }
  float* const out = outs[0];
  if (out != nullptr) {
    for (std::uint32_t i = 0; i < frames; ++i) {
      ear.gain = std::min(1.0F, ear.gain + static_cast<float>(50.0 / rate_hz));
      out[i] = ear.gain * kAmplitude * static_cast<float>(std::sin(ear.phase));
      ear.phase =
          std::fmod(ear.phase + 2.0 * std::numbers::pi * kToneHz / rate_hz, 2.0 * std::numbers::pi);
    }
  }
  if (out == nullptr) ear.gain = 0.0F;
  if (outs[1] != nullptr && out != nullptr) std::copy_n(out, frames, outs[1]);
  const std::int64_t now = SteadyNs();
  for (std::uint32_t i = 0; i < frames; ++i) {
    const float x = in == nullptr ? 0.0F : in[i];
    const float step = std::abs(x - std::exchange(ear.last, x));
    // A cycle is heard all at once; inside it time goes by its frames.
    const std::int64_t at = now + static_cast<std::int64_t>(1e9 * i / rate_hz);
    const std::size_t count = ear.gap_count.load(std::memory_order_relaxed);
    if (std::abs(x) > kAudible) {
      if (ear.last_ns != 0 && at - ear.last_ns > kGapNs && count < Ear::kGaps) {
        ear.gaps[count] = {ear.last_ns, at, step};
        ear.onset_left = static_cast<std::size_t>(0.005 * rate_hz);
        ear.gap_count.store(count + 1, std::memory_order_release);
      }
      ear.last_ns = at;
    }
    if (ear.onset_left > 0 && count > 0) {
      --ear.onset_left;
      ear.gaps[count - 1].step = std::max(ear.gaps[count - 1].step, step);
    } else if (at - ear.last_ns < kGapNs) {
      ear.step.store(std::max(ear.step.load(), step));
    }
  }
  ear.heard_ns.store(ear.last_ns);
}

void Link(Probe& probe, std::uint32_t from, std::uint32_t to) {
  pw_properties* const properties =
      pw_properties_new(PW_KEY_LINK_OUTPUT_PORT, std::to_string(from).c_str(),
                        PW_KEY_LINK_INPUT_PORT, std::to_string(to).c_str(), NULL);
  auto* const link = static_cast<pw_proxy*>(pw_core_create_object(
      probe.core, "link-factory", PW_TYPE_INTERFACE_Link, PW_VERSION_LINK, &properties->dict, 0));
  pw_properties_free(properties);
  if (link != nullptr) probe.links.push_back(link);
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
  for (const std::string& sink : probe.listen) want(sink, "monitor_FL", "tone-probe", "hear");
  std::erase_if(probe.linked, [&](const auto& pair) { return !wanted.contains(pair); });
  for (const auto& pair : wanted) {
    if (probe.seen.contains(pair) && probe.linked.insert(pair).second) {
      Link(probe, pair.first, pair.second);
    }
  }
  probe.seen = wanted;
}

void Vanished(void* self, std::uint32_t id) {
  auto& probe = *static_cast<Probe*>(self);
  probe.nodes.erase(id);
  probe.ports.erase(id);
}

void Tell(void* self, std::uint64_t) {
  auto& probe = *static_cast<Probe*>(self);
  if (probe.core != nullptr) LinkAll(probe);
  const std::size_t count = probe.ear.gap_count.load(std::memory_order_acquire);
  // The last one is still being looked at for 5 ms.
  while (probe.told_gaps < count &&
         SteadyNs() - probe.ear.gaps[probe.told_gaps].to_ns > 20'000'000) {
    const Gap& gap = probe.ear.gaps[probe.told_gaps++];
    std::printf("gap %lld %lld %.5f\n", static_cast<long long>(gap.from_ns),
                static_cast<long long>(gap.to_ns), static_cast<double>(gap.step));
  }
  const std::int64_t heard = probe.ear.heard_ns.load();
  if (heard != probe.told_ns && probe.told_gaps == count) {
    probe.told_ns = heard;
    std::printf("step %.5f\nheard %lld\n", static_cast<double>(probe.ear.step.exchange(0.0F)),
                static_cast<long long>(heard));
  }
  std::fflush(stdout);
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
  probe.filter = pw_filter_new(probe.core, "tone-probe",
                               pw_properties_new(PW_KEY_NODE_NAME, "tone-probe", NULL));
  spa_hook filter_hook{};
  pw_filter_events filter_events{};
  filter_events.version = PW_VERSION_FILTER_EVENTS;
  filter_events.process = Process;
  pw_filter_add_listener(probe.filter, &filter_hook, &filter_events, &probe);
  const auto add = [&](const char* name, spa_direction direction) {
    return pw_filter_add_port(probe.filter, direction, PW_FILTER_PORT_FLAG_MAP_BUFFERS, 0,
                              pw_properties_new(PW_KEY_FORMAT_DSP, "32 bit float mono audio",
                                                PW_KEY_PORT_NAME, name, NULL),
                              nullptr, 0);
  };
  probe.tone = {add("tone_FL", PW_DIRECTION_OUTPUT), add("tone_FR", PW_DIRECTION_OUTPUT)};
  probe.hear = add("hear", PW_DIRECTION_INPUT);
  pw_filter_connect(probe.filter, PW_FILTER_FLAG_RT_PROCESS, nullptr, 0);
  pw_main_loop_run(probe.loop);
  for (pw_proxy* const link : probe.links) pw_proxy_destroy(link);
  probe.links.clear();
  spa_hook_remove(&filter_hook);
  pw_filter_destroy(probe.filter);
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
