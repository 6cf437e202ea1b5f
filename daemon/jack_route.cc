#include "daemon/jack_route.h"

#include <jack/jack.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <set>
#include <utility>

#include "daemon/jack_watch.h"
#include "daemon/uncancelled.h"

namespace auralis {
namespace {

constexpr char kKeeper[] = "Auralis links";
constexpr std::size_t kChannels = 2;

using Link = std::pair<std::string, std::string>;  // full names of an output and an input

template <class Use>
void ForEach(const char** names, const Use& use) {
  for (const char** name = names; name != nullptr && *name != nullptr; ++name) use(*name);
  jack_free(static_cast<void*>(names));
}

}  // namespace

struct JackRoute::State {
  jack_client_t* client = nullptr;
  std::string kept_client;
  std::array<jack_port_t*, kChannels> playback{};
  std::array<jack_port_t*, kChannels> monitor{};
  std::set<Link> links;
  std::atomic<bool> changed{false};
  std::atomic<bool> gone{false};  // the server

  bool MakePorts() {
    for (std::size_t ch = 0; ch < kChannels; ++ch) {
      const std::string number = std::to_string(ch + 1);
      playback[ch] = jack_port_register(client, ("playback_" + number).c_str(),
                                        JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0);
      monitor[ch] = jack_port_register(client, ("monitor_" + number).c_str(),
                                       JACK_DEFAULT_AUDIO_TYPE, JackPortIsOutput, 0);
      if (playback[ch] == nullptr || monitor[ch] == nullptr) return false;
    }
    return jack_set_process_callback(
               client,
               [](jack_nframes_t frames, void* self) {  // [rt]
                 Uncancelled([&] { static_cast<State*>(self)->Pass(frames); });
                 return 0;
               },
               this) == 0;
  }

  void Pass(jack_nframes_t frames) const noexcept {  // [rt]
    for (std::size_t ch = 0; ch < kChannels; ++ch) {
      const auto* const in = static_cast<const float*>(jack_port_get_buffer(playback[ch], frames));
      auto* const out = static_cast<float*>(jack_port_get_buffer(monitor[ch], frames));
      std::copy_n(in, frames, out);
    }
  }
};

JackRoute::JackRoute(std::unique_ptr<State> state) : state_(std::move(state)) {}

std::unique_ptr<JackRoute> JackRoute::Open(const std::string& client, bool makes_sink) {
  if (IsPipeWiresJack()) return nullptr;  // there the control side makes the sink, keeps the links
  auto state = std::make_unique<State>();
  state->kept_client = client;
  state->client = jack_client_open(makes_sink ? kSink : kKeeper, JackNoStartServer, nullptr);
  if (state->client == nullptr) return nullptr;
  jack_set_port_registration_callback(
      state->client,
      [](jack_port_id_t, int, void* self) { *static_cast<std::atomic<bool>*>(self) = true; },
      &state->changed);
  jack_set_port_connect_callback(
      state->client,
      [](jack_port_id_t, jack_port_id_t, int, void* self) {
        *static_cast<std::atomic<bool>*>(self) = true;
      },
      &state->changed);
  jack_on_shutdown(
      state->client, [](void* self) { *static_cast<std::atomic<bool>*>(self) = true; },
      &state->gone);
  if ((makes_sink && !state->MakePorts()) || jack_activate(state->client) != 0) {
    jack_client_close(state->client);
    return nullptr;
  }
  return std::unique_ptr<JackRoute>(new JackRoute(std::move(state)));
}

JackRoute::~JackRoute() {
  if (!state_->gone) jack_client_close(state_->client);
}

void JackRoute::Learn() {
  const std::string ours = "^" + state_->kept_client + ":";
  ForEach(jack_get_ports(state_->client, ours.c_str(), JACK_DEFAULT_AUDIO_TYPE, 0),
          [&](const char* name) {
            const jack_port_t* const port = jack_port_by_name(state_->client, name);
            if (port == nullptr) return;
            const bool is_output = (jack_port_flags(port) & JackPortIsOutput) != 0;
            ForEach(jack_port_get_all_connections(state_->client, port), [&](const char* other) {
              state_->links.insert(is_output ? Link(name, other) : Link(other, name));
            });
          });
}

void JackRoute::Keep() {
  if (state_->gone || !state_->changed.exchange(false)) return;
  for (const auto& [from, to] : state_->links) {
    const jack_port_t* const port = jack_port_by_name(state_->client, from.c_str());
    if (port == nullptr || jack_port_by_name(state_->client, to.c_str()) == nullptr) continue;
    bool is_there = false;
    ForEach(jack_port_get_all_connections(state_->client, port),
            [&is_there, &wanted = to](const char* other) { is_there |= wanted == other; });
    if (is_there) continue;
    if (jack_connect(state_->client, from.c_str(), to.c_str()) == 0) {
      spdlog::info("linked again: {} -> {}", from, to);
    }
  }
}

}  // namespace auralis
