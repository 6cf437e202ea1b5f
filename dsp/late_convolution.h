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
    std::size_t sums;  // how many are asked for
  };
  // What is done in which slices of a block, each up to the next one's first, and evenly: the
  // transforms of both channels, the products, the transforms back.
  struct Schedule {
    std::size_t forward, products, inverse, end;
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

  // Of something that is done in `count` slices the one that is at hand.
  struct Share {
    std::size_t slice, count;
  };
  void Forward(Share share) noexcept;
  void Multiply(Share share, const Work& work) noexcept;
  void Inverse(Share share, const Work& work) noexcept;
  // Of `transforms` one after the other those steps that are in the share:
  // run(transform, steps).
  template <class Run>
  void RunSteps(Share share, std::size_t transforms, const Run& run) noexcept;

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
