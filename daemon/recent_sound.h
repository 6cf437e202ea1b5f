#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace auralis {

// A piece of what entered the chain, left and right.
using Excerpt = std::array<std::vector<float>, 2>;

// The last seconds of what entered the chain: what settings are compared with.
class RecentSound {
 public:
  RecentSound(double sample_rate_hz, double seconds);  // [control] allocates

  // [analysis] `position_frames` is the stream position of the first of them.
  void Push(std::uint64_t position_frames, const float* const input[2], std::size_t frames);
  std::uint64_t position_frames() const;  // [control] behind the newest
  // The newest `frames` of it, or as many as there are, oldest first. [control]
  Excerpt Newest(std::size_t frames) const;

 private:
  mutable std::mutex mutex_;  // between those two; the callback knows nothing of it
  Excerpt ring_;
  std::size_t at_ = 0;      // where the next frame goes
  std::size_t filled_ = 0;  // frames that are there
  std::uint64_t position_frames_ = 0;
};

}  // namespace auralis
