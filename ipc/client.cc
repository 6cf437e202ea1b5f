#include "ipc/client.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <system_error>

#include "ipc/codec.h"

namespace auralis::ipc {
namespace {

// Telemetry beyond this is old: the oldest goes.
constexpr std::size_t kMaxKeptEvents = 256;

[[noreturn]] void FailSystem(const std::filesystem::path& path, const std::string& what,
                             int error) {
  throw IpcError(what + " " + path.string() + ": " + std::generic_category().message(error));
}

}  // namespace

Client::Client(const std::filesystem::path& socket, std::string_view name,
               std::chrono::milliseconds timeout)
    : path_(socket), timeout_(timeout), name_(name) {
  const auto deadline = Clock::now() + timeout_;
  try {
    Connect();
    try {
      Greet(deadline);
    } catch (const DaemonUnavailable&) {
      // Nothing was asked yet. One that begins anew drops who has just come, without a word.
      if (!ConnectAgain(deadline)) throw;
    }
  } catch (...) {
    if (descriptor_ >= 0) close(descriptor_);
    throw;
  }
}

Client::~Client() { close(descriptor_); }

void Client::Greet(Clock::time_point deadline) {
  Reply reply = CallOnce(Hello{kProtocolVersion, name_}, deadline);
  if (auto* error = std::get_if<Error>(&reply)) throw RequestRefused(std::move(*error));
  auto* const welcome = std::get_if<Welcome>(&reply);
  if (welcome == nullptr) throw IpcError("the daemon's reply does not fit the request");
  welcome_ = std::move(*welcome);
}

// What was not answered before the goodbye was not done.
bool Client::SaidGoodbye() const {
  return std::any_of(events_.begin(), events_.end(),
                     [](const Event& event) { return std::holds_alternative<Bye>(event); });
}

bool Client::ConnectAgain(Clock::time_point deadline) {
  if (Clock::now() >= deadline) return false;
  events_.clear();
  received_.clear();
  close(std::exchange(descriptor_, -1));
  try {
    Connect();
    Greet(deadline);
  } catch (const DaemonUnavailable&) {
    return false;
  }
  return true;
}

void Client::Connect() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string& name = path_.native();
  if (name.empty() || name.size() >= sizeof(address.sun_path)) {
    throw IpcError("socket path " + name + " has " + std::to_string(name.size()) +
                   " bytes (allowed: 1 to " + std::to_string(sizeof(address.sun_path) - 1) + ")");
  }
  std::memcpy(address.sun_path, name.c_str(), name.size() + 1);
  descriptor_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor_ < 0) FailSystem(path_, "cannot make a socket for", errno);
  const auto deadline = Clock::now() + timeout_;
  while (connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    const int error = errno;
    if (error == ENOENT || error == ECONNREFUSED || error == ENOTDIR) {
      throw DaemonUnavailable("auralisd is not running at " + path_.string());
    }
    if (error != EAGAIN && error != EINTR) FailSystem(path_, "cannot connect to", error);
    // The daemon's backlog is full; a Unix socket has no way to wait for it.
    if (Clock::now() >= deadline) {
      throw IpcError("auralisd at " + path_.string() + " does not take connections");
    }
    poll(nullptr, 0, 1);
  }
}

Reply Client::Call(const Request& request) {
  const auto deadline = Clock::now() + timeout_;
  has_subscribed_ = has_subscribed_ || std::holds_alternative<Subscribe>(request);
  try {
    return CallOnce(request, deadline);
  } catch (const DaemonUnavailable&) {
    if (!SaidGoodbye() || has_subscribed_ || !ConnectAgain(deadline)) throw;
  }
  return CallOnce(request, deadline);
}

Reply Client::CallOnce(const Request& request, Clock::time_point deadline) {
  const std::uint32_t id = ++last_id_;
  SendAll(Encode(id, request), deadline);
  Frame frame;
  while (ReceiveFrame(frame, deadline, false)) {
    DaemonMessage message = DecodeDaemonMessage(frame);
    if (auto* event = std::get_if<Event>(&message.body)) {
      if (events_.size() == kMaxKeptEvents) events_.pop_front();
      events_.push_back(std::move(*event));
      continue;
    }
    auto* reply = std::get_if<Reply>(&message.body);
    // An error without an id is about the connection, not about one request.
    const bool ours = message.id == id || (message.id == 0 && reply != nullptr &&
                                           std::holds_alternative<Error>(*reply));
    if (!ours) continue;
    if (reply == nullptr) throw IpcError("the daemon answers in a newer protocol");
    return std::move(*reply);
  }
  throw IpcError("auralisd at " + path_.string() + " does not answer");
}

std::optional<Event> Client::NextEvent(std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  if (!events_.empty()) {
    Event event = std::move(events_.front());
    events_.pop_front();
    return event;
  }
  Frame frame;
  while (ReceiveFrame(frame, deadline, true)) {
    DaemonMessage message = DecodeDaemonMessage(frame);
    if (auto* event = std::get_if<Event>(&message.body)) return std::move(*event);
    auto* reply = std::get_if<Reply>(&message.body);
    if (reply != nullptr && std::holds_alternative<Error>(*reply)) {
      throw RequestRefused(std::move(std::get<Error>(*reply)));
    }
  }
  return std::nullopt;
}

void Client::SendAll(const Frame& frame, Clock::time_point deadline) {
  std::span<const std::uint8_t> rest = frame;
  while (!rest.empty()) {
    const ssize_t sent = send(descriptor_, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      rest = rest.subspan(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (!Wait(POLLOUT, deadline, false)) {
        throw IpcError("auralisd at " + path_.string() + " takes no requests");
      }
    } else if (errno == EPIPE || errno == ECONNRESET) {
      return;  // the daemon may have left the reason behind: it is read next
    } else if (errno != EINTR) {
      FailSystem(path_, "cannot send to", errno);
    }
  }
}

bool Client::ReceiveFrame(Frame& frame, Clock::time_point deadline, bool interruptible) {
  for (;;) {
    std::size_t wanted = kPrefixBytes;
    if (received_.size() >= kPrefixBytes) {
      const std::size_t payload = PayloadBytes(std::span(received_).first<kPrefixBytes>());
      if (payload == 0 || payload > kMaxReplyBytes) {
        throw IpcError("the daemon sent a frame of " + std::to_string(payload) + " bytes");
      }
      wanted += payload;
    }
    if (received_.size() == wanted && wanted > kPrefixBytes) {
      frame = std::exchange(received_, {});
      return true;
    }
    const std::size_t have = received_.size();
    received_.resize(wanted);
    const ssize_t got = recv(descriptor_, received_.data() + have, wanted - have, 0);
    const int error = errno;
    received_.resize(have + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0 && wanted > have) Gone();
    if (got > 0) continue;
    if (error == ECONNRESET) Gone();
    if (error == EINTR && interruptible) return false;
    if (error != EAGAIN && error != EINTR) FailSystem(path_, "cannot receive from", error);
    if (error == EAGAIN && !Wait(POLLIN, deadline, interruptible)) return false;
  }
}

bool Client::Wait(short events, Clock::time_point deadline, bool interruptible) const {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd poller{descriptor_, events, 0};
    const int ready = poll(&poller, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) FailSystem(path_, "cannot wait for", errno);
    if (interruptible) return false;
  }
}

void Client::Gone() const {
  throw DaemonUnavailable("auralisd at " + path_.string() + " has gone");
}

}  // namespace auralis::ipc
