#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include "dsp/aligned_floats.h"
#include "dsp/kernels/spectrum_product.h"
#include "dsp/partitioned_convolver.h"
#include "dsp/real_fft.h"

namespace auralis {

// A frequency-domain delay line of both channels (F. Wefers, Partitioned convolution algorithms for
// real-time auralization, 2015, ch. 5), in steps that can be done one at a time: a new block comes
// in by Advance() and Forward(), its products with a filter's partitions are added up by
// Accumulate(), and Inverse() gives the next block of output. Two sums at a time, for a filter that
// fades into another.
class SpectrumLine {
 public:
  void Prepare(std::size_t partition_frames, std::size_t partitions);  // [control]
  void Reset() noexcept;                                               // [rt]
  // What comes next is one block on; all sums start at zero. [rt]
  void Advance() noexcept;
  // `window` is the block before and the block, of that channel; it is not kept. [rt]
  void Forward(std::size_t channel, const float* window, FftPart part = FftPart::kWhole) noexcept;
  // Products with partitions `from` to `to` of the filter, into the sum of that channel of output.
  // [rt]
  void Accumulate(const PartitionedFilter& filter, std::size_t from, std::size_t to,
                  std::size_t sum, std::size_t channel) noexcept;
  void Inverse(std::size_t sum, std::size_t channel, float* block,
               FftPart part = FftPart::kWhole) noexcept;  // [rt]

 private:
  void Multiply(std::size_t channel, const float* filter, std::size_t from, std::size_t to,
                float* sum) noexcept;

  std::size_t frames_ = 0;
  std::size_t partitions_ = 0;
  std::size_t stride_ = 0;
  std::size_t newest_ = 0;
  std::unique_ptr<RealFft> fft_;
  SpectrumProductKernels kernels_{};
  std::array<AlignedFloats, 2> spectra_;              // by channel; the newest first, wrapped round
  std::array<std::array<AlignedFloats, 2>, 2> sums_;  // by sum and channel
  std::array<std::array<bool, 2>, 2> is_zero_{};      // nothing added yet, whatever is there
  AlignedFloats window_;
};

}  // namespace auralis
