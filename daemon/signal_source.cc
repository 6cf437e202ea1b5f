#include "daemon/signal_source.h"

#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <iterator>
#include <system_error>
#include <utility>

namespace auralis {
namespace {

constexpr int kSignals[] = {SIGTERM, SIGINT, SIGHUP};

int Open() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : kSignals) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const int descriptor = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
  return descriptor;
}

}  // namespace

SignalSource::SignalSource(boost::asio::io_context& loop) : descriptor_(loop, Open()) {}

void SignalSource::Start(std::function<void(int)> on_signal) {
  on_signal_ = std::move(on_signal);
  Await();
}

void SignalSource::Close() {
  boost::system::error_code ignored;
  descriptor_.close(ignored);
}

void SignalSource::Await() {
  descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                         [this](const boost::system::error_code& error) {
                           if (!error) Deliver();
                         });
}

// One of each at once: read one by one, a storm of the first would keep the others waiting. A wait
// that succeeded may arrive after Close(), which leaves no descriptor to read.
void SignalSource::Deliver() {
  if (!descriptor_.is_open()) return;
  std::array<signalfd_siginfo, std::size(kSignals)> waiting{};
  const ssize_t bytes = read(descriptor_.native_handle(), waiting.data(), sizeof(waiting));
  const std::size_t count = bytes < 0 ? 0 : static_cast<std::size_t>(bytes) / sizeof(waiting[0]);
  for (std::size_t i = 0; i < count && descriptor_.is_open(); ++i) {
    on_signal_(static_cast<int>(waiting[i].ssi_signo));
  }
  if (descriptor_.is_open()) Await();
}

}  // namespace auralis
