#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "dsp/enable_fade.h"
#include "dsp/kernels/dynamics.h"
#include "dsp/level_detector.h"
#include "dsp/reduction_smoother.h"
#include "dsp/smoother.h"
#include "dsp/stage.h"

namespace auralis {

// Downward expander of both channels together: what falls below the threshold is lowered by ratio -
// 1 times as much, to the end of the range. It opens at the threshold and begins to close where the
// level has been below the hysteresis for as long as the hold; in between it stays as it is, so
// that a level about the threshold does not make it chatter.
class Gate {
 public:
  struct Params {
    float enabled;
    float threshold_db;
    float hysteresis_db;
    float ratio;
    float range_db;
    float attack_ms;
    float hold_ms;
    float release_ms;
  };
  struct Targets {
    float share;  // of the effect
    float threshold_db;
    float hysteresis_db;
    float slope;
    float range_db;
    std::size_t hold_frames;
    ReductionSmoother::Targets smoother;
  };

  static constexpr std::string_view kModule = "gate";
  static constexpr float kRampMs = 20.0F;
  static constexpr float kRmsMs = 5.0F;
  static constexpr auto kParams = ParamTable(
      Param(&Params::enabled, {.key = "enabled",
                               .name = "Gate",
                               .scale = Scale::kToggle,
                               .def = 0.0F,
                               .doc = "On lets it work."}),
      Param(&Params::threshold_db, {.key = "threshold",
                                    .name = "Threshold",
                                    .unit = Unit::kDecibel,
                                    .min = -90.0F,
                                    .max = 0.0F,
                                    .def = -60.0F,
                                    .doc = "Level at which it opens."}),
      Param(&Params::hysteresis_db, {.key = "hysteresis",
                                     .name = "Hysteresis",
                                     .unit = Unit::kDecibel,
                                     .min = 0.0F,
                                     .max = 24.0F,
                                     .def = 4.0F,
                                     .doc = "How far below the threshold it stays open."}),
      Param(&Params::ratio, {.key = "ratio",
                             .name = "Ratio",
                             .unit = Unit::kRatio,
                             .scale = Scale::kLog,
                             .min = 1.0F,
                             .max = 100.0F,
                             .def = 10.0F,
                             .follows_intensity = true,
                             .neutral = 1.0F,
                             .doc = "How many dB less out for one dB less in, below the "
                                    "threshold."}),
      Param(&Params::range_db, {.key = "range",
                                .name = "Range",
                                .unit = Unit::kDecibel,
                                .min = 0.0F,
                                .max = 90.0F,
                                .def = 24.0F,
                                .follows_intensity = true,
                                .doc = "Most that it takes away."}),
      Param(&Params::attack_ms, {.key = "attack",
                                 .name = "Attack",
                                 .unit = Unit::kMillisecond,
                                 .scale = Scale::kLog,
                                 .min = 0.1F,
                                 .max = 2000.0F,
                                 .def = 1.0F,
                                 .doc = "Time in which 63 % of the way to open is done."}),
      Param(&Params::hold_ms, {.key = "hold",
                               .name = "Hold",
                               .unit = Unit::kMillisecond,
                               .min = 0.0F,
                               .max = 2000.0F,
                               .def = 50.0F,
                               .doc = "How long it waits before it closes."}),
      Param(&Params::release_ms, {.key = "release",
                                  .name = "Release",
                                  .unit = Unit::kMillisecond,
                                  .scale = Scale::kLog,
                                  .min = 1.0F,
                                  .max = 5000.0F,
                                  .def = 150.0F,
                                  .doc = "Time in which 63 % of the way to close is done."}));
  static_assert(AreValid<Params>(kParams));

  class Designer {
   public:
    explicit Designer(const ProcessSpec& spec) : sample_rate_hz_(spec.sample_rate_hz) {}
    const Targets& Design(const Params& params);  // [control]

   private:
    double sample_rate_hz_;
    Targets targets_{};
  };

  void Prepare(const ProcessSpec& spec);             // [control]
  void Reset() noexcept;                             // [rt]
  void SetTargets(const Targets& targets) noexcept;  // [rt]
  void Process(StereoView io) noexcept;              // [rt]
  std::size_t latency_frames() const noexcept { return 0; }

  // Largest reduction in the last Process(), in positive dB. [rt]
  float gain_reduction_db() const noexcept { return largest_reduction_db_; }

 private:
  void Aim() noexcept;
  void Expand(StereoView io) noexcept;
  void Rest() noexcept;
  void AskForReduction(float* level_db, std::size_t frames) noexcept;

  DynamicsKernels kernels_{};
  LevelDetector detector_;
  ReductionSmoother smoother_;
  EnableFade share_;
  Targets targets_{};
  Smoother threshold_db_;
  Smoother slope_;
  Smoother range_db_;
  float hysteresis_db_ = 0.0F;
  std::size_t hold_frames_ = 0;
  bool open_ = true;
  std::size_t held_frames_ = 0;  // since the level fell below the hysteresis
  std::vector<float> level_db_;  // one block; then the reduction, then the gain
  std::vector<float> scratch_;   // one block
  float largest_reduction_db_ = 0.0F;
};
static_assert(Stage<Gate>);

}  // namespace auralis
