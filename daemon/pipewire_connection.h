#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>

struct pw_context;
struct pw_core;
struct pw_loop;
struct pw_registry;

namespace auralis {

// Hears what a PipeWire server's registry tells. All calls on [control].
class PipeWireListener {
 public:
  virtual ~PipeWireListener() = default;
  // The connection stands; `registry` tells nothing before this returned, so listeners may be
  // added.
  virtual void Connected(pw_registry* registry) = 0;
  // It does not stand any more: every proxy that came of the registry must be destroyed in here.
  virtual void Disconnected() = 0;
};

// A connection to the PipeWire server of this session, kept on the control thread's own loop: no
// thread of libpipewire's calls anything of ours. Where no server answers, and when one goes away,
// it tries again every two seconds, quietly. Carries no audio. [control]
class PipeWireConnection {
 public:
  // `listener` must outlive this.
  PipeWireConnection(boost::asio::io_context& loop, PipeWireListener& listener);
  ~PipeWireConnection();
  PipeWireConnection(const PipeWireConnection&) = delete;
  PipeWireConnection& operator=(const PipeWireConnection&) = delete;

  // Takes everything off the loop, so that it can end; what is on its way there still finds this
  // object. Idempotent.
  void Close();

 private:
  struct Hooks;

  void Connect();
  void Disconnect();
  void TryAgainLater();
  void Await();

  PipeWireListener& listener_;
  pw_loop* pw_loop_ = nullptr;
  pw_context* context_ = nullptr;
  pw_core* core_ = nullptr;
  pw_registry* registry_ = nullptr;
  std::unique_ptr<Hooks> hooks_;
  boost::asio::posix::stream_descriptor readiness_;
  boost::asio::steady_timer retry_;
  bool closed_ = false;
  bool lost_ = false;  // the server said goodbye while its events were being handled
};

}  // namespace auralis
