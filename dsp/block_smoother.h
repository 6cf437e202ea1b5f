#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "dsp/smoother.h"

namespace auralis {

// A smoother's values, block by block: written while it moves, and left as they are while it rests.
class BlockSmoother {
 public:
  void Prepare(double sample_rate_hz, float ramp_ms, std::size_t block_frames) {  // [control]
    smoother_.Prepare(sample_rate_hz, ramp_ms);
    values_.assign(block_frames, 0.0F);
    rests_ = false;
  }
  void SetTarget(float value) noexcept { smoother_.SetTarget(value); }  // [rt]
  void SnapToTarget() noexcept {                                        // [rt]
    smoother_.SnapTo(smoother_.target());
    rests_ = false;
  }
  // The values of the next `frames` frames, at most block_frames. [rt]
  const float* Next(std::size_t frames) noexcept {
    if (rests_ && smoother_.settled()) return values_.data();
    rests_ = smoother_.settled();
    smoother_.Fill(values_.data(), rests_ ? values_.size() : frames);
    return values_.data();
  }
  bool settled() const noexcept { return smoother_.settled(); }

 private:
  Smoother smoother_;
  bool rests_ = false;  // all values are its target
  std::vector<float> values_;
};

}  // namespace auralis
