#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace auralis {

// The corner of state-variable filters on its way: so many octaves a second at most, and in a cycle
// of the corner's own frequency; worked out every few frames and a straight line in between.
// Counted in frames, whatever the cut.
class CornerGlide {
 public:
  void Prepare(double sample_rate_hz, double octaves_per_s,
               double octaves_per_cycle) noexcept {  // [control]
    sample_rate_hz_ = sample_rate_hz;
    const double seconds = static_cast<double>(kFrames) / sample_rate_hz;
    octaves_ = octaves_per_s * seconds;
    octaves_per_hz_ = octaves_per_cycle * seconds;
  }
  // Octaves above 1 Hz, below half the rate. [rt]
  void SetTarget(double octaves) noexcept { target_ = octaves; }
  void Snap() noexcept {  // [rt]
    now_ = target_;
    g_ = next_ = Prewarped(now_);
    left_ = 0;
  }
  bool settled() const noexcept { return now_ == target_ && left_ == 0; }
  // tan(pi f / rate) of the next frames. [rt]
  void Fill(float* g, std::size_t frames) noexcept {
    for (std::size_t i = 0; i < frames; ++i) {
      if (left_ == 0 && now_ != target_) {
        const double most = std::min(octaves_, octaves_per_hz_ * std::exp2(now_));
        now_ = std::clamp(target_, now_ - most, now_ + most);
        next_ = Prewarped(now_);
        left_ = kFrames;
      }
      if (left_ > 0) {
        g_ += (next_ - g_) / static_cast<double>(left_);
        --left_;
      }
      g[i] = static_cast<float>(g_);
    }
  }

 private:
  static constexpr std::size_t kFrames = 16;

  double Prewarped(double octaves) const noexcept {
    return std::tan(std::numbers::pi * std::exp2(octaves) / sample_rate_hz_);
  }

  double sample_rate_hz_ = 48000.0;
  double octaves_ = 0.0;         // in kFrames
  double octaves_per_hz_ = 0.0;  // the same for each Hz of the corner
  double now_ = 0.0;
  double target_ = 0.0;
  double g_ = 0.0;
  double next_ = 0.0;
  std::size_t left_ = 0;
};

}  // namespace auralis
