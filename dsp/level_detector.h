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
    rms_input_ = 1.0F - rms_pole_;  // of the rounded pole: a steady level is read exactly
  }
  // power[i]: the square of the amplitude. `in` is not written to; `scratch` is as long. [rt]
  void Process(StereoView in, float* power, float* scratch) noexcept {
    for (std::size_t i = 0; i < in.frames; ++i) {
      power[i] = std::max(in.left[i] * in.left[i], in.right[i] * in.right[i]);
    }
    // The mean goes on where peaks alone count, for whoever asks for it later.
    float mean_square = mean_square_;
    for (std::size_t i = 0; i < in.frames; ++i) {
      mean_square = rms_pole_ * mean_square + rms_input_ * power[i];
      scratch[i] = mean_square;
    }
    mean_square_ = mean_square;
    if (!peak_share_.settled()) {
      for (std::size_t i = 0; i < in.frames; ++i) {
        power[i] = Mixed(power[i], scratch[i], peak_share_.Next());
      }
    } else if (const float share = peak_share_.target(); share != 1.0F) {
      for (std::size_t i = 0; i < in.frames; ++i) power[i] = Mixed(power[i], scratch[i], share);
    }
  }

 private:
  static float Mixed(float square, float mean_square, float peak_share) noexcept {
    const float rms = std::sqrt(mean_square);
    const float amplitude = rms + peak_share * (std::sqrt(square) - rms);
    return amplitude * amplitude;
  }

  Smoother peak_share_;
  float rms_pole_ = 0.0F;
  float rms_input_ = 1.0F;
  float mean_square_ = 0.0F;
};

}  // namespace auralis
