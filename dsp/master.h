#pragma once

#include <array>
#include <string_view>

#include "dsp/param.h"

namespace auralis {

// What concerns the chain as a whole. Not a stage: SignalPath acts on `bypass`, and whoever turns
// settings into targets scales the parameters that follow `intensity` (ParamSpec) before they
// reach the chain, so that no dry signal is ever mixed beside a phase-shifted wet one.
struct Master {
  struct Params {
    float bypass;
    float intensity;
    float adaptive;
  };
  static constexpr std::string_view kModule = "master";
  static constexpr auto kParams = ParamTable(
      Param(&Params::bypass, {.key = "bypass",
                              .name = "Bypass",
                              .scale = Scale::kToggle,
                              .def = 0.0F,
                              .smoothing_ms = 30.0F,
                              .doc = "On sends the input out untouched, at the same latency."}),
      Param(&Params::intensity,
            {.key = "intensity",
             .name = "Intensity",
             .min = 0.0F,
             .max = 1.0F,
             .def = 1.0F,
             .doc = "Scales what the stages do, from nothing at 0 to what is set at 1."}),
      Param(&Params::adaptive,
            {.key = "adaptive",
             .name = "Adaptation",
             .min = 0.0F,
             .max = 1.0F,
             .def = 0.0F,
             .doc = "How far the chain follows the music: not at all at 0, 0.4 is usual."}));
  static_assert(AreValid<Params>(kParams));
};

}  // namespace auralis
