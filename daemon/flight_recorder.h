#pragma once

#include <pthread.h>
#include <time.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "config/param_registry.h"
#include "daemon/engine.h"
#include "ipc/black_box.h"
#include "ipc/messages.h"

namespace auralis {

// Keeps the last ten minutes of callbacks, and what happened beside them, in a file of fixed size
// (ipc/black_box.h), and tells clients what they should know at once: lost buffers and why,
// callbacks that took too long, what is left out for want of time. Takes up every line of the log.
//
// The callback knows nothing of files: it hands over a slice each tenth of a second, in memory.
// What is written is there after any end of the process, a kill too; a crash also leaves the slices
// that were still on their way, and a report with a backtrace (daemon/crash_report.h).
class FlightRecorder {
 public:
  using Tell = std::function<void(const ipc::Notice&)>;

  // `file` is taken from whoever wrote it before, whose content stays under its name with ".last";
  // "" or one that cannot be had keeps everything in memory, where clients still find it. The
  // engine is the one of the moment. All references must outlive this. [control]
  FlightRecorder(boost::asio::io_context& loop, const std::filesystem::path& file,
                 const ParamRegistry& registry, std::function<Engine&()> engine, Tell tell);
  ~FlightRecorder();
  FlightRecorder(const FlightRecorder&) = delete;
  FlightRecorder& operator=(const FlightRecorder&) = delete;

  void Start();  // [control] from now on the loop turns for it
  // Something is heard, or was set: ends the nap that it takes where nothing is. [control]
  void Wake();
  // Takes what is there now; the engine may go afterwards. [control]
  void Drain();
  void Close();  // [control] the last word: it ended in good order
  // [any]
  void Note(ipc::BlackBoxKind kind, std::string_view text, std::uint64_t count = 0) noexcept;
  // What a client on this machine opens, for as long as this lives. [any]
  const std::string& path() const { return path_; }

  // What a crash leaves: the slices on their way, and the signal. Safe in a signal handler. Returns
  // the descriptor that holds everything.
  int Crashed(int signal) noexcept;

 private:
  class LogSink;

  void Open(const std::filesystem::path& file);
  void Wait();
  bool IsQuiet();
  void Write(const void* data, std::size_t bytes, std::size_t at) noexcept;
  void WriteHeader() noexcept;
  void WriteSlice(const ipc::BlackBoxSlice& slice) noexcept;
  void WriteEvent(const ipc::BlackBoxEvent& event) noexcept;
  double WithheldUs(const std::vector<ipc::BlackBoxSlice>& slices);
  void TellLosses(const ipc::BlackBoxSlice& slice);
  void TellOverloads();
  void NoteChanges();

  boost::asio::steady_timer timer_;
  const ParamRegistry& registry_;
  std::function<Engine&()> engine_;
  Tell tell_;
  std::string path_;
  int descriptor_ = -1;
  ipc::BlackBoxHeader header_;
  std::mutex file_mutex_;                    // of the header and what it counts: any thread may log
  std::atomic<SliceRing*> slices_{nullptr};  // of the engine now
  std::shared_ptr<LogSink> log_;
  pthread_t clocked_thread_ = 0;  // whose clock that is
  clockid_t thread_clock_{};
  std::int64_t thread_ns_ = 0;
  std::uint64_t told_overloads_ = 0;
  std::uint8_t told_shedding_ = 0;
  std::uint64_t noted_revision_ = 0;
  std::int64_t noted_ns_ = 0;  // when parameters were
  int quiet_rounds_ = 0;
  std::uint64_t seen_callbacks_ = 0;
  bool started_ = false;  // there is an engine
  bool closed_ = false;
};

}  // namespace auralis
