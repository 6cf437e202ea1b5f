#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "ipc/framing.h"
#include "ipc/messages.h"

namespace auralis::ipc {

// Nobody listens on the socket, or who did has gone.
class DaemonUnavailable : public IpcError {
 public:
  using IpcError::IpcError;
};

// The daemon said no.
class RequestRefused : public IpcError {
 public:
  explicit RequestRefused(Error error) : IpcError(error.message), error_(std::move(error)) {}
  const Error& error() const { return error_; }

 private:
  Error error_;
};

// One connection to a daemon, for programs without a loop of their own: every call blocks until it
// is done or its time is up. For one thread at a time. [any]
class Client {
 public:
  static constexpr std::chrono::milliseconds kTimeout{5000};

  // Connects and says hello. `timeout` holds for this and for every Call. Throws DaemonUnavailable,
  // RequestRefused, IpcError.
  explicit Client(const std::filesystem::path& socket, std::string_view name,
                  std::chrono::milliseconds timeout = kTimeout);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // The reply, which may be an Error. A daemon that says goodbye instead, and whose socket stays,
  // begins anew in its place: that one is asked, unless something was subscribed. Throws
  // DaemonUnavailable, IpcError.
  Reply Call(const Request& request);
  // The reply that belongs to the request: Ask<Status>(GetStatus{}). Throws RequestRefused besides.
  template <class Expected>
  Expected Ask(const Request& request) {
    Reply reply = Call(request);
    if (auto* expected = std::get_if<Expected>(&reply)) return std::move(*expected);
    if (auto* error = std::get_if<Error>(&reply)) throw RequestRefused(std::move(*error));
    throw IpcError("the daemon's reply does not fit the request");
  }

  // The next event; nothing when the time is up or a signal handler ran. Throws DaemonUnavailable
  // when the connection ends without a Bye, RequestRefused when the daemon throws us out, IpcError.
  std::optional<Event> NextEvent(std::chrono::milliseconds timeout);

  const std::string& daemon_version() const { return welcome_.daemon_version; }

 private:
  using Clock = std::chrono::steady_clock;

  void Connect();
  void Greet(Clock::time_point deadline);
  bool SaidGoodbye() const;
  bool ConnectAgain(Clock::time_point deadline);
  Reply CallOnce(const Request& request, Clock::time_point deadline);
  void SendAll(const Frame& frame, Clock::time_point deadline);
  // One whole frame; false when the time is up, or at a signal where `interruptible`.
  bool ReceiveFrame(Frame& frame, Clock::time_point deadline, bool interruptible);
  bool Wait(short events, Clock::time_point deadline, bool interruptible) const;
  [[noreturn]] void Gone() const;

  std::filesystem::path path_;
  std::chrono::milliseconds timeout_;
  std::string name_;
  int descriptor_ = -1;
  bool has_subscribed_ = false;
  std::uint32_t last_id_ = 0;
  Frame received_;            // the beginning of the next frame
  std::deque<Event> events_;  // that came while a reply was awaited
  Welcome welcome_;
};

}  // namespace auralis::ipc
