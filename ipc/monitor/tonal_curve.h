#pragma once

#include <span>
#include <vector>

#include "config/param_registry.h"
#include "dsp/stages/equalizer_response.h"

namespace auralis::ctl {

// What the equalizers do to the level of what is the same on both sides, worked out of parameter
// values by the same designs that the daemon uses. [any], one thread at a time
class TonalCurve {
 public:
  // Values as set; master.intensity is applied. `adapted_db` is what adaptation adds to each
  // critical band, and may be empty.
  explicit TonalCurve(double sample_rate_hz) : equalizer_(sample_rate_hz) {}

  double sample_rate_hz() const { return equalizer_.sample_rate_hz(); }
  // Gain in dB at each frequency of `equalizer` (exact: EqualizerCurve) and of
  // `bark` (a line through what is solved for at the bands' middles: within 0.5 dB) together.
  // Stages that are off count for nothing.
  std::vector<float> GainDb(const ParamRegistry::Values& values, std::span<const float> adapted_db,
                            std::span<const double> frequencies_hz);

 private:
  EqualizerCurve equalizer_;
};

}  // namespace auralis::ctl
