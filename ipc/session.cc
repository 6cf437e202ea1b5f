#include "ipc/session.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <chrono>
#include <exception>
#include <span>
#include <string>
#include <utility>

#include "ipc/codec.h"

namespace auralis::ipc {
namespace {

using boost::system::error_code;

// Small, so that a client that stops reading soon finds out: what the kernel holds for it is stale.
constexpr int kSendBufferBytes = 32 << 10;

bool EndsConnection(ErrorCode code) {
  return code == ErrorCode::kMalformed || code == ErrorCode::kTooLarge;
}

Error FrameTooLarge(std::size_t bytes) {
  const std::string value = std::to_string(bytes) + " bytes";
  const std::string allowed = "1 to " + std::to_string(kMaxRequestBytes) + " bytes";
  return {.code = ErrorCode::kTooLarge,
          .key = "frame",
          .value = value,
          .reason = "is too large",
          .allowed = allowed,
          .message = "a frame of " + value + " is too large (allowed: " + allowed +
                     "); the connection ends"};
}

Error ReplyTooLarge() {
  return {.code = ErrorCode::kInternal,
          .reason = "the reply is larger than a frame may be",
          .message = "the reply is larger than a frame may be: ask for less at once"};
}

Error HelloFirst() {
  return {.code = ErrorCode::kHelloFirst,
          .reason = "the first request must be Hello",
          .message = "the first request of a connection must be Hello"};
}

}  // namespace

Session::Session(Socket socket, Dispatcher& dispatcher, Traffic& traffic, std::uint64_t number)
    : socket_(std::move(socket)), dispatcher_(dispatcher), traffic_(traffic), number_(number) {
  error_code ignored;  // a socket that fails here fails at the first read as well
  socket_.non_blocking(true, ignored);
  socket_.set_option(boost::asio::socket_base::send_buffer_size(kSendBufferBytes), ignored);
}

void Session::Start(std::function<void()> on_end) {
  on_end_ = std::move(on_end);
  ReadPrefix();
}

void Session::Refuse(const Error& error) { AnswerAndEnd(0, error); }

void Session::Offer(const AnalysisFrame& frame, Telemetry::Clock::time_point now) {
  if (!telemetry_.active() || ending_) return;
  const std::uint64_t lost = telemetry_.lost();
  for (const Event& event : telemetry_.Take(frame, now, waiting_.empty())) Send(Encode(event));
  traffic_.lost_telemetry += telemetry_.lost() - lost;
}

void Session::FlushChanges(Telemetry::Clock::time_point now) {
  if (!feed_.active() || ending_) return;
  const std::uint64_t lost = feed_.lost();
  for (const Event& event : feed_.Take(dispatcher_.registry(), now, waiting_.empty())) {
    Send(Encode(event));
  }
  traffic_.lost_telemetry += feed_.lost() - lost;
}

void Session::OfferAdaptation(Telemetry::Clock::time_point now) {
  if (!adaptation_pace_ || ending_ || !adaptation_pace_->IsDue(now)) return;
  if (!waiting_.empty()) {
    ++lost_adaptations_;
    ++traffic_.lost_telemetry;
    return;
  }
  const Reply report = dispatcher_.Answer(GetAdaptation{});
  if (const auto* adaptation = std::get_if<Adaptation>(&report)) {
    Send(Encode(Event(AdaptationNow{*adaptation, lost_adaptations_})));
  }
}

void Session::Subscribed(const std::vector<StreamRate>& streams) {
  adaptation_pace_.reset();
  for (const auto& [stream, rate_hz] : streams) {
    if (stream == Stream::kAdaptation) adaptation_pace_.emplace(rate_hz);
  }
  telemetry_.Subscribe(streams);
  feed_.Subscribe(streams);
  if (feed_.wants_notices()) {
    const Reply now = dispatcher_.Answer(GetStatus{});
    if (const auto* status = std::get_if<Status>(&now)) {
      feed_.Add({.kind = NoticeKind::kDevice, .text = status->device});
      feed_.Add({.kind = NoticeKind::kXrun, .text = "xruns so far", .count = status->xruns});
    }
  }
  FlushChanges(Telemetry::Clock::now());
}

// Who made a change has the reply to it. Where the change made others change more, they stay.
void Session::ForgetWhatWasTold(const Request& request, const Reply& reply) {
  const bool changes =
      std::holds_alternative<Set>(request) || std::holds_alternative<Reset>(request) ||
      std::holds_alternative<Undo>(request) || std::holds_alternative<Redo>(request);
  const auto* values = std::get_if<Values>(&reply);
  if (!changes || values == nullptr) return;
  for (const Value& one : values->values) {
    if (const auto index = dispatcher_.registry().Find(one.key)) feed_.Told(*index);
  }
}

void Session::Close(const Bye& bye) {
  on_end_ = nullptr;
  ending_ = true;
  // A frame that is half sent must be finished, or nothing after it could be read.
  while (waiting_.size() > (written_bytes_ > 0 ? 1U : 0U)) waiting_.pop_back();
  waiting_.push_back(Encode(bye));
  while (!waiting_.empty() && WriteSome()) {
  }
  End();
}

void Session::ReadPrefix() {
  request_ = Frame(kPrefixBytes);
  boost::asio::async_read(socket_, boost::asio::buffer(request_),
                          [self = shared_from_this()](const error_code& error, std::size_t) {
                            if (error) return self->ReadFailed(error);
                            self->ReadPayload();
                          });
}

void Session::ReadPayload() {
  if (ending_) return;
  const std::size_t bytes = PayloadBytes(std::span(request_).first<kPrefixBytes>());
  if (bytes > kMaxRequestBytes) return AnswerAndEnd(0, FrameTooLarge(bytes));
  request_.resize(kPrefixBytes + bytes);
  boost::asio::async_read(socket_, boost::asio::buffer(request_) + kPrefixBytes,
                          [self = shared_from_this()](const error_code& error, std::size_t) {
                            if (error) return self->ReadFailed(error);
                            self->HandleRequest();
                          });
}

void Session::ReadNext() {
  paused_ = waiting_bytes_ > kPauseBytes;
  if (!paused_ && !ending_) ReadPrefix();
}

void Session::HandleRequest() {
  if (ending_) return;
  const RequestMessage message = DecodeRequest(request_);
  const auto* request = std::get_if<Request>(&message.body);
  const Reply reply = request != nullptr ? Answer(*request) : std::get<Error>(message.body);
  const auto* error = std::get_if<Error>(&reply);
  if (error != nullptr && EndsConnection(error->code)) return AnswerAndEnd(message.id, *error);
  Frame frame = Encode(message.id, reply);
  if (frame.size() - kPrefixBytes > kMaxReplyBytes) frame = Encode(message.id, ReplyTooLarge());
  Send(std::move(frame));
  // Only now: a subscriber reads the reply before the first event.
  if (const auto* granted = std::get_if<ipc::Subscribed>(&reply)) Subscribed(granted->streams);
  ReadNext();
}

Reply Session::Answer(const Request& request) {
  if (!welcome_ && !std::holds_alternative<Hello>(request)) return HelloFirst();
  try {
    Reply reply = dispatcher_.Answer(request, number_);
    if (std::holds_alternative<Welcome>(reply)) welcome_ = true;
    ForgetWhatWasTold(request, reply);
    return reply;
  } catch (const std::exception& error) {  // one request fails, not the daemon
    return Error{.reason = error.what(), .message = std::string("internal error: ") + error.what()};
  }
}

void Session::AnswerAndEnd(std::uint32_t id, const Error& error) {
  ending_ = true;
  Send(Encode(id, error));
  EndWhenFlushed();
}

void Session::ReadFailed(const error_code& error) {
  if (std::exchange(ending_, true)) return;
  // A client that has sent its last request may still wait for replies; any other is gone.
  if (error != boost::asio::error::eof) {
    waiting_.clear();
    waiting_bytes_ = written_bytes_ = 0;
  }
  EndWhenFlushed();
}

void Session::Send(Frame frame) {
  waiting_bytes_ += frame.size();
  waiting_.push_back(std::move(frame));
  if (!writing_) Flush();
}

void Session::Flush() {
  writing_ = false;
  while (!waiting_.empty() && WriteSome()) {
  }
  if (!waiting_.empty()) {
    writing_ = true;
    socket_.async_wait(Socket::wait_write, [self = shared_from_this()](const error_code& error) {
      if (!error) self->Flush();
    });
  } else if (ending_) {
    EndWhenFlushed();
  } else if (paused_) {
    ReadNext();
  }
}

// False when the client has no room.
bool Session::WriteSome() {
  error_code error;
  const Frame& first = waiting_.front();
  written_bytes_ += socket_.write_some(boost::asio::buffer(first) + written_bytes_, error);
  if (error == boost::asio::error::would_block) return false;
  if (error) {  // nobody is there to read it
    waiting_.clear();
    waiting_bytes_ = written_bytes_ = 0;
    ending_ = true;
    return true;
  }
  if (written_bytes_ == first.size()) {
    waiting_bytes_ -= first.size();
    written_bytes_ = 0;
    waiting_.pop_front();
  }
  return true;
}

void Session::EndWhenFlushed() {
  if (!waiting_.empty()) return;
  // From the loop, because the server may be going through its sessions just now.
  boost::asio::post(socket_.get_executor(), [self = shared_from_this()] { self->End(); });
}

void Session::End() {
  error_code ignored;
  socket_.close(ignored);
  if (const auto on_end = std::exchange(on_end_, nullptr)) on_end();
}

}  // namespace auralis::ipc
