#pragma once

#include <array>
#include <cstddef>

#include "dsp/aligned_floats.h"
#include "dsp/handover.h"
#include "dsp/partitioned_filter.h"
#include "dsp/spectrum_line.h"
#include "dsp/stage.h"

namespace auralis {

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
    AlignedFloats output;   // the partition that is being played
  };

  void NextPartition() noexcept;
  void Transform(std::size_t channel) noexcept;
  void Render(const PartitionedFilter& filter, std::size_t channel, float* out) noexcept;
  void Fade(std::size_t channel) noexcept;

  PartitionLayout layout_{};
  SpectrumLine line_;
  std::array<Channel, 2> channels_;
  std::size_t filled_ = 0;  // frames of the partition that is being recorded
  std::size_t newest_ = 0;  // its place in the history
  AlignedFloats window_;    // two partitions of time
  AlignedFloats fading_;    // one partition through the filter that comes in
  const Item* current_ = nullptr;
  const Item* incoming_ = nullptr;  // while it fades in
  const Item* wanted_ = nullptr;
  std::size_t fade_partitions_ = 1;
  std::size_t faded_partitions_ = 0;
};

}  // namespace auralis
