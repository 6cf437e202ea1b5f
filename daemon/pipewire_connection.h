#pragma once

#include <sys/types.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <vector>

struct pw_context;
struct pw_core;
struct pw_loop;

namespace auralis {

// Hears of the server. All calls on [control].
class PipeWireListener {
 public:
  virtual ~PipeWireListener() = default;
  // The connection stands. A registry that is asked for in here tells nothing before this returned.
  virtual void Connected(pw_core* core) = 0;
  // It does not stand any more: whatever came of the core must be destroyed in here.
  virtual void Disconnected() = 0;
  // All that the server had said by now was handed out.
  virtual void Settled() {}
};

// A connection to the PipeWire server of this session, kept on the control thread's own loop: the
// only thread of libpipewire's is the one that calls filters. Where no server answers, and when one
// goes away, it tries again, quietly: soon at first, then twice a second. [control]
class PipeWireConnection {
 public:
  // Connects where a server answers; nobody hears of anything before somebody listens.
  explicit PipeWireConnection(boost::asio::io_context& loop);
  ~PipeWireConnection();
  PipeWireConnection(const PipeWireConnection&) = delete;
  PipeWireConnection& operator=(const PipeWireConnection&) = delete;

  bool is_connected() const { return core_ != nullptr; }
  // That calls filters; 0 where libpipewire cannot be used.
  pid_t audio_thread() const { return audio_thread_; }
  // It is told Connected() in here, if that is so, and Disconnected() when it is removed. Those who
  // came first hear first, and of an end last.
  void Add(PipeWireListener& listener);
  void Remove(PipeWireListener& listener);
  // Hands out what comes until `done` or the time is up: before the loop runs. False at the latter.
  bool Await(const std::function<bool()>& done, std::chrono::milliseconds timeout);

  // Takes everything off the loop, so that it can end; what is on its way there still finds this
  // object. Idempotent.
  void Close();

 private:
  struct Hooks;

  void Connect();
  void Disconnect();
  void TryAgainLater();
  void Listen();
  void Iterate(int timeout_ms);

  std::vector<PipeWireListener*> listeners_;
  pw_loop* pw_loop_ = nullptr;
  pw_context* context_ = nullptr;
  pw_core* core_ = nullptr;
  pid_t audio_thread_ = 0;
  std::unique_ptr<Hooks> hooks_;
  boost::asio::posix::stream_descriptor readiness_;
  boost::asio::steady_timer retry_;
  std::chrono::milliseconds retry_after_;
  bool closed_ = false;
  bool lost_ = false;  // the server said goodbye while its events were being handled
};

}  // namespace auralis
