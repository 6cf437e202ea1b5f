#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "dsp/analysis/analysis_frame.h"
#include "ipc/messages.h"
#include "ipc/pace.h"

namespace auralis::ipc {

// What one client subscribed, and which events are due. Between two events it holds the maxima, so
// that a client at 2 Hz misses no peak; an event that the client has no room for is counted and its
// maxima go into the next. [control]
class Telemetry {
 public:
  using Clock = std::chrono::steady_clock;

  // Replaces what was subscribed before. Rates as Subscribe allows them.
  void Subscribe(const std::vector<StreamRate>& streams);
  bool active() const { return meters_.has_value() || spectrum_.has_value(); }
  std::uint64_t lost() const { return lost_; }

  // Takes the readings in and returns what is to be sent now: nothing unless `has_room`.
  std::vector<Event> Take(const AnalysisFrame& frame, Clock::time_point now, bool has_room);

 private:
  void Hold(const AnalysisFrame& frame);

  std::optional<Pace> meters_;
  std::optional<Pace> spectrum_;
  std::optional<Meters> held_;
  std::uint64_t lost_ = 0;
};

}  // namespace auralis::ipc
