#include "daemon/pipewire_connection.h"

#include <pipewire/pipewire.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <chrono>

namespace auralis {
namespace {

constexpr auto kRetryEvery = std::chrono::seconds(2);

}  // namespace

struct PipeWireConnection::Hooks {
  spa_hook core{};
  pw_core_events events{};
};

PipeWireConnection::PipeWireConnection(boost::asio::io_context& loop, PipeWireListener& listener)
    : listener_(listener), hooks_(std::make_unique<Hooks>()), readiness_(loop), retry_(loop) {
  pw_init(nullptr, nullptr);
  pw_loop_ = pw_loop_new(nullptr);
  if (pw_loop_ != nullptr) context_ = pw_context_new(pw_loop_, nullptr, 0);
  if (context_ == nullptr) {
    spdlog::warn("libpipewire cannot be used: volumes of the sound server are not followed");
    return;
  }
  pw_loop_enter(pw_loop_);
  // The loop is one descriptor that becomes readable; Asio closes what it holds, so it gets a copy.
  readiness_.assign(dup(pw_loop_get_fd(pw_loop_)));
  Await();
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

void PipeWireConnection::Connect() {
  core_ = pw_context_connect(context_, nullptr, 0);
  if (core_ == nullptr) {
    TryAgainLater();
    return;
  }
  hooks_->events = {};
  hooks_->events.version = PW_VERSION_CORE_EVENTS;
  hooks_->events.error = [](void* self, std::uint32_t id, int, int result, const char*) {
    // Errors of single objects are the business of who asked for them.
    if (id == PW_ID_CORE && result == -EPIPE) static_cast<PipeWireConnection*>(self)->lost_ = true;
  };
  hooks_->core = {};
  pw_core_add_listener(core_, &hooks_->core, &hooks_->events, this);
  registry_ = pw_core_get_registry(core_, PW_VERSION_REGISTRY, 0);
  if (registry_ == nullptr) {
    lost_ = true;
    return;
  }
  listener_.Connected(registry_);
}

void PipeWireConnection::Disconnect() {
  if (core_ == nullptr) return;
  if (registry_ != nullptr) {
    listener_.Disconnected();
    pw_proxy_destroy(reinterpret_cast<pw_proxy*>(registry_));
    registry_ = nullptr;
  }
  spa_hook_remove(&hooks_->core);
  pw_core_disconnect(core_);
  core_ = nullptr;
}

void PipeWireConnection::TryAgainLater() {
  retry_.expires_after(kRetryEvery);
  retry_.async_wait([this](const boost::system::error_code& error) {
    if (!error && !closed_) Connect();
  });
}

void PipeWireConnection::Await() {
  readiness_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                        [this](const boost::system::error_code& error) {
                          if (error || closed_) return;
                          pw_loop_iterate(pw_loop_, 0);
                          if (std::exchange(lost_, false)) {
                            Disconnect();
                            TryAgainLater();
                          }
                          Await();
                        });
}

}  // namespace auralis
