#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>

namespace auralis {

// SIGTERM, SIGINT and SIGHUP as events of the control thread's loop. They are blocked, and wait in
// the kernel: no thread is interrupted, the audio's least of all; of a storm of one signal a single
// one waits, and it hides no other. [control]
class SignalSource {
 public:
  // Blocks them in this thread and in those it starts from now on, until the process ends: a signal
  // during the last steps changes nothing any more. Throws std::system_error.
  explicit SignalSource(boost::asio::io_context& loop);

  // Calls `on_signal` from the loop for each signal that came, until Close().
  void Start(std::function<void(int signal)> on_signal);
  void Close();  // `on_signal` may call it

 private:
  void Await();
  void Deliver();

  boost::asio::posix::stream_descriptor descriptor_;
  std::function<void(int)> on_signal_;
};

}  // namespace auralis
