#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "dsp/kernels/soft_clip.h"
#include "dsp/oversampler.h"
#include "dsp/smoother.h"
#include "dsp/stage.h"

namespace auralis {

// Soft clipper: below the threshold the input, late; above it a parabola whose slope falls from 1
// to 0 and ends 1.94 dB over the threshold. Only what it changes is worked out, on eight times the
// rate: the mean of the curve between two instants, which is what keeps the harmonics of a sharp
// edge from folding back (kernels/soft_clip.h). That takes 1 ms; a clipper that is off takes none.
class Clipper {
 public:
  struct Params {
    float enabled;
    float threshold_db;
  };
  static constexpr std::string_view kModule = "clipper";
  static constexpr Shedding kShedAt = Shedding::kOversampling;
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
  // The same curve at the rate itself: it aliases, and costs next to nothing. [rt]
  void Shed(bool shed) noexcept { finely_.SetTarget(shed ? 0.0F : 1.0F); }
  std::size_t latency_frames() const noexcept;  // [any]

 private:
  void ProcessChannel(Oversampler& oversampler, float* io, std::size_t frames) noexcept;
  void ClipCoarsely(float* io, std::size_t frames) const noexcept;

  bool enabled_ = false;
  SoftClipKernels kernels_{};
  Smoother threshold_;
  Smoother finely_;                // share of the oversampled output; the rest is the coarse one
  std::vector<float> thresholds_;  // one block, as those that follow
  std::vector<float> shares_;
  std::vector<float> coarse_;
  std::array<Oversampler, 2> oversamplers_;
};
static_assert(Stage<Clipper>);

}  // namespace auralis
