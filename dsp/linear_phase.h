#pragma once
// Filters that delay every frequency by the same time: symmetric impulse responses with a given
// magnitude.

#include <cstddef>
#include <span>
#include <vector>

#include "dsp/partitioned_filter.h"
#include "dsp/real_fft.h"

namespace auralis {

// Of a response of some 85 ms, so that 48 kHz, 44.1 kHz and their multiples resolve the bass alike:
// 16 partitions, of 256 frames at 48 kHz. Late by half of that and by one partition: 48 ms. [any]
PartitionLayout LinearPhaseLayout(double sample_rate_hz) noexcept;

// Half of the response: how late its middle is, in partitions.
inline constexpr std::size_t kLinearPhaseDelayPartitions = 8;

// Turns magnitudes into symmetric impulse responses by frequency sampling: a grid four times finer
// than the response is long keeps what wraps round small, and a window that falls only near the
// ends keeps the bass (A. V. Oppenheim, R. W. Schafer, Discrete-Time Signal Processing, 7.5).
class LinearPhaseDesigner {
 public:
  explicit LinearPhaseDesigner(const PartitionLayout& layout);  // [control]

  std::size_t bins() const noexcept { return fft_.bins(); }
  // Of a bin, as part of the sample rate: 0 to 0.5. [any]
  double FrequencyOf(std::size_t bin) const noexcept {
    return static_cast<double>(bin) / static_cast<double>(fft_.length());
  }
  // `gains`, one for each bin, may be negative: the phase turns there. The result is as long as the
  // layout and symmetric about its frame kLinearPhaseDelayPartitions * partition_frames. [control]
  std::vector<float> ResponseOf(std::span<const double> gains);

 private:
  PartitionLayout layout_;
  RealFft fft_;
  std::vector<float> window_;  // from the middle to the end
  AlignedFloats real_;
  AlignedFloats imaginary_;
  AlignedFloats wrapped_;  // the response about frame 0
};

}  // namespace auralis
