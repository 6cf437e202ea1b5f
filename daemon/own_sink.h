#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/pipewire_connection.h"
#include "daemon/sound_graph.h"

struct pw_proxy;
struct spa_pod;

namespace auralis {

// The sink "Auralis" that applications play into, made on the connection to PipeWire so that it
// goes with it: whatever ends the daemon, they fall back to the hardware. It keeps the volume that
// it was given when the server comes back. [control]
class OwnSink : private PipeWireListener {
 public:
  static constexpr char kName[] = "auralis";
  static constexpr char kDescription[] = "Auralis";

  // `connection` must outlive this.
  explicit OwnSink(PipeWireConnection& connection);
  ~OwnSink() override;
  OwnSink(const OwnSink&) = delete;
  OwnSink& operator=(const OwnSink&) = delete;

  // To be told when the graph is known or is another: makes the sink where none of that name is
  // there, and leaves somebody else's alone.
  void Follow(const SoundGraph& graph);

 private:
  struct Hooks;

  void Connected(pw_core* core) override { core_ = core; }
  void Disconnected() override;
  void Make();
  void Unmake();
  void TakeVolume(const spa_pod* props);
  void GiveVolume();

  PipeWireConnection& connection_;
  pw_core* core_ = nullptr;
  pw_proxy* proxy_ = nullptr;
  std::unique_ptr<Hooks> hooks_;
  std::vector<float> channel_volumes_;  // as it had last; empty where it was never told
  bool muted_ = false;
  bool fresh_ = false;  // has not been given its volume yet
};

}  // namespace auralis
