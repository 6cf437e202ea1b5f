#pragma once

#include <algorithm>
#include <cmath>

#include "dsp/smoother.h"
#include "dsp/stage.h"

namespace auralis {

// A gain behind a signal path, so that one setting is as loud as another. What it raises is held at
// the limiter's ceiling.
class MatchGain {
 public:
  struct Target {
    float gain = 1.0F;
    float ceiling = 1.0F;  // of the path's limiter, as a gain
  };

  void Prepare(double sample_rate_hz) noexcept {  // [control]
    gain_.Prepare(sample_rate_hz, kRampMs);
    SnapTo({});
  }
  void SnapTo(const Target& target) noexcept {  // [rt]
    gain_.SnapTo(target.gain);
    ceiling_ = target.ceiling;
  }
  void SetTarget(const Target& target) noexcept {  // [rt]
    gain_.SetTarget(target.gain);
    ceiling_ = target.ceiling;
  }
  void Apply(StereoView block) noexcept {  // [rt]
    if (gain_.settled() && gain_.target() == 1.0F) return;
    for (std::size_t i = 0; i < block.frames; ++i) {
      const float gain = gain_.Next();
      for (float* const sample : {&block.left[i], &block.right[i]}) {
        // What came out above the ceiling, while that came down, stays as it is.
        const float most = std::max(ceiling_, std::abs(*sample));
        *sample = std::clamp(gain * *sample, -most, most);
      }
    }
  }

 private:
  static constexpr float kRampMs = 20.0F;  // as values do

  Smoother gain_;
  float ceiling_ = 1.0F;
};

}  // namespace auralis
