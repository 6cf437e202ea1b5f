#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "config/param_registry.h"
#include "dsp/analysis/analysis_frame.h"
#include "ipc/backend.h"
#include "ipc/dispatcher.h"
#include "ipc/unix_socket.h"

namespace auralis::ipc {

class Session;

// The daemon's control socket and the clients on it. Runs on the io_context it is given, without a
// thread or a lock of its own. A slow client loses telemetry, never the daemon's memory or other
// clients' time. [control] throughout.
class Server {
 public:
  static constexpr std::size_t kMaxClients = 256;

  // Listens on `path` from now on: its folder is made (0700) where it is missing, a dead daemon's
  // socket is replaced. Throws IpcError where a live daemon has it, the path is too long for a
  // socket, or the folder belongs to somebody else. `listening` is what HandOver() gave to the
  // process before this one, or -1. All references must outlive this.
  Server(boost::asio::io_context& loop, std::filesystem::path path, ParamRegistry& registry,
         Backend& backend, int listening = -1);
  ~Server();  // Close("") if nobody did before
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Sends the readings to those who subscribed, each at its rate. Costs nothing without them.
  void Publish(const AnalysisFrame& frame);
  // Whether anybody has subscribed to anything.
  bool is_watched() const;
  // Tells those who subscribed events. Costs nothing without them.
  void Tell(const Notice& notice);
  // Says goodbye to every client, ends the connections and takes the socket away. Returns at once;
  // the loop has nothing more to do for the server afterwards. Again is harmless.
  void Close(std::string_view reason);
  // As Close(), but the socket stays: who connects waits for whoever goes on with the descriptor,
  // which the caller owns.
  int HandOver(std::string_view reason);

  // What people changed, and the way back; what else loads presets for them records it here, too.
  ParamHistory& history() { return dispatcher_.history(); }

  std::size_t client_count() const { return sessions_.size(); }
  // What waits in our memory for clients to fetch it.
  std::size_t waiting_bytes() const;
  const std::filesystem::path& path() const { return file_.path(); }

 private:
  using Socket = boost::asio::local::stream_protocol::socket;

  void FlushSoon();
  void Accept();
  void Admit(Socket socket);
  void Remove(const Session& session);

  boost::asio::io_context& loop_;
  bool flush_posted_ = false;
  Traffic traffic_;
  Dispatcher dispatcher_;
  SocketFile file_;
  boost::asio::local::stream_protocol::acceptor acceptor_;
  boost::asio::steady_timer retry_;  // after accept() ran out of descriptors
  std::vector<std::shared_ptr<Session>> sessions_;
  std::uint64_t sessions_ever_ = 0;
  std::shared_ptr<const bool> alive_ = std::make_shared<bool>(true);  // until Close()
};

}  // namespace auralis::ipc
