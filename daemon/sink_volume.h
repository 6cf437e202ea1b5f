#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "daemon/pipewire_connection.h"

struct pw_registry;
struct spa_dict;

namespace auralis {

// How far the sound server turns down what this process plays, as far as PipeWire tells: the volume
// of the sink that its output is linked to, and where its input is the monitor of a sink that obeys
// its own volume, that of this sink, too. [control]
class SinkVolume : private PipeWireListener {
 public:
  static constexpr float kSilenceDb = -60.0F;  // softer, or muted, is told as this
  // `report` is called with dB, kSilenceDb and up, whenever they change by a hundredth;
  // with 0 when nobody can tell. A muted sink keeps the volume it had: it will be heard at that
  // again.
  using Report = std::function<void(float volume_db)>;

  // `connection` must outlive this.
  SinkVolume(PipeWireConnection& connection, Report report);
  ~SinkVolume() override;
  SinkVolume(const SinkVolume&) = delete;
  SinkVolume& operator=(const SinkVolume&) = delete;

 private:
  struct Node;
  struct Link {
    std::uint32_t from_node;
    std::uint32_t to_node;
  };

  void Connected(pw_core* core) override;
  void Disconnected() override;
  void Appeared(std::uint32_t id, const char* type, const spa_dict* properties);
  void Vanished(std::uint32_t id);
  bool IsOurs(std::uint32_t node) const;
  float GainOf(std::uint32_t node) const;
  void Tell();

  Report report_;
  float told_db_ = 0.0F;
  PipeWireConnection& connection_;
  pw_registry* registry_ = nullptr;
  struct Hooks;
  std::unique_ptr<Hooks> hooks_;
  std::map<std::uint32_t, bool> client_is_ours_;
  std::map<std::uint32_t, std::unique_ptr<Node>> nodes_;
  std::map<std::uint32_t, Link> links_;
};

}  // namespace auralis
