#pragma once

#include <cstdint>
#include <span>

#include "config/param_history.h"
#include "config/param_registry.h"
#include "ipc/backend.h"
#include "ipc/messages.h"

namespace auralis::ipc {

// What the server counts about its clients.
struct Traffic {
  std::uint32_t clients = 0;
  std::uint64_t lost_telemetry = 0;
};

// Answers requests from the registry and the backend; knows nothing of sockets. Every change goes
// through ParamRegistry::Apply. [control]
class Dispatcher {
 public:
  // More would let one request hold up the control thread.
  static constexpr std::size_t kMaxGlobs = 32;

  // All references must outlive this.
  Dispatcher(ParamRegistry& registry, Backend& backend, const Traffic& traffic)
      : registry_(registry), history_(registry), backend_(backend), traffic_(traffic) {}

  // `hand` tells clients apart, so that a knob that one of them drags is one step of the history.
  Reply Answer(const Request& request, std::uint64_t hand = 0);
  const ParamRegistry& registry() const { return registry_; }
  ParamHistory& history() { return history_; }

 private:
  Reply Handle(const Hello& hello) const;
  Reply Handle(const GetStatus&) const;
  Reply Handle(const GetInfo&) const;
  Reply Handle(const Describe& describe) const;
  Reply Handle(const Get& get) const;
  Reply Handle(const Set& set);
  Reply Handle(const Subscribe& subscribe) const;
  Reply Handle(const LoadResponse& load) { return backend_.Load(load); }
  Reply Handle(const GetAdaptation&) const { return backend_.adaptation(); }
  Reply Handle(const Adapt& adapt) { return backend_.Steer(adapt); }
  Reply Handle(const Reset& reset);
  Reply Handle(const Undo&);
  Reply Handle(const Redo&);
  Reply Handle(const GetChain&) const;
  Reply Handle(const ListDevices&) { return backend_.Devices(); }
  Reply Handle(const GetMidi& request) { return backend_.Answer(request); }
  Reply Handle(const MapMidi& request) { return backend_.Answer(request); }
  Reply Handle(const UnmapMidi& request) { return backend_.Answer(request); }
  Reply Handle(const LearnMidi& request) { return backend_.Answer(request); }
  Reply Handle(const GetComparison& request) { return backend_.Answer(request); }
  Reply Handle(const Compare& request) { return backend_.Answer(request, history_); }
  Reply Handle(const SteerComparison& request) { return backend_.Answer(request, history_); }
  Reply Handle(const Quit&);
  Reply Handle(const LoadPreset& load) { return backend_.LoadPreset(load, history_); }
  Reply Handle(const GetPresets&) const { return backend_.Presets(); }
  Reply Handle(const GetBlackBox&) const { return backend_.black_box(); }

  Error UnknownKey(const std::string& key) const;
  Values ValuesOf(std::span<const std::size_t> indices) const;

  ParamRegistry& registry_;
  ParamHistory history_;  // of what people change
  Backend& backend_;
  const Traffic& traffic_;
  std::uint64_t hand_ = 0;  // of the request that is answered
};

}  // namespace auralis::ipc
