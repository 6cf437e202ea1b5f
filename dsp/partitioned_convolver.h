#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>

#include "dsp/aligned_floats.h"
#include "dsp/handover.h"
#include "dsp/kernels/spectrum_product.h"
#include "dsp/real_fft.h"
#include "dsp/stage.h"

namespace auralis {

// A filter is cut into `partitions` pieces of `partition_frames`, a power of two from 16.
struct PartitionLayout {
  std::size_t partition_frames;
  std::size_t partitions;

  std::size_t length_frames() const noexcept { return partition_frames * partitions; }
};

// A finite impulse response from both channels into both, ready to be convolved with: one spectrum
// for each partition. Immutable.
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
  bool is_delay() const noexcept { return is_delay_; }
  std::size_t delay_partitions() const noexcept { return delay_partitions_; }
  float delay_gain() const noexcept { return delay_gain_; }

 private:
  PartitionedFilter(std::size_t delay, float gain)
      : is_delay_(true), delay_partitions_(delay), delay_gain_(gain) {}

  std::array<AlignedFloats, kPaths> spectra_;
  bool is_delay_ = false;
  std::size_t delay_partitions_ = 0;
  float delay_gain_ = 1.0F;
};

// Uniformly partitioned overlap-save convolution with a frequency-domain delay line (T. G.
// Stockham, 1966; F. Wefers, Partitioned convolution algorithms for real-time auralization, 2015,
// ch. 5). The output is late by one partition. A new filter fades in over the old one: both run
// side by side on the same history, so the new one sounds from its first frame as if it had always
// been there.
class PartitionedConvolver {
 public:
  using Item = Handover<PartitionedFilter>::Item;

  // [control] `filter` fits the layout and lives as long as the handover it came from.
  void Prepare(const PartitionLayout& layout, float fade_ms, double sample_rate_hz,
               const Item* filter);
  void Reset() noexcept;                                             // [rt]
  void SetFilter(const Item* filter) noexcept { wanted_ = filter; }  // [rt] never nullptr
  void Process(StereoView io) noexcept;                              // [rt]
  std::size_t latency_frames() const noexcept { return layout_.partition_frames; }  // [any]

 private:
  struct Channel {
    AlignedFloats history;  // the last partitions of input, a ring
    AlignedFloats spectra;  // of the same; the newest first, wrapped round
    AlignedFloats output;   // the partition that is being played
  };

  void NextPartition() noexcept;
  void Transform(Channel& channel) noexcept;
  void Render(const PartitionedFilter& filter, std::size_t channel, float* out) noexcept;
  void Convolve(const Channel& from, const float* filter) noexcept;
  void Fade(std::size_t channel) noexcept;

  PartitionLayout layout_{};
  std::size_t stride_ = 0;
  std::unique_ptr<RealFft> fft_;
  SpectrumProductKernels kernels_{};
  std::array<Channel, 2> channels_;
  std::size_t filled_ = 0;  // frames of the partition that is being recorded
  std::size_t newest_ = 0;  // its place in both rings
  AlignedFloats window_;    // two partitions of time
  AlignedFloats sum_;       // one spectrum
  AlignedFloats fading_;    // one partition through the filter that comes in
  const Item* current_ = nullptr;
  const Item* incoming_ = nullptr;  // while it fades in
  const Item* wanted_ = nullptr;
  std::size_t fade_partitions_ = 1;
  std::size_t faded_partitions_ = 0;
};

}  // namespace auralis
