#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "daemon/pipewire_connection.h"
#include "daemon/sound_graph.h"

struct pw_registry;
struct spa_dict;

namespace auralis {

// PipeWire's graph as it is now, and the default sink that the session manager keeps beside it.
// [control]
class PipeWireGraph : private PipeWireListener {
 public:
  // `on_change` is called when something is another than before, once for all that came together.
  // `connection` must outlive this.
  PipeWireGraph(PipeWireConnection& connection, std::function<void()> on_change);
  ~PipeWireGraph() override;
  PipeWireGraph(const PipeWireGraph&) = delete;
  PipeWireGraph& operator=(const PipeWireGraph&) = delete;

  // Everything that was there at the connection's begin is known. False without a connection.
  bool is_complete() const { return complete_; }
  const SoundGraph& now() const { return graph_; }
  // Of the server's settings ("clock.rate"); 0 where it says nothing.
  std::uint32_t Setting(const std::string& key) const;
  // Makes a sink of this name the system's default as soon as it is there; "" leaves it to the
  // session manager. False where no session manager keeps a default.
  bool ConfigureDefaultSink(const std::string& name);
  // Takes a link out of the graph, whoever made it.
  void Destroy(std::uint32_t link);
  // Waits until the server has done all that it was asked for. False when the time is up.
  bool AwaitServer(std::chrono::milliseconds timeout);

 private:
  struct Hooks;
  struct Metadata;

  void Connected(pw_core* core) override;
  void Disconnected() override;
  void Settled() override;
  void Appeared(std::uint32_t id, const char* type, const spa_dict* properties);
  void Vanished(std::uint32_t id);
  void SetProperty(bool of_settings, std::uint32_t subject, const char* key, const char* value);

  PipeWireConnection& connection_;
  std::function<void()> on_change_;
  pw_core* core_ = nullptr;
  pw_registry* registry_ = nullptr;
  std::unique_ptr<Hooks> hooks_;
  SoundGraph graph_;
  std::map<std::uint32_t, bool> client_is_ours_;
  std::map<std::uint32_t, std::unique_ptr<Metadata>> metadata_;
  std::map<std::string, std::uint32_t> settings_;
  int synced_ = -1;  // the last question that was answered
  int first_sync_ = -1;
  bool asked_again_ = false;  // for what is bound to the objects of the first answer
  bool complete_ = false;
  bool changed_ = false;
};

}  // namespace auralis
