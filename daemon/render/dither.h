#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace auralis::render {

// Rounds to whole steps with triangular dither of two steps' width, which makes the error's mean
// and power independent of the music (Lipshitz, Wannamaker, Vanderkooy 1992). The same noise at
// every start, so that a render can be repeated. One a channel.
//
// What already lies on the steps passes as it is, until something does not: bypassed files and
// silence get no noise. Once begun, dither rests only after kRestFrames of such samples in a row.
class Dither {
 public:
  Dither(int bits, std::uint64_t seed) : steps_(std::ldexp(1.0, bits - 1)), state_(seed) {}

  // In steps: -2^(bits-1) to 2^(bits-1) - 1.
  std::int32_t Round(float sample) {
    const double exact = static_cast<double>(sample) * steps_;
    const double highest = steps_ - 1.0;
    if (exact == std::floor(exact)) {
      if (resting_frames_ < kRestFrames) ++resting_frames_;
    } else {
      resting_frames_ = 0;
    }
    const double noise = resting_frames_ < kRestFrames ? Uniform() - Uniform() : 0.0;
    return static_cast<std::int32_t>(std::clamp(std::floor(exact + noise + 0.5), -steps_, highest));
  }

 private:
  static constexpr std::uint32_t kRestFrames = 1024;

  double Uniform() {  // 0 to 1; xorshift64* (Vigna 2016)
    state_ ^= state_ >> 12U;
    state_ ^= state_ << 25U;
    state_ ^= state_ >> 27U;
    return static_cast<double>((state_ * 0x2545F4914F6CDD1DULL) >> 11U) * 0x1p-53;
  }

  double steps_;
  std::uint64_t state_;  // not 0
  std::uint32_t resting_frames_ = kRestFrames;
};

}  // namespace auralis::render
