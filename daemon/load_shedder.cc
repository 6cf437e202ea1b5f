#include "daemon/load_shedder.h"

#include <algorithm>

namespace auralis {
namespace {

std::size_t Frames(double seconds, double sample_rate_hz) {
  return std::max<std::size_t>(1, static_cast<std::size_t>(seconds * sample_rate_hz));
}

// Counts up to a limit, so that no stream is too long for it.
void Advance(std::size_t& counter, std::size_t frames, std::size_t limit) noexcept {
  counter = std::min(counter + frames, limit);
}

}  // namespace

void LoadShedder::Prepare(double sample_rate_hz) noexcept {
  mean_frames_ = Frames(kMeanSeconds, sample_rate_hz);
  late_frames_ = Frames(kLateSeconds, sample_rate_hz);
  settle_frames_ = Frames(kSettleSeconds, sample_rate_hz);
  least_calm_frames_ = Frames(kCalmSeconds, sample_rate_hz);
  most_calm_frames_ = Frames(kMostCalmSeconds, sample_rate_hz);
  shedding_ = Shedding::kNothing;
  mean_ = 0.0F;
  late_ = 0.0F;
  settling_ = 0;
  calm_ = 0;
  calm_frames_ = least_calm_frames_;
  came_back_ = false;
}

Shedding LoadShedder::Take(float share, std::size_t frames) noexcept {
  if (frames == 0) return shedding_;
  const float weight =
      std::min(0.25F, static_cast<float>(frames) / static_cast<float>(mean_frames_));
  mean_ += weight * (std::min(share, 1.0F) - mean_);
  const bool presses = Presses(share, frames);
  Advance(since_back_, frames, most_calm_frames_);
  if (settling_ > 0) {
    settling_ -= std::min(settling_, frames);
    return shedding_;
  }
  if (presses) {
    calm_ = 0;
    if (static_cast<std::uint8_t>(shedding_) == kMostShedding) return shedding_;
    // What was taken back was too much: the next try comes later.
    if (came_back_ && since_back_ < calm_frames_) {
      calm_frames_ = std::min(2 * calm_frames_, most_calm_frames_);
    }
    came_back_ = false;
    Step(+1);
    return shedding_;
  }
  const bool is_calm = mean_ < kCalmShare && late_ < 1.0F;
  calm_ = is_calm ? std::min(calm_ + frames, most_calm_frames_) : 0;
  if (shedding_ == Shedding::kNothing) {
    if (calm_ == most_calm_frames_) calm_frames_ = least_calm_frames_;
  } else if (calm_ >= calm_frames_) {
    came_back_ = true;
    since_back_ = 0;
    Step(-1);
  }
  return shedding_;
}

// A mean that is high, or late callbacks again and again.
bool LoadShedder::Presses(float share, std::size_t frames) noexcept {
  const float passed = static_cast<float>(frames) / static_cast<float>(late_frames_);
  late_ *= std::max(0.0F, 1.0F - passed);
  if (share > kLateShare) late_ += 1.0F;
  return late_ > kMostLate || mean_ > kHighShare;
}

void LoadShedder::Step(int by) noexcept {
  shedding_ = static_cast<Shedding>(static_cast<int>(shedding_) + by);
  settling_ = settle_frames_;
  calm_ = 0;
}

}  // namespace auralis
