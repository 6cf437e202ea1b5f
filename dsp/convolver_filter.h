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

// How a response is cut: kHeadFrames that are convolved directly, then partitions of kNearFrames up
// to kMiddleFrom, of kMiddleFrames up to kFarFrom, and of kFarFrames. The first block of a level
// begins as much later than its input as it takes to gather that input and, but for the near one,
// to work it out at leisure.
struct ConvolverCut {
  static constexpr std::size_t kHeadFrames = 64;
  static constexpr std::size_t kNearFrames = 64;
  static constexpr std::size_t kMiddleFrames = 512;
  static constexpr std::size_t kMiddleFrom = 2 * kMiddleFrames;
  static constexpr std::size_t kFarFrames = 4096;
  static constexpr std::size_t kFarFrom = 2 * kFarFrames;
  static constexpr std::size_t kNearPartitions = (kMiddleFrom - kHeadFrames) / kNearFrames;
  static constexpr std::size_t kMiddlePartitions = (kFarFrom - kMiddleFrom) / kMiddleFrames;

  static constexpr std::size_t NearPartitions(std::size_t frames) {
    return std::min(kNearPartitions, Partitions(frames, kHeadFrames, kNearFrames));
  }
  static constexpr std::size_t MiddlePartitions(std::size_t frames) {
    return std::min(kMiddlePartitions, Partitions(frames, kMiddleFrom, kMiddleFrames));
  }
  static constexpr std::size_t FarPartitions(std::size_t frames) {
    return Partitions(frames, kFarFrom, kFarFrames);
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
  const PartitionedFilter& near() const noexcept { return near_; }      // [rt]
  const PartitionedFilter& middle() const noexcept { return middle_; }  // [rt]
  const PartitionedFilter& far() const noexcept { return far_; }        // [rt]

 private:
  std::array<bool, PartitionedFilter::kPaths> used_{};
  std::array<std::array<float, ConvolverCut::kHeadFrames>, PartitionedFilter::kPaths> head_{};
  PartitionedFilter near_;
  PartitionedFilter middle_;
  PartitionedFilter far_;
};

}  // namespace auralis
