#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "daemon/loudness_match.h"

namespace auralis {

// Compares two sounds on a thread of its own that gives way to everything else: it takes some
// tenths of a second, which neither the control loop nor the music can wait.
class MeasuringThread {
 public:
  struct Question {
    ProcessSpec spec;
    Sound first;
    Sound second;
    Excerpt excerpt;
  };
  // Called on the thread.
  using Answer = std::function<void(const Outcomes& outcomes)>;

  MeasuringThread();   // [control]
  ~MeasuringThread();  // [control] gives up what it is at
  MeasuringThread(const MeasuringThread&) = delete;
  MeasuringThread& operator=(const MeasuringThread&) = delete;

  // Measures that next, instead of what still waits. [control]
  void Ask(Question question, Answer answer);

 private:
  struct Task {
    Question question;
    Answer answer;
  };
  void Run(const std::stop_token& stop);

  std::mutex mutex_;
  std::condition_variable_any asked_;
  std::optional<Task> next_;
  std::jthread thread_;  // last: it ends before what it uses
};

}  // namespace auralis
