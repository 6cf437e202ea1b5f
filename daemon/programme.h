#pragma once

#include <cstddef>
#include <cstdint>

namespace auralis {

// A piece of music made of nothing but arithmetic: chords, bass, drums, a melody and a quiet
// passage, 32 seconds that repeat. It is what one hears where there is nothing to play, and it is
// the same on every machine, rate and run. Not for [rt].
class Programme {
 public:
  static constexpr double kSeconds = 32.0;

  explicit Programme(double sample_rate_hz) : sample_rate_hz_(sample_rate_hz) {}
  // The next `frames`, peaks below full scale.
  void Render(float* left, float* right, std::size_t frames);

 private:
  double sample_rate_hz_;
  std::uint64_t position_frames_ = 0;
  double pad_low_pass_[2] = {0.0, 0.0};
  std::uint32_t noise_ = 1;
  double last_noise_ = 0.0;
};

}  // namespace auralis
