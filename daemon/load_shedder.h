#pragma once

#include <cstddef>

#include "dsp/shedding.h"

namespace auralis {

// Decides what the callback goes without, from how much of its time it takes. A late callback now
// and then is the scheduler's doing and sheds nothing; a mean that nears the deadline, in which no
// callback counts for more than its time, or late ones again and again do. One step at a time, and
// then it waits for what that brought. Back it goes step by step, after a calm that gets longer
// each time the load came back with what was taken back. Everything is counted in frames. [rt] but
// for Prepare().
class LoadShedder {
 public:
  static constexpr float kHighShare = 0.75F;  // of the time there is, as a mean
  static constexpr float kCalmShare = 0.5F;
  static constexpr double kMeanSeconds = 0.05;  // of the mean, and at least four callbacks
  static constexpr float kLateShare = 0.95F;    // of one callback, which then is a late one
  static constexpr float kMostLate = 5.0F;      // callbacks in the last half second or so
  static constexpr double kLateSeconds = 0.5;
  static constexpr double kSettleSeconds = 0.2;  // after a step: its fade, and a new mean
  static constexpr double kCalmSeconds = 2.0;
  static constexpr double kMostCalmSeconds = 64.0;

  void Prepare(double sample_rate_hz) noexcept;  // [control]
  // After each callback: its time as a share of what there was for its frames. What to go without
  // from now on.
  Shedding Take(float share, std::size_t frames) noexcept;
  Shedding shedding() const noexcept { return shedding_; }

 private:
  bool Presses(float share, std::size_t frames) noexcept;
  void Step(int by) noexcept;

  std::size_t mean_frames_ = 1;
  std::size_t late_frames_ = 1;
  std::size_t settle_frames_ = 1;
  std::size_t least_calm_frames_ = 1;
  std::size_t most_calm_frames_ = 1;

  Shedding shedding_ = Shedding::kNothing;
  float mean_ = 0.0F;
  float late_ = 0.0F;            // late callbacks, each of which fades away
  std::size_t settling_ = 0;     // frames in which nothing is decided
  std::size_t calm_ = 0;         // frames of it so far
  std::size_t calm_frames_ = 1;  // frames that it takes
  std::size_t since_back_ = 0;   // frames since a step back
  bool came_back_ = false;       // there was one, and no load since
};

}  // namespace auralis
