#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include "dsp/aligned_floats.h"
#include "dsp/kernels/spectrum_product.h"
#include "dsp/odd_fft.h"
#include "dsp/partitioned_filter.h"

namespace auralis {

// A frequency-domain delay line of both channels (F. Wefers, Partitioned convolution algorithms for
// real-time auralization, 2015, ch. 5), in steps that can be done one at a time: a new block comes
// in by Advance() and Forward(), its products with a filter's partitions are added up by
// Multiply(), and Inverse() gives the next block of output. Two sums at a time, for a filter that
// fades into another.
class SpectrumLine {
 public:
  void Prepare(std::size_t partition_frames, std::size_t partitions);  // [control]
  void Reset() noexcept;                                               // [rt]
  void Advance() noexcept;  // what comes next is one block on. [rt]
  // `window` is the block before and the block, of that channel. [rt]
  void Forward(std::size_t channel, const float* window, FftSteps steps) noexcept;
  // Of groups of bins `from` to `to`: the sum of the products with all partitions of the filter,
  // for that channel of output. [rt]
  void Multiply(const PartitionedFilter& filter, std::size_t from, std::size_t to, std::size_t sum,
                std::size_t channel) noexcept;
  void Inverse(std::size_t sum, std::size_t channel, float* block, FftSteps steps) noexcept;

  std::size_t groups() const noexcept { return fft_->bins() / kGroupBins; }
  std::size_t steps() const noexcept { return fft_->steps(); }
  FftSteps all_steps() const noexcept { return fft_->all(); }

 private:
  std::size_t partitions_ = 0;
  std::size_t stride_ = 0;
  std::size_t newest_ = 0;
  std::unique_ptr<OddFft> fft_;
  SpectrumProductKernels kernels_{};
  std::array<AlignedFloats, 2> spectra_;              // by channel; the newest first, wrapped round
  std::array<std::array<AlignedFloats, 2>, 2> sums_;  // by sum and channel
};

}  // namespace auralis
