#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "dsp/smoother.h"
#include "dsp/stage.h"
#include "dsp/units.h"

namespace auralis {

// How loud both channels are together, frame by frame: the louder one counts, so that the image
// stays where it is. Peak, mean square over a time constant, or a mixture of both amplitudes.
class LevelDetector {
 public:
  struct Targets {
    float peak_share;  // of the amplitude; the rest is RMS
    float rms_pole;    // feedback of the mean square
  };

  void Prepare(double sample_rate_hz, float ramp_ms) noexcept {  // [control]
    peak_share_.Prepare(sample_rate_hz, ramp_ms);
  }
  void Reset() noexcept {  // [rt]
    mean_square_ = 0.0F;
    peak_share_.SnapTo(peak_share_.target());
  }
  void SetTargets(const Targets& targets) noexcept {  // [rt]
    peak_share_.SetTarget(targets.peak_share);
    rms_pole_ = targets.rms_pole;
  }
  // power[i]: the square of the amplitude. `in` is not written to. [rt]
  void Process(StereoView in, float* power) noexcept {
    for (std::size_t i = 0; i < in.frames; ++i) {
      power[i] = std::max(in.left[i] * in.left[i], in.right[i] * in.right[i]);
    }
    if (peak_share_.settled() && peak_share_.target() == 1.0F) {
      // The mean goes on, for whoever asks for it later.
      for (std::size_t i = 0; i < in.frames; ++i) Average(power[i]);
      return;
    }
    for (std::size_t i = 0; i < in.frames; ++i) {
      const float share = peak_share_.Next();
      const float rms = std::sqrt(Average(power[i]));
      const float amplitude = rms + share * (std::sqrt(power[i]) - rms);
      power[i] = amplitude * amplitude;
    }
  }

 private:
  float Average(float square) noexcept {
    mean_square_ = square + rms_pole_ * (mean_square_ - square);
    return mean_square_;
  }

  Smoother peak_share_;
  float rms_pole_ = 0.0F;
  float mean_square_ = 0.0F;
};

}  // namespace auralis
