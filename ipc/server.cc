#include "ipc/server.h"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <chrono>
#include <string>
#include <utility>

#include "ipc/session.h"
#include "ipc/telemetry.h"

namespace auralis::ipc {
namespace {

using boost::asio::local::stream_protocol;
using boost::system::error_code;

constexpr auto kAcceptRetry = std::chrono::milliseconds(100);

Error Forbidden() {
  return {.code = ErrorCode::kForbidden,
          .reason = "another user's daemon",
          .message = "this daemon belongs to another user"};
}

Error TooManyClients() {
  const std::string allowed = std::to_string(Server::kMaxClients);
  return {.code = ErrorCode::kTooManyClients,
          .reason = "too many clients",
          .allowed = allowed,
          .message = "the daemon has " + allowed + " clients already, which is all it takes"};
}

}  // namespace

Server::Server(boost::asio::io_context& loop, std::filesystem::path path, ParamRegistry& registry,
               Backend& backend)
    : dispatcher_(registry, backend, traffic_),
      file_(std::move(path)),
      acceptor_(loop, stream_protocol(), file_.Release()),
      retry_(loop) {
  Accept();
}

Server::~Server() {
  try {
    Close("");
  } catch (...) {  // out of memory for a goodbye: the connections end without one
    file_.Remove();
  }
}

void Server::Publish(const AnalysisFrame& frame) {
  const auto now = Telemetry::Clock::now();
  for (const auto& session : sessions_) session->Offer(frame, now);
}

void Server::Close(std::string_view reason) {
  file_.Remove();
  alive_.reset();
  error_code ignored;
  acceptor_.close(ignored);
  retry_.cancel();
  const Bye bye{std::string(reason)};
  for (const auto& session : sessions_) session->Close(bye);
  sessions_.clear();
  traffic_.clients = 0;
}

std::size_t Server::waiting_bytes() const {
  std::size_t bytes = 0;
  for (const auto& session : sessions_) bytes += session->waiting_bytes();
  return bytes;
}

void Server::Accept() {
  // The loop may run an accept that succeeded after the server is closed or gone.
  acceptor_.async_accept(
      [this, alive = std::weak_ptr(alive_)](const error_code& error, Socket socket) {
        if (alive.expired()) return;
        if (!error) {
          Admit(std::move(socket));
          return Accept();
        }
        // Out of descriptors: the client waits in the backlog until some are free.
        retry_.expires_after(kAcceptRetry);
        retry_.async_wait([this, alive](const error_code&) {
          if (!alive.expired()) Accept();
        });
      });
}

void Server::Admit(Socket socket) {
  const bool may = PeerMayConnect(socket.native_handle());
  const auto session = std::make_shared<Session>(std::move(socket), dispatcher_, traffic_);
  if (!may) return session->Refuse(Forbidden());
  if (sessions_.size() >= kMaxClients) return session->Refuse(TooManyClients());
  sessions_.push_back(session);
  traffic_.clients = static_cast<std::uint32_t>(sessions_.size());
  session->Start([this, gone = session.get()] { Remove(*gone); });
}

void Server::Remove(const Session& session) {
  std::erase_if(sessions_, [&](const auto& one) { return one.get() == &session; });
  traffic_.clients = static_cast<std::uint32_t>(sessions_.size());
}

}  // namespace auralis::ipc
