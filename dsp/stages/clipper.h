#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "dsp/smoother.h"
#include "dsp/stage.h"

namespace auralis {

// Soft clipper: below the threshold the input, late; above it a parabola whose slope falls from 1
// to 0 and ends 1.94 dB over the threshold. Only what it changes is worked out, on eight times the
// rate: the mean of the curve between two instants, which is what keeps the harmonics of a sharp
// edge from folding back (J. D. Parker, V. Zavalishin, E. Le Bivic, Reducing the aliasing of
// nonlinear waveshaping using continuous-time convolution, DAFx 2016), then through a low-pass.
// That takes 1 ms; a clipper that is off takes none.
class Clipper {
 public:
  struct Params {
    float enabled;
    float threshold_db;
  };
  static constexpr std::string_view kModule = "clipper";
  static constexpr float kRampMs = 20.0F;
  static constexpr auto kParams = ParamTable(
      Param(&Params::enabled, {.key = "enabled",
                               .name = "Soft clipper",
                               .scale = Scale::kToggle,
                               .def = 0.0F,
                               .structural = true,
                               .doc = "On lets it work, and adds 1 ms of latency."}),
      Param(&Params::threshold_db, {.key = "threshold",
                                    .name = "Threshold",
                                    .unit = Unit::kDecibel,
                                    .min = -24.0F,
                                    .max = 0.0F,
                                    .def = -3.0F,
                                    .doc = "Level from which it bends; nothing passes 1.94 dB "
                                           "above it."}));
  static_assert(AreValid<Params>(kParams));

  // [control] `enabled` holds until the next Prepare().
  void Prepare(const ProcessSpec& spec, const Params& params = DefaultParams<Params>(kParams));
  void Reset() noexcept;                           // [rt]
  void SetTargets(const Params& params) noexcept;  // [rt]
  void Process(StereoView io) noexcept;            // [rt]
  std::size_t latency_frames() const noexcept;     // [any]

 private:
  static constexpr std::size_t kPhases = 8;
  using Planes = std::array<std::vector<float>, kPhases>;

  struct Channel {
    std::vector<float> input;      // what the filters reach back to, then one block
    Planes changes;                // the same, of each phase
    float last = 0.0F;             // the instant before the first of the next block
    std::size_t quiet_frames = 0;  // since the last change
  };

  void ProcessChannel(Channel& channel, float* io, std::size_t frames) noexcept;
  bool FindChanges(Channel& channel, std::size_t frames) noexcept;
  void AddChanges(const Channel& channel, float* out, std::size_t frames) const noexcept;

  bool enabled_ = false;
  Smoother threshold_;
  std::vector<float> thresholds_;  // one block
  Planes instants_;                // one block
  Planes up_taps_;
  Planes down_taps_;
  float overshoot_ = 1.0F;  // how much louder than the loudest frame an instant can be
  std::array<Channel, 2> channels_;
};
static_assert(Stage<Clipper>);

}  // namespace auralis
