#pragma once

#include <array>
#include <span>
#include <vector>

#include "dsp/filter_design.h"
#include "dsp/handover.h"
#include "dsp/linear_phase.h"
#include "dsp/partitioned_convolver.h"

namespace auralis {

// The linear-phase half of the equalizer's designer: from each band's sections to one symmetric
// impulse response for all. What the bands do to the level is the same as with minimum phase.
class EqualizerLinearPhase {
 public:
  using Item = PartitionedConvolver::Item;
  // On which of left, right, middle and side a band works; in that order.
  using Sides = std::array<bool, 4>;

  EqualizerLinearPhase(double sample_rate_hz, std::size_t bands);

  // [control] some 0.2 ms
  void SetBand(std::size_t band, std::span<const SvFilter> sections, const Sides& sides);
  // The filter of all bands as they are now, and of a gain before them; owned by this, handed to
  // the callback. [control] some ms where anything has changed
  const Item* Filter(float gain);

 private:
  struct Band {
    std::vector<double> power;  // at every bin; empty: all ones
    Sides sides{};
  };
  PartitionedFilter Compose(float gain);
  std::vector<double> GainOf(std::size_t side) const;

  PartitionLayout layout_;
  LinearPhaseDesigner designer_;
  std::vector<double> tan_squared_;  // of half the digital frequency, at every bin
  std::vector<Band> bands_;
  Handover<PartitionedFilter> filters_;
  const Item* filter_ = nullptr;
  float gain_ = 1.0F;  // of the filter
};

}  // namespace auralis
