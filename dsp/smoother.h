#pragma once

#include <algorithm>
#include <cstddef>

#include "dsp/units.h"

namespace auralis {

// Linear ramp to the latest target: counted in frames, independent of block sizes, exact at its
// end, and it always arrives. Retargeting mid-ramp starts a new full-length ramp from where it is.
class Smoother {
 public:
  void Prepare(double sample_rate_hz, float ramp_ms) noexcept {  // [control]
    ramp_frames_ = MsToFrames(static_cast<double>(ramp_ms), sample_rate_hz);
  }
  void SnapTo(float value) noexcept {  // [rt]
    current_ = target_ = value;
    left_ = 0;
  }
  void SetTarget(float value) noexcept {  // [rt]
    if (value == target_) return;
    target_ = value;
    left_ = ramp_frames_;
    if (left_ == 0) {
      current_ = value;
    } else {
      step_ = (target_ - current_) / static_cast<float>(left_);
    }
  }
  // The value of the next frame.
  float Next() noexcept {  // [rt]
    if (left_ == 0) return target_;
    --left_;
    return current_ = target_ - step_ * static_cast<float>(left_);
  }
  // The value `frames` frames on: exactly where that many calls of Next() end.
  float Skip(std::size_t frames) noexcept {  // [rt]
    if (left_ == 0) return target_;
    left_ -= std::min(frames, left_);
    return current_ = target_ - step_ * static_cast<float>(left_);
  }
  // The values of the next `frames` frames. [rt]
  void Fill(float* values, std::size_t frames) noexcept {
    const std::size_t moving = std::min(frames, left_);
    for (std::size_t i = 0; i < moving; ++i) values[i] = Next();
    std::fill(values + moving, values + frames, target_);
  }
  std::size_t frames_left() const noexcept { return left_; }
  bool settled() const noexcept { return left_ == 0; }
  float current() const noexcept { return current_; }
  float target() const noexcept { return target_; }

 private:
  float current_ = 0.0F;
  float target_ = 0.0F;
  float step_ = 0.0F;
  std::size_t left_ = 0;
  std::size_t ramp_frames_ = 0;
};

}  // namespace auralis
