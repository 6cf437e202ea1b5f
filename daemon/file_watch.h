#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <filesystem>
#include <functional>
#include <string>

namespace auralis {

// Tells when a file was written, replaced, made or removed: a quarter of a second after the last of
// several changes. Watches its folder, because editors replace files. Where that cannot be watched,
// or does not exist, nothing is told. [control]
class FileWatch {
 public:
  FileWatch(boost::asio::io_context& loop, const std::filesystem::path& file,
            std::function<void()> on_change);
  void Close();  // takes everything off the loop

 private:
  void Await();
  void Read();
  void TellSoon();

  std::string name_;
  std::function<void()> on_change_;
  boost::asio::posix::stream_descriptor events_;
  boost::asio::steady_timer timer_;
  bool closed_ = false;
};

}  // namespace auralis
