#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "dsp/block_maximum.h"
#include "dsp/block_smoother.h"
#include "dsp/delay_line.h"
#include "dsp/history.h"
#include "dsp/kernels/limiter.h"
#include "dsp/kernels/true_peak.h"
#include "dsp/smoother.h"
#include "dsp/stage.h"

namespace auralis {

// Look-ahead limiter, both channels linked, always on: no setting lets a peak past the ceiling.
//
// Each frame asks for a reduction d = 1 - ceiling / peak. The sliding maximum over the look-ahead,
// an exponential release, and two cascaded moving averages as long as the look-ahead turn that into
// a gain that is already down when the peak, delayed by as much, comes out. All three steps can
// only ask for more than the peak itself did, so the gain alone holds the ceiling; a clamp is the
// net below it. A ceiling that moves is delayed with the audio whose peaks were measured against
// it. Averages are sums of whole numbers, so without reduction the gain is exactly 1 and
// the limiter a pure delay.
//
// Peaks are those between samples too (kernels/true_peak.h) with `true_peak` on. By programme,
// a second reduction follows the first slowly and holds what has lasted: single peaks are released
// fast, and a steady level is not pumped.
class Limiter {
 public:
  struct Params {
    float ceiling_db;
    float release_ms;
    float adaptive_release;
    float lookahead_ms;
    float true_peak;
  };
  static constexpr std::string_view kModule = "limiter";
  static constexpr auto kParams = ParamTable(
      Param(&Params::ceiling_db, {.key = "ceiling",
                                  .name = "Ceiling",
                                  .unit = Unit::kDecibel,
                                  .min = -12.0F,
                                  .max = 0.0F,
                                  .def = -1.0F,
                                  .doc = "Highest peak that leaves the chain."}),
      Param(&Params::release_ms,
            {.key = "release",
             .name = "Release",
             .unit = Unit::kMillisecond,
             .scale = Scale::kLog,
             .min = 10.0F,
             .max = 1000.0F,
             .def = 50.0F,
             .doc = "Time in which a reduction falls to 37 % after its peak has passed."}),
      Param(&Params::adaptive_release,
            {.key = "adaptive_release",
             .name = "Release by programme",
             .scale = Scale::kToggle,
             .def = 1.0F,
             .doc = "What was reduced for long is released five times slower."}),
      Param(&Params::lookahead_ms, {.key = "lookahead",
                                    .name = "Look-ahead",
                                    .unit = Unit::kMillisecond,
                                    .min = 0.5F,
                                    .max = 10.0F,
                                    .def = 1.5F,
                                    .structural = true,
                                    .doc = "Over which the gain comes down before a peak; adds as "
                                           "much latency."}),
      Param(&Params::true_peak, {.key = "true_peak",
                                 .name = "True peak",
                                 .scale = Scale::kToggle,
                                 .def = 1.0F,
                                 .doc = "Also holds the peaks between samples, which a converter "
                                        "brings back."}));
  static_assert(AreValid<Params>(kParams));

  // [control] The look-ahead in `params` holds until the next Prepare().
  void Prepare(const ProcessSpec& spec, const Params& params = DefaultParams<Params>(kParams));
  void Reset() noexcept;                           // [rt]
  void SetTargets(const Params& params) noexcept;  // [rt]
  void Process(StereoView io) noexcept;            // [rt]
  std::size_t latency_frames() const noexcept { return lookahead_frames_ + kTruePeakDelayFrames; }

  // Largest reduction in the last Process(), in positive dB. [rt]
  float gain_reduction_db() const noexcept;

 private:
  void FollowCeiling(std::size_t frames) noexcept;
  bool AskForReduction(StereoView input) noexcept;
  float LoudestBefore() const noexcept;
  float DetectPeaks(std::size_t frames, float lowest_ceiling) noexcept;
  void BlendPeaks(std::size_t frames) noexcept;
  void SmoothReduction(std::size_t frames) noexcept;
  std::size_t window_frames() const noexcept { return lookahead_frames_ + 2; }

  double sample_rate_hz_ = 48000.0;
  std::size_t lookahead_frames_ = 0;
  TruePeakKernels kernels_{};
  float margin_gain_ = 1.0F;
  Smoother between_;  // 1: peaks between samples count, 0: samples alone
  LimiterKernels limiter_kernels_{};
  LimiterRelease release_{};
  BlockSmoother slow_share_;  // 1: release by programme

  std::array<History<float>, 2> audio_;  // for the detector, and until it comes out
  std::array<float*, 2> now_{};          // of the block at hand, in it
  std::vector<float> peaks_;             // one block
  std::vector<float> reduction_;         // one block; 0 lets pass, 1 takes all
  BlockMaximum hold_;
  LimiterAverages averages_{};
  std::size_t unasked_frames_ = 0;  // since the last reduction that was asked for
  std::size_t idle_frames_ = 0;     // since there was anything to release, too

  BlockSmoother ceiling_;
  DelayLine ceiling_delay_;
  std::vector<float> delayed_ceilings_;   // one block
  std::size_t rested_frames_ = 0;         // of the ceiling that went into the delay
  const float* ceilings_ = nullptr;       // of the block that comes in
  const float* late_ceilings_ = nullptr;  // and of the one that goes out

  float largest_reduction_ = 0.0F;
};
static_assert(Stage<Limiter>);

}  // namespace auralis
