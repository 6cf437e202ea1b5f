#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "dsp/aligned_floats.h"
#include "dsp/corner_glide.h"
#include "dsp/kernels/band_split.h"
#include "dsp/kernels/bands.h"
#include "dsp/stage.h"
#include "dsp/stages/compressor.h"

namespace auralis {

// The compressor on each of two to six bands. Crossovers are Linkwitz-Riley's of 24 dB an octave
// (S. Linkwitz, 1976), in a tree: the middle one cuts in halves, and each half is cut by the
// crossovers that lie in it and turned in phase as the other half's would turn it. So all bands
// turn the phase alike and their sum is as loud as the input at every frequency, wherever the
// crossovers stand. They glide to where they are set. What comes out with no band at work is the
// input through the all-passes of all crossovers.
//
// Because that is not the input itself, and because the number of bands changes it, switching takes
// a newly prepared chain.
class Multiband {
 public:
  static constexpr std::size_t kBands = BandSplit::kMostBands;
  static constexpr std::size_t kCrossovers = BandSplit::kMostCrossovers;

  struct CrossoverParams {
    float frequency_hz;
  };
  struct BandParams {
    float enabled;
    float threshold_db;
    float ratio;
    float knee_db;
    float attack_ms;
    float release_ms;
    float gain_db;
    float solo;
    float mute;
  };
  struct Params {
    float enabled;
    float bands;
    float detector;
    float rms_ms;
    float adaptive_release;
    float auto_makeup;
    float lookahead_ms;
    float mix;
    std::array<CrossoverParams, kCrossovers> crossovers;
    std::array<BandParams, kBands> band;
  };
  struct Targets {
    std::array<double, kCrossovers> corners_octaves;                      // above 1 Hz
    std::array<std::array<float, kBands>, BandDynamics::kValues> values;  // by band
    float rms_pole;
  };

  static constexpr std::string_view kModule = "multiband";
  static constexpr float kRampMs = 30.0F;
  // As fast as the sum stays within 0.1 dB of the input: measured, it strays with the way of a
  // corner in a cycle of its own frequency.
  static constexpr double kGlideOctavesPerS = 8.0;
  static constexpr double kGlideOctavesPerCycle = 0.02;
  static constexpr std::array<float, kCrossovers> kCornersHz = {120.0F, 800.0F, 4000.0F, 8000.0F,
                                                                12000.0F};
  static constexpr std::array<float, kBands> kAttacksMs = {30.0F, 20.0F, 10.0F, 5.0F, 5.0F, 5.0F};
  static constexpr std::array<float, kBands> kReleasesMs = {250.0F, 200.0F, 150.0F,
                                                            100.0F, 100.0F, 100.0F};
  static constexpr auto kParams = ParamTable(
      Param(&Params::enabled, {.key = "enabled",
                               .name = "Multiband compressor",
                               .scale = Scale::kToggle,
                               .def = 0.0F,
                               .structural = true,
                               .doc = "On lets it work."}),
      Param(&Params::bands, {.key = "bands",
                             .name = "Bands",
                             .min = 2.0F,
                             .max = static_cast<float>(kBands),
                             .def = 4.0F,
                             .structural = true,
                             .doc = "How many bands there are, in whole numbers; crossovers from "
                                    "that number on are not used."}),
      Param(&Params::detector, {.key = "detector",
                                .name = "Detector",
                                .scale = Scale::kChoice,
                                .min = 0.0F,
                                .max = static_cast<float>(Compressor::kDetectorNames.size() - 1),
                                .def = static_cast<float>(Compressor::Detector::kHybrid),
                                .choices = Compressor::kDetectorNames,
                                .doc = "What level is: of peaks, of power, or 3 to 7 of both."}),
      Param(&Params::rms_ms, {.key = "rms_time",
                              .name = "RMS time",
                              .unit = Unit::kMillisecond,
                              .scale = Scale::kLog,
                              .min = 1.0F,
                              .max = 250.0F,
                              .def = 10.0F,
                              .doc = "Over which power is averaged."}),
      Param(&Params::adaptive_release,
            {.key = "adaptive_release",
             .name = "Release by programme",
             .scale = Scale::kToggle,
             .def = 0.0F,
             .doc = "What was reduced for long is released five times slower."}),
      Param(&Params::auto_makeup,
            {.key = "auto_makeup",
             .name = "Automatic makeup",
             .scale = Scale::kToggle,
             .def = 0.0F,
             .doc = "Adds to each band its mean reduction of the last seconds, up to 12 dB."}),
      Param(&Params::lookahead_ms, {.key = "lookahead",
                                    .name = "Look-ahead",
                                    .unit = Unit::kMillisecond,
                                    .min = 0.0F,
                                    .max = 20.0F,
                                    .def = 0.0F,
                                    .structural = true,
                                    .doc = "How much earlier than heard the levels are known; "
                                           "adds as much latency."}),
      Param(&Params::mix, {.key = "mix",
                           .name = "Mix",
                           .min = 0.0F,
                           .max = 1.0F,
                           .def = 1.0F,
                           .doc = "Share of the compressed bands beside the uncompressed ones."}),
      ParamFamily("crossover", &Params::crossovers,
                  std::to_array<FamilyField<CrossoverParams>>(
                      {{&CrossoverParams::frequency_hz,
                        {.key = "",
                         .name = "Crossover",
                         .unit = Unit::kHertz,
                         .scale = Scale::kLog,
                         .min = 20.0F,
                         .max = 20000.0F,
                         .family_defaults = kCornersHz,
                         .doc = "Between the band of its number and the next one."}}})),
      ParamFamily("band", &Params::band,
                  std::to_array<FamilyField<BandParams>>(
                      {{&BandParams::enabled,
                        {.key = "enabled",
                         .name = "Band at work",
                         .scale = Scale::kToggle,
                         .def = 1.0F,
                         .doc = "Off lets the band pass as it is."}},
                       {&BandParams::threshold_db,
                        {.key = "threshold",
                         .name = "Threshold",
                         .unit = Unit::kDecibel,
                         .min = -80.0F,
                         .max = 0.0F,
                         .def = -24.0F,
                         .doc = "Level of the band above which it reduces."}},
                       {&BandParams::ratio,
                        {.key = "ratio",
                         .name = "Ratio",
                         .unit = Unit::kRatio,
                         .scale = Scale::kLog,
                         .min = 1.0F,
                         .max = 100.0F,
                         .def = 2.0F,
                         .follows_intensity = true,
                         .neutral = 1.0F,
                         .doc = "How many dB more in give one dB more out."}},
                       {&BandParams::knee_db,
                        {.key = "knee",
                         .name = "Knee",
                         .unit = Unit::kDecibel,
                         .min = 0.0F,
                         .max = 24.0F,
                         .def = 6.0F,
                         .doc = "Width of the bend about the threshold."}},
                       {&BandParams::attack_ms,
                        {.key = "attack",
                         .name = "Attack",
                         .unit = Unit::kMillisecond,
                         .scale = Scale::kLog,
                         .min = 0.01F,
                         .max = 2000.0F,
                         .family_defaults = kAttacksMs,
                         .doc = "Time in which 63 % of a new reduction is there."}},
                       {&BandParams::release_ms,
                        {.key = "release",
                         .name = "Release",
                         .unit = Unit::kMillisecond,
                         .scale = Scale::kLog,
                         .min = 1.0F,
                         .max = 5000.0F,
                         .family_defaults = kReleasesMs,
                         .doc = "Time in which a reduction falls to 37 %."}},
                       {&BandParams::gain_db,
                        {.key = "gain",
                         .name = "Band gain",
                         .unit = Unit::kDecibel,
                         .min = -36.0F,
                         .max = 36.0F,
                         .def = 0.0F,
                         .follows_intensity = true,
                         .doc = "Gain after the reduction."}},
                       {&BandParams::solo,
                        {.key = "solo",
                         .name = "Solo",
                         .scale = Scale::kToggle,
                         .def = 0.0F,
                         .doc = "Only bands with it on are heard, while there are any."}},
                       {&BandParams::mute,
                        {.key = "mute",
                         .name = "Mute",
                         .scale = Scale::kToggle,
                         .def = 0.0F,
                         .doc = "The band is not heard."}}})));
  static_assert(AreValid<Params>(kParams));

  class Designer {
   public:
    explicit Designer(const ProcessSpec& spec) : sample_rate_hz_(spec.sample_rate_hz) {}
    const Targets& Design(const Params& params);  // [control]

   private:
    double sample_rate_hz_;
    Targets targets_{};
  };

  // [control] `enabled`, the number of bands and the look-ahead hold until the next Prepare().
  void Prepare(const ProcessSpec& spec, const Params& params = DefaultParams<Params>(kParams));
  void Reset() noexcept;                                                     // [rt]
  void SetTargets(const Targets& targets) noexcept;                          // [rt]
  void Process(StereoView io) noexcept;                                      // [rt]
  std::size_t latency_frames() const noexcept { return lookahead_frames_; }  // [any]

  std::size_t bands() const noexcept { return bands_; }  // 0 where it is off. [any]
  // Largest reduction of a band, from 0, in the last Process(), in positive dB; 0 for one that is
  // not there. [rt]
  float gain_reduction_db(std::size_t band) const noexcept {
    if (band >= bands_) return 0.0F;
    return dynamics_.largest_reduction_db[BandSplit::SlotOf(bands_, band)];
  }

 private:
  void Split(StereoView io) noexcept;
  void Compress(std::size_t frames) noexcept;
  void Delay(std::size_t frames) noexcept;
  std::size_t row_floats() const noexcept { return 2 * slots_; }

  std::size_t bands_ = 0;
  std::size_t slots_ = 0;
  std::size_t lookahead_frames_ = 0;
  std::size_t ramp_frames_ = 1;
  BandSplitKernels split_kernels_{};
  BandKernels kernels_{};
  std::array<PerBand, BandDynamics::kValues> values_{};  // wanted, by slot
  std::array<CornerGlide, kCrossovers> corners_;
  BandSplit split_;
  BandDynamics dynamics_{};
  std::size_t ramp_left_ = 0;
  AlignedFloats rows_;     // one block
  AlignedFloats delayed_;  // a ring, lookahead_frames_ long
  std::size_t delay_at_ = 0;
  AlignedFloats gains_;  // one block
};
static_assert(Stage<Multiband>);

}  // namespace auralis
