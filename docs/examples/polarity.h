#pragma once

#include <cstddef>
#include <string_view>

#include "dsp/smoother.h"
#include "dsp/stage.h"

namespace auralis {

// Turns the right channel's polarity round, for speakers that are wired the wrong way.
class Polarity {
 public:
  struct Params {  // a plain pack of floats: one for each row below
    float enabled;
  };
  static constexpr std::string_view kModule = "polarity";
  static constexpr auto kParams =
      ParamTable(Param(&Params::enabled, {.key = "enabled",
                                          .name = "Polarity",
                                          .scale = Scale::kToggle,
                                          .def = 0.0F,
                                          .doc = "On turns the right channel's polarity round."}));
  static_assert(AreValid<Params>(kParams));

  void Prepare(const ProcessSpec& spec) {  // [control] the only one that may allocate
    sign_.Prepare(spec.sample_rate_hz, kParams[0].spec.smoothing_ms);
    SetTargets(DefaultParams<Params>(kParams));
    Reset();
  }
  void Reset() noexcept { sign_.SnapTo(sign_.target()); }  // [rt] ends every ramp
  void SetTargets(const Params& params) noexcept {         // [rt] aims; the ramp does the rest
    sign_.SetTarget(params.enabled >= 0.5F ? -1.0F : 1.0F);
  }
  void Process(StereoView io) noexcept {  // [rt] in place
    for (std::size_t i = 0; i < io.frames; ++i) io.right[i] *= sign_.Next();
  }
  std::size_t latency_frames() const noexcept { return 0; }  // [any]

 private:
  Smoother sign_;
};
static_assert(Stage<Polarity>);

}  // namespace auralis
