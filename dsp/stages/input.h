#pragma once

#include <array>
#include <string_view>

#include "dsp/smoother.h"
#include "dsp/stage.h"
#include "dsp/units.h"

namespace auralis {

// What the signal meets first: level, balance, and a filter that takes DC away.
//
// DC block: y[n] = x[n] - x[n-1] + r y[n-1], a first-order high-pass (J. O. Smith, Introduction to
// Digital Filters, "DC Blocker") at kDcCornerHz, mixed in by a ramp when it is switched.
class Input {
 public:
  struct Params {
    float enabled;
    float gain_db;
    float balance;
    float dc_block;
  };
  static constexpr std::string_view kModule = "input";
  static constexpr auto kParams = ParamTable(
      Param(&Params::enabled, {.key = "enabled",
                               .name = "Input stage",
                               .scale = Scale::kToggle,
                               .def = 1.0F,
                               .doc = "Off passes the input on as it is."}),
      Param(&Params::gain_db, {.key = "gain",
                               .name = "Input gain",
                               .unit = Unit::kDecibel,
                               .min = -36.0F,
                               .max = 36.0F,
                               .def = 0.0F,
                               .doc = "Gain ahead of every other stage."}),
      Param(&Params::balance,
            {.key = "balance",
             .name = "Balance",
             .min = -1.0F,
             .max = 1.0F,
             .def = 0.0F,
             .doc = "-1 leaves only the left channel, 1 only the right; nothing is boosted."}),
      Param(&Params::dc_block, {.key = "dc_block",
                                .name = "DC block",
                                .scale = Scale::kToggle,
                                .def = 0.0F,
                                .doc = "Takes a constant offset away with a 5 Hz high-pass."}));
  static_assert(AreValid<Params>(kParams));
  static constexpr double kDcCornerHz = 5.0;

  void Prepare(const ProcessSpec& spec);           // [control]
  void Reset() noexcept;                           // [rt]
  void SetTargets(const Params& params) noexcept;  // [rt]
  void Process(StereoView io) noexcept;            // [rt]
  std::size_t latency_frames() const noexcept { return 0; }

 private:
  struct Channel {
    Smoother gain;
    float x1 = 0.0F;  // last input and output of the DC filter
    float y1 = 0.0F;
  };
  void ProcessChannel(Channel& channel, Smoother mix, float* samples, std::size_t frames) noexcept;

  std::array<Channel, 2> channels_;
  Smoother dc_mix_;  // 0: unfiltered, 1: DC filter
  float dc_pole_ = 0.0F;
};
static_assert(Stage<Input>);

}  // namespace auralis
