#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "dsp/aligned_floats.h"
#include "dsp/kernels/spectrum_product.h"

namespace auralis {

// A filter is cut into `partitions` pieces of `partition_frames`, a power of two from 16.
struct PartitionLayout {
  std::size_t partition_frames;
  std::size_t partitions;

  std::size_t length_frames() const noexcept { return partition_frames * partitions; }
};

// A finite impulse response from both channels into both, ready to be convolved with: one spectrum
// for each partition, group of bins by group (spectrum_product.h). Immutable.
class PartitionedFilter {
 public:
  // From the channel named first into the channel named second.
  enum Path : std::size_t { kLeftLeft, kRightLeft, kLeftRight, kRightRight, kPaths };
  using Responses = std::array<std::span<const float>, kPaths>;

  // Each response is empty, where nothing passes, or length_frames() long. [control]
  PartitionedFilter(const PartitionLayout& layout, const Responses& responses);
  // Both channels times `gain`, late by `partitions` whole partitions: at 1 the input bit for bit.
  static PartitionedFilter Delay(std::size_t partitions, float gain) { return {partitions, gain}; }

  // nullptr where nothing passes. [rt]
  const float* path(Path path) const noexcept {
    return spectra_[path].empty() ? nullptr : spectra_[path].data();
  }
  std::size_t partitions() const noexcept { return partitions_; }
  // From a group of a path to the next, in floats. [rt]
  std::size_t group_stride() const noexcept { return kGroupFloats * partitions_; }
  bool is_delay() const noexcept { return is_delay_; }
  std::size_t delay_partitions() const noexcept { return delay_partitions_; }
  float delay_gain() const noexcept { return delay_gain_; }

 private:
  PartitionedFilter(std::size_t delay, float gain)
      : is_delay_(true), delay_partitions_(delay), delay_gain_(gain) {}

  std::array<AlignedFloats, kPaths> spectra_;
  std::size_t partitions_ = 0;
  bool is_delay_ = false;
  std::size_t delay_partitions_ = 0;
  float delay_gain_ = 1.0F;
};

}  // namespace auralis
