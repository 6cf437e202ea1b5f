#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace auralis {

// Tells when one of several paths changed: a file that was written, replaced, made or removed, or
// anything in a folder; a quarter of a second after the last of several changes. Watches folders,
// because editors replace files. Links are followed: of each one on the way the folder is watched,
// and the one that it leads into. What does not exist yet is awaited. Sleeps between changes; a
// path that ends with a slash is a folder, and nobody who writes to files beside it ends the sleep.
// [control]
class FileWatch {
 public:
  FileWatch(boost::asio::io_context& loop, std::vector<std::filesystem::path> paths,
            std::function<void()> on_change);
  void Close();  // takes everything off the loop

 private:
  // Names in it that matter; "" stands for all.
  using Names = std::set<std::string>;
  struct Folder {
    Names names;
    bool has_files = false;  // what is written to them matters
  };
  using Folders = std::map<std::filesystem::path, Folder>;

  void Arm();
  static void AddPath(std::filesystem::path path, int links, Folders& folders);
  void Await();
  bool Read();
  void TellSoon();

  std::vector<std::filesystem::path> paths_;
  std::function<void()> on_change_;
  boost::asio::posix::stream_descriptor events_;
  boost::asio::steady_timer timer_;
  std::map<int, Names> watches_;  // by inotify's number
  bool closed_ = false;
};

}  // namespace auralis
