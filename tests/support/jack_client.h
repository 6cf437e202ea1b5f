#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/signals.h"
#include "tests/support/temp_dir.h"

namespace auralis::test {

struct StereoSignal {
  Signal left;
  Signal right;
};

// What came back. Frame n was recorded in the cycle in which frame n was played, so a delay in the
// recording is the delay of what lies between.
struct Recording {
  struct Cycle {
    std::int64_t frame;  // the first of the cycle
    std::int64_t at_ns;  // steady_clock, when it ran
  };
  StereoSignal audio;
  std::vector<Cycle> cycles;
  unsigned xruns;  // cycles lost: seen as a hole in its time, or said by a server that loses some

  // When the cycle that holds `frame` arrived.
  std::int64_t ArrivalNs(std::size_t frame) const;
};

// Two JACK clients, "player" (ports out_1 and out_2) and "recorder" (in_1 and in_2), in a process
// of their own, which loads the libjack that `environment` leads to.
class JackClient {
 public:
  // Both are there and run, silent, on return.
  explicit JackClient(const Environment& environment);
  // Takes leave of the server: jackd does not clean up after itself when a client was killed.
  ~JackClient();
  JackClient(const JackClient&) = delete;
  JackClient& operator=(const JackClient&) = delete;

  // Plays and records in real time; `meanwhile` runs once it began. Throws std::runtime_error when
  // the clients fail.
  Recording Play(
      const StereoSignal& programme, const std::function<void()>& meanwhile = [] {});

 private:
  TempDir folder_;
  std::unique_ptr<Process> process_;
};

}  // namespace auralis::test
