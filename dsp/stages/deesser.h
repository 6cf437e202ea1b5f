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
#include "dsp/sv_bank.h"

namespace auralis {

// Takes the edge off sibilants: the band above a frequency is lowered while it is loud, the rest is
// left alone. The band is lowered by a shelf of minimum phase that follows the gain g frame by
// frame: (g s^2 + sqrt(2 g) s + 1) / (s^2 + sqrt(2) s + 1), which at g = 1 is the input bit for
// bit.
class Deesser {
 public:
  struct Params {
    float enabled;
    float threshold_db;
    float ratio;
    float frequency_hz;
    float range_db;
  };
  struct Targets {
    float share;  // of the effect
    float threshold_db;
    float slope;
    float range_db;
    SvTarget highpass;
    SvTarget bandpass;
    ReductionSmoother::Targets smoother;
  };

  static constexpr std::string_view kModule = "deesser";
  static constexpr Shedding kShedAt = Shedding::kOptionalStages;
  static constexpr float kRampMs = 20.0F;
  static constexpr float kRmsMs = 2.0F;
  static constexpr float kAttackMs = 1.0F;
  static constexpr float kReleaseMs = 50.0F;
  static constexpr auto kParams = ParamTable(
      Param(&Params::enabled, {.key = "enabled",
                               .name = "De-esser",
                               .scale = Scale::kToggle,
                               .def = 0.0F,
                               .doc = "On lets it work."}),
      Param(&Params::threshold_db, {.key = "threshold",
                                    .name = "Threshold",
                                    .unit = Unit::kDecibel,
                                    .min = -80.0F,
                                    .max = 0.0F,
                                    .def = -30.0F,
                                    .doc = "Level of the band above which it is lowered."}),
      Param(&Params::ratio, {.key = "ratio",
                             .name = "Ratio",
                             .unit = Unit::kRatio,
                             .scale = Scale::kLog,
                             .min = 1.0F,
                             .max = 100.0F,
                             .def = 4.0F,
                             .follows_intensity = true,
                             .neutral = 1.0F,
                             .doc = "How many dB more in the band give one dB more out."}),
      Param(&Params::frequency_hz, {.key = "frequency",
                                    .name = "Frequency",
                                    .unit = Unit::kHertz,
                                    .scale = Scale::kLog,
                                    .min = 1000.0F,
                                    .max = 16000.0F,
                                    .def = 6000.0F,
                                    .doc = "Where the band begins."}),
      Param(&Params::range_db, {.key = "range",
                                .name = "Range",
                                .unit = Unit::kDecibel,
                                .min = 0.0F,
                                .max = 36.0F,
                                .def = 12.0F,
                                .follows_intensity = true,
                                .doc = "Most that it takes away."}));
  static_assert(AreValid<Params>(kParams));

  class Designer {
   public:
    explicit Designer(const ProcessSpec& spec) : sample_rate_hz_(spec.sample_rate_hz) {}
    const Targets& Design(const Params& params);  // [control]

   private:
    double sample_rate_hz_;
    Targets targets_{};
  };

  void Prepare(const ProcessSpec& spec);                // [control]
  void Reset() noexcept;                                // [rt]
  void SetTargets(const Targets& targets) noexcept;     // [rt]
  void Process(StereoView io) noexcept;                 // [rt]
  void Shed(bool shed) noexcept { share_.Shed(shed); }  // [rt]
  std::size_t latency_frames() const noexcept { return 0; }

  // Largest reduction of the band in the last Process(), in positive dB. [rt]
  float gain_reduction_db() const noexcept { return largest_reduction_db_; }

 private:
  void Aim() noexcept;
  void Lower(StereoView io) noexcept;
  void Rest() noexcept;

  DynamicsKernels kernels_{};
  SvBank highpass_;
  SvBank bandpass_;
  LevelDetector detector_;
  ReductionSmoother smoother_;
  EnableFade share_;
  Targets targets_{};
  Smoother threshold_db_;
  Smoother slope_;
  Smoother range_db_;
  std::array<std::vector<float>, 2> high_;  // one block, as all that follow
  std::array<std::vector<float>, 2> middle_;
  std::vector<float> level_db_;  // then the reduction, then the gain
  std::vector<float> thresholds_db_;
  std::vector<float> slopes_;
  std::vector<float> knees_db_;
  float largest_reduction_db_ = 0.0F;
};
static_assert(Stage<Deesser>);

}  // namespace auralis
