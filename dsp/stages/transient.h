#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "dsp/enable_fade.h"
#include "dsp/kernels/dynamics.h"
#include "dsp/smoother.h"
#include "dsp/stage.h"

namespace auralis {

// Shapes attack and sustain of both channels together, whatever the level is. An envelope that
// rises fast leads one that rises slowly while something begins, and lags behind one that falls
// slowly while it dies away; how far, in dB, is what the two controls multiply. Steady sound keeps
// its level. (The differential envelope of J. Gier and P. White, SPL Transient Designer, 1998.)
class Transient {
 public:
  struct Params {
    float enabled;
    float attack;
    float sustain;
  };
  static constexpr std::string_view kModule = "transient";
  static constexpr Shedding kShedAt = Shedding::kOptionalStages;
  static constexpr float kRampMs = 20.0F;
  static constexpr float kMostDb = 12.0F;  // either way, at 1 or -1
  static constexpr auto kParams =
      ParamTable(Param(&Params::enabled, {.key = "enabled",
                                          .name = "Transient shaper",
                                          .scale = Scale::kToggle,
                                          .def = 0.0F,
                                          .doc = "On lets it work."}),
                 Param(&Params::attack,
                       {.key = "attack",
                        .name = "Attack",
                        .min = -1.0F,
                        .max = 1.0F,
                        .def = 0.0F,
                        .follows_intensity = true,
                        .doc = "Above 0 beginnings come forward, by up to 12 dB; below 0 they "
                               "go back."}),
                 Param(&Params::sustain,
                       {.key = "sustain",
                        .name = "Sustain",
                        .min = -1.0F,
                        .max = 1.0F,
                        .def = 0.0F,
                        .follows_intensity = true,
                        .doc = "Above 0 sounds last longer, below 0 shorter; up to 12 dB."}));
  static_assert(AreValid<Params>(kParams));

  void Prepare(const ProcessSpec& spec);                // [control]
  void Reset() noexcept;                                // [rt]
  void SetTargets(const Params& params) noexcept;       // [rt]
  void Process(StereoView io) noexcept;                 // [rt]
  void Shed(bool shed) noexcept { share_.Shed(shed); }  // [rt]
  std::size_t latency_frames() const noexcept { return 0; }

 private:
  // Rises and falls by a part of the way to its input.
  struct Follower {
    float rise = 1.0F;
    float fall = 1.0F;
    float value = 0.0F;
    float Next(float input) noexcept {
      return value += (input > value ? rise : fall) * (input - value);
    }
  };

  void Aim() noexcept;
  void Shape(StereoView io) noexcept;
  void Rest() noexcept;

  DynamicsKernels kernels_{};
  EnableFade share_;
  Params targets_{};
  Smoother attack_;
  Smoother sustain_;
  Follower fast_;
  Follower slow_rise_;
  Follower slow_fall_;
  Follower gain_db_;
  std::size_t wake_frames_ = 0;                  // from rest until the envelopes may differ
  std::size_t awake_frames_ = 0;                 // of these
  std::array<std::vector<float>, 3> levels_db_;  // one block of each envelope
};
static_assert(Stage<Transient>);

}  // namespace auralis
