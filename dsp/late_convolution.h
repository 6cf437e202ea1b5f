#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "dsp/spectrum_line.h"

namespace auralis {

// Convolution with what of a response lies so late that there is time to work it out: blocks of
// input, each worked out in as many slices as it has ticks, while the next block is gathered. Its
// output is that of two blocks later than the partitions' first frame. Two filters at a time, for
// one that fades into another.
class LateConvolution {
 public:
  static constexpr std::size_t kTickFrames = 64;
  enum Sum : std::size_t { kCurrent, kIncoming, kSums };
  struct Work {
    std::array<const PartitionedFilter*, kSums> filters;
    std::array<std::size_t, kSums> partitions;  // of each
    std::size_t sums;                           // how many are asked for
  };
  // In which slices of a block what is done: a transform of each channel, products from one slice
  // up to another, a transform back of each channel. Blocks of different lengths that begin
  // together do not have their transforms together.
  struct Schedule {
    std::array<std::size_t, 2> forward;
    std::size_t products_from, products_to;
    std::array<std::size_t, 2> inverse;
    bool halves;  // transforms take the slice after it, too
  };

  void Prepare(std::size_t block_frames, std::size_t most_partitions,
               const Schedule& schedule);  // [control]
  void Reset() noexcept;                   // [rt]
  // Input of one tick or a part of it; `at` counts from the block's beginning. [rt]
  void Gather(std::size_t channel, const float* samples, std::size_t frames,
              std::size_t at) noexcept;
  void StartBlock() noexcept;  // a block of input is complete. [rt]
  void RunSlice(std::size_t slice, const Work& work) noexcept;  // one for each tick. [rt]
  // The block that is being played. [rt]
  const float* output(std::size_t sum, std::size_t channel) const noexcept {
    return output_[sum][channel].data();
  }
  // What was asked for as incoming is the current one from here on. [rt]
  void TakeIncoming() noexcept { std::swap(output_[kCurrent], output_[kIncoming]); }

  std::size_t block_frames() const noexcept { return block_frames_; }

 private:
  using Block = std::array<std::array<std::vector<float>, 2>, kSums>;  // by sum and channel
  static constexpr std::size_t kGathered = 4;                          // blocks that are kept

  void Multiply(std::size_t part, std::size_t parts, const Work& work) noexcept;
  void Forward(std::size_t channel, FftPart part) noexcept;
  void Inverse(std::size_t sum, std::size_t channel, FftPart part, const Work& work) noexcept;

  std::size_t block_frames_ = 0;
  Schedule schedule_{};
  SpectrumLine line_;
  // The last blocks in a ring, whose last one also lies before the first, so that the block that
  // was completed and the one before are always side by side.
  std::array<std::vector<float>, 2> gathered_;
  std::size_t gathering_ = 0;
  Block output_;
  Block next_;  // the one that is being worked out
};

}  // namespace auralis
