#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "dsp/smoother.h"
#include "dsp/stage.h"
#include "dsp/units.h"

namespace auralis {

// What the signal meets last: a trim that can only cut, and a clamp to full scale, so that no
// setting of any stage before it can send a converter past its range.
class Output {
 public:
  struct Params {
    float enabled;
    float gain_db;
  };
  static constexpr std::string_view kModule = "output";
  static constexpr auto kParams = ParamTable(
      Param(&Params::enabled,
            {.key = "enabled",
             .name = "Output trim",
             .scale = Scale::kToggle,
             .def = 1.0F,
             .doc = "Off leaves the level alone; the clamp to full scale stays."}),
      Param(&Params::gain_db, {.key = "gain",
                               .name = "Output gain",
                               .unit = Unit::kDecibel,
                               .min = -60.0F,
                               .max = 0.0F,
                               .def = 0.0F,
                               .doc = "Trim after every other stage; it can only cut."}));
  static_assert(AreValid<Params>(kParams));

  void Prepare(const ProcessSpec& spec) {  // [control]
    gain_.Prepare(spec.sample_rate_hz, kParams[1].spec.smoothing_ms);
    SetTargets(DefaultParams<Params>(kParams));
    Reset();
  }
  void Reset() noexcept { gain_.SnapTo(gain_.target()); }  // [rt]
  void SetTargets(const Params& params) noexcept {         // [rt]
    gain_.SetTarget(params.enabled >= 0.5F ? DbToGain(params.gain_db) : 1.0F);
  }
  void Process(StereoView io) noexcept {  // [rt]
    const std::size_t moving = std::min(gain_.frames_left(), io.frames);
    for (std::size_t i = 0; i < moving; ++i) {
      const float gain = gain_.Next();
      io.left[i] = Clamped(gain * io.left[i]);
      io.right[i] = Clamped(gain * io.right[i]);
    }
    for (float* const samples : {io.left, io.right}) {
      for (std::size_t i = moving; i < io.frames; ++i) {
        samples[i] = Clamped(gain_.target() * samples[i]);
      }
    }
  }
  std::size_t latency_frames() const noexcept { return 0; }

 private:
  // One after the other, as minps and maxps are; std::clamp() becomes comparisons and masks.
  static float Clamped(float sample) noexcept {
    const float held = sample < -1.0F ? -1.0F : sample;
    return held > 1.0F ? 1.0F : held;
  }

  Smoother gain_;
};
static_assert(Stage<Output>);

}  // namespace auralis
