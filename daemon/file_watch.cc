#include "daemon/file_watch.h"

#include <spdlog/spdlog.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

namespace auralis {
namespace {

constexpr auto kQuiet = std::chrono::milliseconds(250);

}  // namespace

FileWatch::FileWatch(boost::asio::io_context& loop, const std::filesystem::path& file,
                     std::function<void()> on_change)
    : name_(file.filename().string()),
      on_change_(std::move(on_change)),
      events_(loop),
      timer_(loop) {
  const int descriptor = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (descriptor < 0) return;
  events_.assign(descriptor);
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  constexpr std::uint32_t kChanges = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE;
  if (inotify_add_watch(descriptor, folder.c_str(), kChanges) < 0) {
    spdlog::debug("{}: is not watched: {}", folder.string(), std::strerror(errno));
    return;
  }
  Await();
}

void FileWatch::Await() {
  events_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [this](const boost::system::error_code& error) {
                       if (error || closed_) return;
                       Read();
                       Await();
                     });
}

void FileWatch::Read() {
  alignas(inotify_event) std::array<char, 4096> buffer;
  bool touched = false;
  for (ssize_t bytes; (bytes = read(events_.native_handle(), buffer.data(), buffer.size())) > 0;) {
    for (ssize_t at = 0; at < bytes;) {
      inotify_event event;
      std::memcpy(&event, buffer.data() + at, sizeof(event));
      const char* const name = buffer.data() + at + offsetof(inotify_event, name);
      // What was missed may have been ours.
      touched = touched || (event.mask & IN_Q_OVERFLOW) != 0 || (event.len > 0 && name_ == name);
      at += static_cast<ssize_t>(sizeof(event) + event.len);
    }
  }
  if (touched) TellSoon();
}

void FileWatch::TellSoon() {
  timer_.expires_after(kQuiet);  // again from the start: the one before is cancelled
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && !closed_) on_change_();
  });
}

void FileWatch::Close() {
  closed_ = true;
  timer_.cancel();
  boost::system::error_code ignored;
  events_.close(ignored);
}

}  // namespace auralis
