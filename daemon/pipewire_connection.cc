#include "daemon/pipewire_connection.h"

#include <pipewire/pipewire.h>
#include <pthread.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <thread>
#include <utility>

namespace auralis {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kFirstRetry{50};
constexpr milliseconds kLastRetry{500};

// Who it is, and its name for people who look at threads. Before it has anything to play. As long
// as it does not run, the loop calls back on the thread that asks.
pid_t IntroduceAudioThread(pw_context* context) {
  constexpr int kTries = 1000;
  const pid_t us = gettid();
  pid_t thread = us;
  const auto introduce = [](spa_loop*, bool, std::uint32_t, const void* asks, std::size_t,
                            void* out) {
    const pid_t here = gettid();
    if (here != *static_cast<const pid_t*>(asks)) pthread_setname_np(pthread_self(), "audio");
    *static_cast<pid_t*>(out) = here;
    return 0;
  };
  for (int i = 0; i < kTries && thread == us; ++i) {
    if (i > 0) std::this_thread::sleep_for(milliseconds(1));
    pw_data_loop_invoke(pw_context_get_data_loop(context), introduce, 0, &us, sizeof(us), true,
                        &thread);
  }
  return thread == us ? 0 : thread;
}

}  // namespace

struct PipeWireConnection::Hooks {
  spa_hook core{};
  pw_core_events events{};
};

PipeWireConnection::PipeWireConnection(boost::asio::io_context& loop)
    : hooks_(std::make_unique<Hooks>()), readiness_(loop), retry_(loop), retry_after_(kFirstRetry) {
  pw_init(nullptr, nullptr);
  pw_loop_ = pw_loop_new(nullptr);
  if (pw_loop_ != nullptr) {
    // The configuration whose thread of audio asks for real-time priority.
    context_ =
        pw_context_new(pw_loop_, pw_properties_new(PW_KEY_CONFIG_NAME, "client-rt.conf", NULL), 0);
  }
  if (context_ == nullptr) {
    spdlog::warn("libpipewire cannot be used: PipeWire is left alone");
    return;
  }
  audio_thread_ = IntroduceAudioThread(context_);
  pw_loop_enter(pw_loop_);
  // The loop is one descriptor that becomes readable; Asio closes what it holds, so it gets a copy.
  readiness_.assign(dup(pw_loop_get_fd(pw_loop_)));
  Listen();
  Connect();
}

PipeWireConnection::~PipeWireConnection() {
  Disconnect();
  if (context_ != nullptr) {
    pw_loop_leave(pw_loop_);
    pw_context_destroy(context_);
  }
  if (pw_loop_ != nullptr) pw_loop_destroy(pw_loop_);
  pw_deinit();
}

void PipeWireConnection::Close() {
  closed_ = true;
  Disconnect();
  retry_.cancel();
  boost::system::error_code ignored;
  readiness_.close(ignored);
}

void PipeWireConnection::Add(PipeWireListener& listener) {
  listeners_.push_back(&listener);
  if (core_ != nullptr) listener.Connected(core_);
}

void PipeWireConnection::Remove(PipeWireListener& listener) {
  if (std::erase(listeners_, &listener) != 0 && core_ != nullptr) listener.Disconnected();
}

bool PipeWireConnection::Await(const std::function<bool()>& done, milliseconds timeout) {
  const auto deadline = steady_clock::now() + timeout;
  while (!done()) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
    if (core_ == nullptr || left.count() <= 0) return false;
    Iterate(static_cast<int>(left.count()));
  }
  return true;
}

void PipeWireConnection::Connect() {
  core_ = pw_context_connect(context_, nullptr, 0);
  if (core_ == nullptr) {
    TryAgainLater();
    return;
  }
  retry_after_ = kFirstRetry;
  hooks_->events = {};
  hooks_->events.version = PW_VERSION_CORE_EVENTS;
  hooks_->events.error = [](void* self, std::uint32_t id, int, int result, const char*) {
    // Errors of single objects are the business of who asked for them.
    if (id == PW_ID_CORE && result == -EPIPE) static_cast<PipeWireConnection*>(self)->lost_ = true;
  };
  hooks_->core = {};
  pw_core_add_listener(core_, &hooks_->core, &hooks_->events, this);
  for (PipeWireListener* const listener : listeners_) listener->Connected(core_);
}

void PipeWireConnection::Disconnect() {
  if (core_ == nullptr) return;
  // Not views::reverse, which Debian 12's clang cannot read.
  std::for_each(listeners_.rbegin(), listeners_.rend(),
                [](PipeWireListener* listener) { listener->Disconnected(); });
  spa_hook_remove(&hooks_->core);
  pw_core_disconnect(std::exchange(core_, nullptr));
}

void PipeWireConnection::TryAgainLater() {
  retry_.expires_after(retry_after_);
  retry_after_ = std::min(2 * retry_after_, kLastRetry);
  retry_.async_wait([this](const boost::system::error_code& error) {
    if (!error && !closed_) Connect();
  });
}

void PipeWireConnection::Listen() {
  readiness_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                        [this](const boost::system::error_code& error) {
                          if (error || closed_) return;
                          Iterate(0);
                          Listen();
                        });
}

void PipeWireConnection::Iterate(int timeout_ms) {
  pw_loop_iterate(pw_loop_, timeout_ms);
  if (std::exchange(lost_, false)) {
    Disconnect();
    TryAgainLater();
    return;
  }
  for (PipeWireListener* const listener : listeners_) listener->Settled();
}

}  // namespace auralis
