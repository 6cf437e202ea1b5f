#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "config/param_registry.h"
#include "ipc/messages.h"
#include "ipc/pace.h"

namespace auralis::ipc {

Value ValueOf(const ParamRegistry& registry, std::size_t index);

// What one client that subscribed parameters or events has not been told yet. Of parameters it
// holds one bit each, so that a slow client misses steps and never the outcome; of notices the
// newest kMaxNotices. [control]
class ChangeFeed {
 public:
  static constexpr std::size_t kMaxNotices = 32;

  // Replaces what was subscribed before; the first ParametersChanged is a snapshot.
  void Subscribe(const std::vector<StreamRate>& streams);
  bool wants_notices() const { return notice_pace_.has_value(); }
  bool active() const { return parameter_pace_ || notice_pace_; }
  std::uint64_t lost() const { return lost_; }

  void Changed(std::span<const std::size_t> indices);
  void Told(std::size_t index) { pending_.reset(index); }  // a reply said it
  void Add(const Notice& notice);
  // What is to be sent now: nothing unless `has_room`.
  std::vector<Event> Take(const ParamRegistry& registry, Pace::Clock::time_point now,
                          bool has_room);

 private:
  std::optional<Pace> parameter_pace_;
  std::optional<Pace> notice_pace_;
  std::bitset<ParamRegistry::size()> pending_;
  bool snapshot_ = false;  // is still owed
  std::deque<Notice> notices_;
  std::uint64_t lost_ = 0;
};

}  // namespace auralis::ipc
