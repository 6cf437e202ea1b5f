#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "config/preset_rules.h"
#include "daemon/default_sink.h"
#include "daemon/link_keeper.h"
#include "daemon/own_sink.h"
#include "daemon/pipewire_connection.h"
#include "daemon/pipewire_graph.h"

namespace auralis {

struct RouteOptions {
  std::string input;             // of RouteWishes
  std::string output;            // likewise
  bool own_sink = true;          // make the sink "Auralis"
  bool default_sink = false;     // and make it the system's default
  std::filesystem::path memory;  // where the displaced default is kept; "" for nowhere
};

// What the route has to say. All on [control].
struct RouteEvents {
  LinkKeeper::Fade fade;
  std::function<void()> changed = {};  // the graph, or what it is set to, or the server is gone
  std::function<void(const std::string& text)> news;            // for people
  std::function<void(const Situation& output)> output_changed;  // or what plays
};

// The way from the applications to the hardware through PipeWire, whichever device carries it: own
// sink, default, links; made again whenever the server comes back. [control]
class PipeWireRoute : private PipeWireListener {
 public:
  // Says nothing before Start(). `loop` and `connection` must outlive this.
  PipeWireRoute(boost::asio::io_context& loop, PipeWireConnection& connection,
                const RouteOptions& options);
  ~PipeWireRoute() override;
  PipeWireRoute(const PipeWireRoute&) = delete;
  PipeWireRoute& operator=(const PipeWireRoute&) = delete;

  // Until the graph is known and the sink is in it, for who must find it there. False when the time
  // is up, or the server gone.
  bool AwaitSink(std::chrono::milliseconds timeout);
  // Throws DeviceError where input and output as they were wished cannot be, and lists what there
  // is.
  void CheckWishes() const;
  void Start(RouteEvents events);
  // Gives back the default and takes everything off the loop.
  void Close();

  PipeWireGraph& graph() { return graph_; }
  // For people: "Auralis -> Speakers".
  std::string Text() const;

 private:
  void Connected(pw_core*) override {}
  void Disconnected() override;
  void Follow();
  void Tell();
  std::string NameOf(std::optional<std::uint32_t> node) const;

  PipeWireConnection& connection_;
  RouteOptions options_;
  RouteEvents events_;
  bool started_ = false;
  Situation told_output_;
  std::string told_problem_;
  std::optional<OwnSink> own_sink_;
  PipeWireGraph graph_;
  DefaultSink default_sink_;
  LinkKeeper keeper_;
};

}  // namespace auralis
