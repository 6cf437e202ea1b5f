#include "daemon/file_watch.h"

#include <spdlog/spdlog.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

namespace auralis {
namespace {

namespace fs = std::filesystem;

constexpr auto kQuiet = std::chrono::milliseconds(250);
constexpr int kMostLinks = 40;  // as the kernel follows
// IN_CREATE is for links and folders, which are never written to.
constexpr std::uint32_t kComesAndGoes =
    IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE | IN_DELETE_SELF | IN_MOVE_SELF;

}  // namespace

FileWatch::FileWatch(boost::asio::io_context& loop, std::vector<fs::path> paths,
                     std::function<void()> on_change)
    : paths_(std::move(paths)), on_change_(std::move(on_change)), events_(loop), timer_(loop) {
  const int descriptor = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (descriptor < 0) {
    spdlog::warn("files are not watched: {}", std::strerror(errno));
    return;
  }
  events_.assign(descriptor);
  Arm();
  Await();
}

// Watches what is to be watched by now, and nothing else.
void FileWatch::Arm() {
  Folders folders;
  for (const fs::path& path : paths_) AddPath(fs::absolute(path), kMostLinks, folders);
  std::map<int, Names> fresh;
  for (const auto& [path, folder] : folders) {
    // Of a folder like /dev somebody writes to a file all the time.
    const std::uint32_t changes =
        IN_MASK_ADD | kComesAndGoes | (folder.has_files ? IN_CLOSE_WRITE : 0);
    const int watch = inotify_add_watch(events_.native_handle(), path.c_str(), changes);
    if (watch < 0) {
      spdlog::debug("{}: is not watched: {}", path.string(), std::strerror(errno));
    } else {
      fresh[watch].insert(folder.names.begin(), folder.names.end());
    }
  }
  for (const auto& [watch, names] : watches_) {
    if (!fresh.contains(watch)) inotify_rm_watch(events_.native_handle(), watch);
  }
  watches_ = std::move(fresh);
}

void FileWatch::AddPath(fs::path path, int links, Folders& folders) {
  std::error_code error;
  const bool is_folder = !path.has_filename();
  if (is_folder) path = path.parent_path();
  const fs::file_status status = fs::symlink_status(path, error);
  const fs::path parent = path.parent_path();
  if (parent == path) return;  // the root
  if (!fs::is_directory(parent, error)) return AddPath(parent / "", links, folders);
  folders[parent].names.insert(path.filename().string());
  if (fs::is_symlink(status)) {
    const fs::path target = fs::read_symlink(path, error);
    if (!error && links > 0) AddPath(parent / target, links - 1, folders);
  }
  if (!fs::is_directory(path, error)) {
    folders[parent].has_files = folders[parent].has_files || !is_folder;
    return;
  }
  folders[path].names.insert("");
  folders[path].has_files = true;
  for (const fs::directory_entry& entry : fs::directory_iterator(path, error)) {
    if (!entry.is_symlink(error)) continue;
    const fs::path target = fs::read_symlink(entry.path(), error);
    if (!error && links > 0 && !fs::is_directory(entry.path(), error)) {
      AddPath(path / target, links - 1, folders);
    }
  }
}

void FileWatch::Await() {
  events_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [this](const boost::system::error_code& error) {
                       if (error || closed_) return;
                       if (Read()) {
                         Arm();  // what was made may be a link or a folder
                         TellSoon();
                       }
                       Await();
                     });
}

// True when something happened that matters.
bool FileWatch::Read() {
  alignas(inotify_event) std::array<char, 4096> buffer;
  bool touched = false;
  for (ssize_t bytes; (bytes = read(events_.native_handle(), buffer.data(), buffer.size())) > 0;) {
    for (ssize_t at = 0; at < bytes;) {
      inotify_event event;
      std::memcpy(&event, buffer.data() + at, sizeof(event));
      const char* const name = buffer.data() + at + offsetof(inotify_event, name);
      at += static_cast<ssize_t>(sizeof(event) + event.len);
      // What was missed may have been ours; a folder that goes took ours with it.
      constexpr std::uint32_t kOfTheFolder = IN_Q_OVERFLOW | IN_DELETE_SELF | IN_MOVE_SELF;
      touched = touched || (event.mask & kOfTheFolder) != 0;
      const auto watch = watches_.find(event.wd);
      if (watch == watches_.end() || event.len == 0) continue;
      touched = touched || watch->second.contains(name) || watch->second.contains("");
    }
  }
  return touched;
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
