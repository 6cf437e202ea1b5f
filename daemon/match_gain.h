#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "dsp/stage.h"
#include "dsp/units.h"

namespace auralis {

// A gain behind a signal path, so that one setting is as loud as another. What it raises is held at
// the limiter's ceiling.
class MatchGain {
 public:
  static constexpr float kRampMs = 20.0F;  // as values do

  // What the gain is on the way while a setting comes in: its dynamics take their time.
  struct Course {
    static constexpr double kStepMs = 50.0;
    static constexpr std::size_t kSteps = 12;
    std::array<float, kSteps> gains{};  // at the middle of each step
    std::uint32_t number = 0;           // another one begins where this is another
  };
  struct Target {
    float gain = 1.0F;     // in the end
    float ceiling = 1.0F;  // of the path's limiter, as a gain
    Course course = {};
  };

  void Prepare(double sample_rate_hz) noexcept {  // [control]
    ramp_frames_ = Frames(static_cast<double>(kRampMs), sample_rate_hz);
    step_frames_ = Frames(Course::kStepMs, sample_rate_hz);
    SnapTo({});
  }
  void SnapTo(const Target& target) noexcept {  // [rt]
    target_ = target;
    current_ = target.gain;
    left_ = 0;
    next_ = Course::kSteps;
  }
  // The gain in the end may be another while a course is under way. [rt]
  void SetTarget(const Target& target) noexcept {
    const bool begins = target.course.number != target_.course.number;
    const bool moves = target.gain != target_.gain;
    target_ = target;
    if (begins) {
      next_ = 0;
      Aim(target_.course.gains[0], step_frames_ / 2);
    } else if (moves && next_ == Course::kSteps) {
      Aim(target_.gain, ramp_frames_);
    }
  }
  void Apply(StereoView block) noexcept {  // [rt]
    if (left_ == 0 && current_ == 1.0F) return;
    for (std::size_t i = 0; i < block.frames; ++i) {
      Advance();
      for (float* const sample : {&block.left[i], &block.right[i]}) {
        // What came out above the ceiling, while that came down, stays as it is.
        const float most = std::max(target_.ceiling, std::abs(*sample));
        *sample = std::clamp(current_ * *sample, -most, most);
      }
    }
  }

 private:
  static std::size_t Frames(double ms, double sample_rate_hz) noexcept {
    return std::max<std::size_t>(2, MsToFrames(ms, sample_rate_hz));
  }
  // By equal ratios.
  void Aim(float gain, std::size_t frames) noexcept {
    aim_ = gain;
    left_ = frames;
    ratio_ = std::pow(gain / current_, 1.0F / static_cast<float>(frames));
  }
  void Advance() noexcept {
    if (left_ == 0) return;
    current_ = --left_ > 0 ? current_ * ratio_ : aim_;
    if (left_ > 0 || next_ == Course::kSteps) return;
    if (++next_ < Course::kSteps) {
      Aim(target_.course.gains[next_], step_frames_);
    } else {
      Aim(target_.gain, ramp_frames_);
    }
  }

  std::size_t ramp_frames_ = 2;
  std::size_t step_frames_ = 2;
  Target target_;
  float current_ = 1.0F;
  float aim_ = 1.0F;
  float ratio_ = 1.0F;  // from one frame to the next
  std::size_t left_ = 0;
  std::size_t next_ = Course::kSteps;  // that is aimed at; kSteps: the gain in the end
};

}  // namespace auralis
