#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "dsp/delay_line.h"
#include "dsp/enable_fade.h"
#include "dsp/kernels/compressor.h"
#include "dsp/kernels/dynamics.h"
#include "dsp/level_detector.h"
#include "dsp/reduction_smoother.h"
#include "dsp/smoother.h"
#include "dsp/stage.h"
#include "dsp/sv_bank.h"

namespace auralis {

// Compressor of both channels together: side-chain high-pass, level, soft knee, attack and release
// on the reduction in dB, gain. The look-ahead delays the audio and not the detector. Makeup is
// what is set and, if asked, the mean reduction of the last seconds.
class Compressor {
 public:
  enum class Detector { kPeak, kRms, kHybrid };
  static constexpr auto kDetectorNames = std::to_array<std::string_view>({"peak", "rms", "hybrid"});

  struct Params {
    float enabled;
    float threshold_db;
    float ratio;
    float knee_db;
    float attack_ms;
    float release_ms;
    float adaptive_release;
    float detector;
    float rms_ms;
    float sidechain_highpass_hz;
    float lookahead_ms;
    float makeup_db;
    float auto_makeup;
    float mix;
  };
  struct Targets {
    float share;  // of the effect: enabled, and the parallel mix
    float threshold_db;
    float slope;
    float knee_db;
    float makeup_gain;
    float auto_makeup;
    LevelDetector::Targets detector;
    ReductionSmoother::Targets smoother;
    SvTarget highpass;
  };

  static constexpr std::string_view kModule = "compressor";
  static constexpr double kCutError = 1e-6;  // -120 dB
  static constexpr float kRampMs = 20.0F;
  static constexpr float kNoHighpassHz = 10.0F;
  static constexpr auto kParams = ParamTable(
      Param(&Params::enabled, {.key = "enabled",
                               .name = "Compressor",
                               .scale = Scale::kToggle,
                               .def = 0.0F,
                               .doc = "On lets it work."}),
      Param(&Params::threshold_db, {.key = "threshold",
                                    .name = "Threshold",
                                    .unit = Unit::kDecibel,
                                    .min = -80.0F,
                                    .max = 0.0F,
                                    .def = -18.0F,
                                    .doc = "Level above which it reduces."}),
      Param(&Params::ratio, {.key = "ratio",
                             .name = "Ratio",
                             .unit = Unit::kRatio,
                             .scale = Scale::kLog,
                             .min = 1.0F,
                             .max = 100.0F,
                             .def = 2.5F,
                             .follows_intensity = true,
                             .neutral = 1.0F,
                             .doc = "How many dB more in give one dB more out."}),
      Param(&Params::knee_db, {.key = "knee",
                               .name = "Knee",
                               .unit = Unit::kDecibel,
                               .min = 0.0F,
                               .max = 24.0F,
                               .def = 6.0F,
                               .doc = "Width of the bend about the threshold."}),
      Param(&Params::attack_ms, {.key = "attack",
                                 .name = "Attack",
                                 .unit = Unit::kMillisecond,
                                 .scale = Scale::kLog,
                                 .min = 0.01F,
                                 .max = 2000.0F,
                                 .def = 15.0F,
                                 .doc = "Time in which 63 % of a new reduction is there."}),
      Param(&Params::release_ms, {.key = "release",
                                  .name = "Release",
                                  .unit = Unit::kMillisecond,
                                  .scale = Scale::kLog,
                                  .min = 1.0F,
                                  .max = 5000.0F,
                                  .def = 150.0F,
                                  .doc = "Time in which a reduction falls to 37 %."}),
      Param(&Params::adaptive_release,
            {.key = "adaptive_release",
             .name = "Release by programme",
             .scale = Scale::kToggle,
             .def = 0.0F,
             .doc = "What was reduced for long is released five times slower."}),
      Param(&Params::detector, {.key = "detector",
                                .name = "Detector",
                                .scale = Scale::kChoice,
                                .min = 0.0F,
                                .max = static_cast<float>(kDetectorNames.size() - 1),
                                .def = static_cast<float>(Detector::kHybrid),
                                .choices = kDetectorNames,
                                .doc = "What level is: of peaks, of power, or 3 to 7 of both."}),
      Param(&Params::rms_ms, {.key = "rms_time",
                              .name = "RMS time",
                              .unit = Unit::kMillisecond,
                              .scale = Scale::kLog,
                              .min = 1.0F,
                              .max = 250.0F,
                              .def = 10.0F,
                              .doc = "Over which power is averaged."}),
      Param(&Params::sidechain_highpass_hz,
            {.key = "sidechain_highpass",
             .name = "Side-chain high-pass",
             .unit = Unit::kHertz,
             .scale = Scale::kLog,
             .min = kNoHighpassHz,
             .max = 2000.0F,
             .def = 80.0F,
             .doc = "Bass below it does not count, at 12 dB an octave; 10 Hz lets all count."}),
      Param(&Params::lookahead_ms, {.key = "lookahead",
                                    .name = "Look-ahead",
                                    .unit = Unit::kMillisecond,
                                    .min = 0.0F,
                                    .max = 20.0F,
                                    .def = 0.0F,
                                    .structural = true,
                                    .doc = "How much earlier than heard the level is known; "
                                           "adds as much latency."}),
      Param(&Params::makeup_db, {.key = "makeup",
                                 .name = "Makeup gain",
                                 .unit = Unit::kDecibel,
                                 .min = -60.0F,
                                 .max = 60.0F,
                                 .def = 0.0F,
                                 .follows_intensity = true,
                                 .doc = "Gain after the reduction."}),
      Param(&Params::auto_makeup,
            {.key = "auto_makeup",
             .name = "Automatic makeup",
             .scale = Scale::kToggle,
             .def = 0.0F,
             .doc = "Adds the mean reduction of the last seconds, up to 12 dB."}),
      Param(&Params::mix, {.key = "mix",
                           .name = "Mix",
                           .min = 0.0F,
                           .max = 1.0F,
                           .def = 1.0F,
                           .doc = "Share of the compressed signal beside the dry one."}));
  static_assert(AreValid<Params>(kParams));

  class Designer {
   public:
    explicit Designer(const ProcessSpec& spec) : sample_rate_hz_(spec.sample_rate_hz) {}
    const Targets& Design(const Params& params);  // [control]

   private:
    double sample_rate_hz_;
    Targets targets_{};
  };

  // [control] The look-ahead in `params` holds until the next Prepare().
  void Prepare(const ProcessSpec& spec, const Params& params = DefaultParams<Params>(kParams));
  void Reset() noexcept;                                                            // [rt]
  void SetTargets(const Targets& targets) noexcept;                                 // [rt]
  void Process(StereoView io) noexcept;                                             // [rt]
  std::size_t latency_frames() const noexcept { return delay_[0].delay_frames(); }  // [any]

  // Largest reduction in the last Process(), in positive dB. [rt]
  float gain_reduction_db() const noexcept { return largest_reduction_db_; }

 private:
  void Aim() noexcept;
  void Compress(StereoView io) noexcept;
  void CompressMoving(StereoView io) noexcept;
  void CompressSettled(StereoView io) noexcept;
  std::size_t frames_left() const noexcept;
  void Plan() noexcept;
  void Rest() noexcept;
  void Delay(StereoView io) noexcept;
  float* Level(StereoView io) noexcept;
  void MakeUp(float* reduction_db, std::size_t frames) noexcept;

  DynamicsKernels kernels_{};
  CompressorKernels settled_kernels_{};
  CompressorPlan plan_{};
  bool planned_ = false;  // for the values as they are
  SvBank highpass_;
  LevelDetector detector_;
  ReductionSmoother smoother_;
  EnableFade share_;
  Targets targets_{};
  Smoother threshold_db_;
  Smoother slope_;
  Smoother knee_db_;
  Smoother makeup_gain_;
  Smoother auto_makeup_;
  float mean_reduction_db_ = 0.0F;
  float mean_pole_ = 0.0F;
  std::array<DelayLine, 2> delay_;
  std::array<std::vector<float>, 2> sidechain_;  // one block, as all that follow
  std::vector<float> level_db_;                  // then the reduction, then the gain
  std::vector<float> thresholds_db_;
  std::vector<float> slopes_;
  std::vector<float> knees_db_;
  float largest_reduction_db_ = 0.0F;
};
static_assert(Stage<Compressor>);

// Of the detector's amplitude; the rest is RMS. [any]
constexpr float CompressorPeakShare(Compressor::Detector detector) {
  switch (detector) {
    case Compressor::Detector::kPeak:
      return 1.0F;
    case Compressor::Detector::kRms:
      return 0.0F;
    case Compressor::Detector::kHybrid:
      break;
  }
  return 0.3F;
}
// How much longer than the release it takes where the programme decides.
inline constexpr float kSlowReleaseTimes = 5.0F;

}  // namespace auralis
