#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <span>

#include "dsp/adaptation.h"
#include "dsp/adaptive/adapter.h"
#include "dsp/signal_path.h"

namespace auralis {

// Which parameters a person holds in place: adaptation leaves them alone.
using Pinned = std::bitset<SignalPath::kParamCount>;

// A parameter that adaptation moves: where it would have it, and where it is moved to.
struct AdaptedParam {
  std::size_t index = 0;  // in SignalPath::kParams
  float aim = 0.0F;
  float value = 0.0F;  // in force, before master.intensity
  bool pinned = false;
};

inline constexpr std::size_t kAdaptedParams = 6;

// All of them, for `values` as people set them. `leveler_gain_db` is what stands between what was
// heard and the compressor. [control]
std::array<AdaptedParam, kAdaptedParams> AdaptedParams(const SignalPath::Values& values,
                                                       const Pinned& pinned,
                                                       const AdaptationState& state,
                                                       const Calibration& calibration,
                                                       float leveler_gain_db);

// What `bark` is to add in each band. Steps of 0.01 dB, so that what has arrived stands still.
// [control]
std::array<float, kBarkBands> AdaptiveDeltaDb(const SignalPath::Values& values,
                                              const AdaptationState& state);

// How much of what adaptation asks for is done: master.adaptive times what is known. [any]
float AdaptiveShare(const SignalPath::Values& values, const AdaptationState& state) noexcept;

}  // namespace auralis
