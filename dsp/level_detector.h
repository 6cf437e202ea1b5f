#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "dsp/kernels/dynamics.h"
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

  void Prepare(double sample_rate_hz, float ramp_ms) {  // [control]
    kernels_ = ResolveDynamicsKernels();
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
  // power[i]: the square of the amplitude. `in` is not written to; `scratch` is as long. [rt]
  void Process(StereoView in, float* power, float* scratch) noexcept {
    // The mean goes on where peaks alone count, for whoever asks for it later.
    kernels_.level(in.left, in.right, in.frames, rms_pole_, mean_square_, power, scratch);
    const std::size_t moving = std::min(in.frames, peak_share_.frames_left());
    for (std::size_t i = 0; i < moving; ++i) {
      power[i] = Mixed(power[i], scratch[i], peak_share_.Next());
    }
    const std::size_t left = in.frames - moving;
    if (const float share = peak_share_.target(); share == 0.0F) {
      std::copy_n(scratch + moving, left, power + moving);
    } else if (share != 1.0F) {
      kernels_.mix_level(scratch + moving, share, left, power + moving);
    }
  }
  // For a kernel that does the same where the share stands still. [rt]
  std::size_t frames_left() const noexcept { return peak_share_.frames_left(); }
  float peak_share() const noexcept { return peak_share_.target(); }
  float rms_pole() const noexcept { return rms_pole_; }
  float& mean_square() noexcept { return mean_square_; }

 private:
  static float Mixed(float square, float mean_square, float peak_share) noexcept {
    const float rms = std::sqrt(mean_square);
    const float amplitude = rms + peak_share * (std::sqrt(square) - rms);
    return amplitude * amplitude;
  }

  DynamicsKernels kernels_{};
  Smoother peak_share_;
  float rms_pole_ = 0.0F;
  float mean_square_ = 0.0F;
};

}  // namespace auralis
