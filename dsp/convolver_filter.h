#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "dsp/partitioned_filter.h"

namespace auralis {

// A finite impulse response from both channels into both, at the rate of the stream. Paths by
// PartitionedFilter::Path; one that is empty lets nothing through.
struct ImpulseResponse {
  std::array<std::vector<float>, PartitionedFilter::kPaths> paths;

  std::size_t frames() const noexcept;  // of the longest
};

// What the response does to the level of pink noise that differs between the channels: the root of
// the mean of |H|^2 over the logarithm of frequency, 30 Hz to 16 kHz or 0.45 of the rate, of both
// outputs. [control]
double PinkGain(const ImpulseResponse& response, double sample_rate_hz);

// How a response is cut: kHeadFrames that are convolved directly, then partitions of kNearFrames,
// then those of each late level up to where the next one begins. The first block of a late level
// begins as much later than its input as it takes to gather that input, and to work it out at
// leisure.
struct ConvolverCut {
  static constexpr std::size_t kHeadFrames = 64;
  static constexpr std::size_t kNearFrames = 64;
  static constexpr std::array<std::size_t, 2> kLateFrames = {512, 8192};
  static constexpr std::size_t kLates = kLateFrames.size();
  static constexpr std::size_t kLongestFrames = kLateFrames.back();

  static constexpr std::size_t LateFrom(std::size_t late) { return 2 * kLateFrames[late]; }
  // How many of them a response of so many frames takes.
  static constexpr std::size_t NearPartitions(std::size_t frames) {
    return Partitions(std::min(frames, LateFrom(0)), kHeadFrames, kNearFrames);
  }
  static constexpr std::size_t LatePartitions(std::size_t late, std::size_t frames) {
    const std::size_t end = late + 1 < kLates ? std::min(frames, LateFrom(late + 1)) : frames;
    return Partitions(end, LateFrom(late), kLateFrames[late]);
  }

 private:
  static constexpr std::size_t Partitions(std::size_t frames, std::size_t from,
                                          std::size_t length) {
    return frames <= from ? 0 : (frames - from + length - 1) / length;
  }
};

// A response ready to be convolved with. Immutable. Takes twice the memory of the response itself.
class ConvolverFilter {
 public:
  explicit ConvolverFilter(const ImpulseResponse& response);  // [control]

  // kHeadFrames taps; nullptr where nothing passes. [rt]
  const float* head(std::size_t path) const noexcept {
    return used_[path] ? head_[path].data() : nullptr;
  }
  const PartitionedFilter& near() const noexcept { return near_; }                   // [rt]
  const PartitionedFilter& late(std::size_t i) const noexcept { return lates_[i]; }  // [rt]

 private:
  std::array<bool, PartitionedFilter::kPaths> used_{};
  std::array<std::array<float, ConvolverCut::kHeadFrames>, PartitionedFilter::kPaths> head_{};
  PartitionedFilter near_;
  std::vector<PartitionedFilter> lates_;
};

}  // namespace auralis
