#include "daemon/jack_watch.h"

#include <jack/jack.h>

#include <cstddef>
#include <mutex>
#include <string_view>
#include <utility>

#include "daemon/uncancelled.h"

namespace auralis {
namespace {

constexpr char kClient[] = "Auralis watch";
constexpr std::size_t kMostLeft = 1000;

void Drop(const char*) {}

}  // namespace

struct JackWatch::State {
  jack_client_t* client = nullptr;
  Events events;
  std::mutex mutex;
  std::vector<std::string> left;

  void PortCame(jack_port_id_t id, bool here) {
    if (!here) {
      const jack_port_t* const port = jack_port_by_id(client, id);
      const char* const name = port == nullptr ? nullptr : jack_port_name(port);
      const std::lock_guard lock(mutex);
      if (name != nullptr && left.size() < kMostLeft) left.emplace_back(name);
    }
    events.ports();
  }

  void Connected(jack_port_id_t from) const {
    const jack_port_t* const port = jack_port_by_id(client, from);
    const char* const type = port == nullptr ? nullptr : jack_port_type(port);
    if (type != nullptr && std::string_view(type) == JACK_DEFAULT_MIDI_TYPE) events.connected();
  }
};

// "3.0.0.0 (using PipeWire 0.3.65)"
bool IsPipeWiresJack() {
  return std::string_view(jack_get_version_string()).find("PipeWire") != std::string_view::npos;
}

JackWatch::JackWatch(std::unique_ptr<State> state) : state_(std::move(state)) {}

std::unique_ptr<JackWatch> JackWatch::Open(Events events) {
  jack_set_error_function(Drop);  // "no server" is told by what Open() returns
  jack_set_info_function(Drop);
  auto state = std::make_unique<State>();
  state->events = std::move(events);
  state->client = jack_client_open(kClient, JackNoStartServer, nullptr);
  if (state->client == nullptr) return nullptr;
  jack_set_port_registration_callback(
      state->client,
      [](jack_port_id_t id, int here, void* self) {
        Uncancelled([&] { static_cast<State*>(self)->PortCame(id, here != 0); });
      },
      state.get());
  jack_set_port_connect_callback(
      state->client,
      [](jack_port_id_t from, jack_port_id_t, int made, void* self) {
        if (made != 0) Uncancelled([&] { static_cast<State*>(self)->Connected(from); });
      },
      state.get());
  jack_on_shutdown(
      state->client,
      [](void* self) { Uncancelled([&] { static_cast<State*>(self)->events.gone(); }); },
      state.get());
  if (jack_activate(state->client) != 0) {
    jack_client_close(state->client);
    return nullptr;
  }
  return std::unique_ptr<JackWatch>(new JackWatch(std::move(state)));
}

JackWatch::~JackWatch() { jack_client_close(state_->client); }

bool JackWatch::CanOpen() {
  jack_client_t* const client = jack_client_open(kClient, JackNoStartServer, nullptr);
  if (client == nullptr) return false;
  jack_client_close(client);
  return true;
}

// Its thread may be in a callback still.
void JackWatch::Abandon(std::unique_ptr<JackWatch> watch) { static_cast<void>(watch.release()); }

std::vector<std::string> JackWatch::Sources() const { return Ports(JackPortIsOutput); }

std::vector<std::string> JackWatch::Sinks() const { return Ports(JackPortIsInput); }

std::vector<std::string> JackWatch::Ports(unsigned long flags) const {
  std::vector<std::string> names;
  const char** const ports = jack_get_ports(state_->client, nullptr, JACK_DEFAULT_MIDI_TYPE, flags);
  for (const char** port = ports; port != nullptr && *port != nullptr; ++port) {
    names.emplace_back(*port);
  }
  jack_free(static_cast<void*>(ports));
  return names;
}

std::vector<std::string> JackWatch::TakeLeft() {
  const std::lock_guard lock(state_->mutex);
  return std::exchange(state_->left, {});
}

std::uint32_t JackWatch::CycleTime() const { return jack_last_frame_time(state_->client); }

}  // namespace auralis
