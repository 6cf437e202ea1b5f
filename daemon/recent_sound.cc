#include "daemon/recent_sound.h"

#include <algorithm>
#include <cmath>

namespace auralis {

RecentSound::RecentSound(double sample_rate_hz, double seconds) {
  const auto frames = static_cast<std::size_t>(std::ceil(sample_rate_hz * seconds));
  for (auto& channel : ring_) channel.assign(std::max<std::size_t>(frames, 1), 0.0F);
}

std::uint64_t RecentSound::position_frames() const {
  const std::lock_guard lock(mutex_);
  return position_frames_;
}

void RecentSound::Push(std::uint64_t position_frames, const float* const input[2],
                       std::size_t frames) {
  const std::lock_guard lock(mutex_);
  position_frames_ = position_frames + frames;
  const std::size_t size = ring_[0].size();
  for (std::size_t done = 0; done < frames;) {
    const std::size_t count = std::min(frames - done, size - at_);
    for (std::size_t ch = 0; ch < 2; ++ch) {
      std::copy_n(input[ch] + done, count, ring_[ch].data() + at_);
    }
    done += count;
    at_ = (at_ + count) % size;
    filled_ = std::min(size, filled_ + count);
  }
}

Excerpt RecentSound::Newest(std::size_t frames) const {
  const std::lock_guard lock(mutex_);
  const std::size_t size = ring_[0].size();
  const std::size_t count = std::min(frames, filled_);
  const std::size_t first = (at_ + size - count) % size;
  const std::size_t until_end = std::min(count, size - first);
  Excerpt newest;
  for (std::size_t ch = 0; ch < 2; ++ch) {
    newest[ch].resize(count);
    std::copy_n(ring_[ch].data() + first, until_end, newest[ch].data());
    std::copy_n(ring_[ch].data(), count - until_end, newest[ch].data() + until_end);
  }
  return newest;
}

}  // namespace auralis
