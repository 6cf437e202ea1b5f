#include "ipc/server.h"

#include <fcntl.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
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
               Backend& backend, int listening)
    : loop_(loop),
      dispatcher_(registry, backend, traffic_),
      file_(std::move(path), listening),
      acceptor_(loop, stream_protocol(), file_.Release()),
      retry_(loop) {
  registry.AddListener([this, alive = std::weak_ptr(alive_)](std::span<const std::size_t> changed) {
    if (alive.expired()) return;
    for (const auto& session : sessions_) session->Changed(changed);
    FlushSoon();
  });
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
  for (const auto& session : sessions_) {
    session->Offer(frame, now);
    session->OfferAdaptation(now);
    session->FlushChanges(now);  // what was not due, or had no room, before
  }
}

bool Server::is_watched() const {
  return std::any_of(sessions_.begin(), sessions_.end(),
                     [](const auto& session) { return session->is_watching(); });
}

void Server::Tell(const Notice& notice) {
  bool wanted = false;
  for (const auto& session : sessions_) {
    session->Tell(notice);
    wanted = wanted || session->wants_notices();
  }
  if (wanted) FlushSoon();
}

// From the loop: what changes in one turn is one event, and the reply to it goes out first.
void Server::FlushSoon() {
  if (sessions_.empty() || std::exchange(flush_posted_, true)) return;
  boost::asio::post(loop_, [this, alive = std::weak_ptr(alive_)] {
    if (alive.expired()) return;
    flush_posted_ = false;
    const auto now = Telemetry::Clock::now();
    for (const auto& session : sessions_) session->FlushChanges(now);
  });
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

int Server::HandOver(std::string_view reason) {
  const int listening = fcntl(acceptor_.native_handle(), F_DUPFD_CLOEXEC, 0);
  file_.Leave();
  Close(reason);
  return listening;
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
  const auto session =
      std::make_shared<Session>(std::move(socket), dispatcher_, traffic_, ++sessions_ever_);
  if (!may) return session->Refuse(Forbidden());
  if (sessions_.size() >= kMaxClients) return session->Refuse(TooManyClients());
  sessions_.push_back(session);
  traffic_.clients = static_cast<std::uint32_t>(sessions_.size());
  Tell({.kind = NoticeKind::kClient, .text = "connected", .count = traffic_.clients});
  session->Start([this, gone = session.get()] { Remove(*gone); });
}

void Server::Remove(const Session& session) {
  std::erase_if(sessions_, [&](const auto& one) { return one.get() == &session; });
  traffic_.clients = static_cast<std::uint32_t>(sessions_.size());
  Tell({.kind = NoticeKind::kClient, .text = "gone", .count = traffic_.clients});
}

}  // namespace auralis::ipc
