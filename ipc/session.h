#pragma once

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>

#include "dsp/analysis/analysis_frame.h"
#include "ipc/change_feed.h"
#include "ipc/dispatcher.h"
#include "ipc/framing.h"
#include "ipc/messages.h"
#include "ipc/telemetry.h"

namespace auralis::ipc {

// One client: reads a request, answers it, reads the next. What it does not fetch is bounded:
// telemetry is sent only while nothing else waits, and no request is read while more than
// kPauseBytes of replies wait. [control]
class Session : public std::enable_shared_from_this<Session> {
 public:
  using Socket = boost::asio::local::stream_protocol::socket;
  static constexpr std::size_t kPauseBytes = std::size_t{64} << 10U;

  // The dispatcher and `traffic` must live until Close() or until `on_end`.
  // `number` is no other session's.
  Session(Socket socket, Dispatcher& dispatcher, Traffic& traffic, std::uint64_t number);

  // Talks until the client goes or breaks the rules; then `on_end`, once, from the loop.
  void Start(std::function<void()> on_end);
  // Instead of Start: says why not, and ends.
  void Refuse(const Error& error);
  // Sends the readings as far as they are subscribed and due, or counts what is lost.
  void Offer(const AnalysisFrame& frame, Telemetry::Clock::time_point now);
  // What the next FlushChanges tells, where it is subscribed.
  void Changed(std::span<const std::size_t> indices) { feed_.Changed(indices); }
  void Tell(const Notice& notice) { feed_.Add(notice); }
  bool wants_notices() const { return feed_.wants_notices(); }
  bool is_watching() const { return telemetry_.active() || feed_.active() || adaptation_pace_; }
  void FlushChanges(Telemetry::Clock::time_point now);
  void OfferAdaptation(Telemetry::Clock::time_point now);
  // Ends at once, without `on_end`; a client that keeps up learns why.
  void Close(const Bye& bye);

  // Replies that the client has not fetched.
  std::size_t waiting_bytes() const { return waiting_bytes_; }

 private:
  void ReadPrefix();
  void ReadPayload();
  void ReadNext();
  void HandleRequest();
  Reply Answer(const Request& request);
  void Subscribed(const std::vector<StreamRate>& streams);
  void ForgetWhatWasTold(const Request& request, const Reply& reply);
  void AnswerAndEnd(std::uint32_t id, const Error& error);
  void ReadFailed(const boost::system::error_code& error);

  void Send(Frame frame);
  void Flush();
  bool WriteSome();
  void EndWhenFlushed();
  void End();

  Socket socket_;
  Dispatcher& dispatcher_;
  Traffic& traffic_;
  std::uint64_t number_;
  std::function<void()> on_end_;
  Frame request_;
  std::deque<Frame> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::size_t written_bytes_ = 0;  // of the first that waits
  Telemetry telemetry_;
  ChangeFeed feed_;
  std::optional<Pace> adaptation_pace_;
  std::uint64_t lost_adaptations_ = 0;
  bool welcome_ = false;  // said hello
  bool writing_ = false;  // the loop will call Flush()
  bool paused_ = false;   // no request is read until the replies are fetched
  bool ending_ = false;   // no request is read any more
};

}  // namespace auralis::ipc
