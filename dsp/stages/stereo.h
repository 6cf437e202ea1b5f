#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "dsp/smoother.h"
#include "dsp/stage.h"
#include "dsp/sv_bank.h"

namespace auralis {

// Stereo width on one axis: 0 is mono, 0.5 leaves the signal as it is bit for bit, 1 is twice the
// side. Narrowing takes the side down everywhere. Widening lifts it by a shelf of minimum phase
// that leaves the bass where it is: nothing below 150 Hz, all of it above 6 kHz. Apart from that,
// the side can be taken out below `mono_below`.
//
// The middle is never touched, so the sum of both channels stays what it was. What widening can
// cost is its share: folded to mono, a widened signal is softer beside the stereo one. A guard
// measures middle, side and what widening adds to it over 30 ms, and lets the power of both
// channels together grow by 1 dB at most: that much, and not more, the mono sum loses. A signal
// whose sides are hardly correlated is widened less, one that is mono but for a little, fully.
class StereoImage {
 public:
  struct Params {
    float enabled;
    float width;
    float mono_below_hz;
    float balance;
  };
  static constexpr std::size_t kSections = 4;
  struct Targets {
    std::array<SvTarget, kSections> sections;
    float narrowing;  // factor of the side
    std::array<float, 2> gains;
  };

  static constexpr std::string_view kModule = "stereo";
  static constexpr float kRampMs = 20.0F;
  static constexpr float kNotMonoHz = 20.0F;
  static constexpr double kMostLossDb = 1.0;
  static constexpr auto kParams = ParamTable(
      Param(&Params::enabled, {.key = "enabled",
                               .name = "Stereo image",
                               .scale = Scale::kToggle,
                               .def = 1.0F,
                               .doc = "Off passes the image on as it is."}),
      Param(&Params::width, {.key = "width",
                             .name = "Width",
                             .min = 0.0F,
                             .max = 1.0F,
                             .def = 0.5F,
                             .follows_intensity = true,
                             .neutral = 0.5F,
                             .doc = "0 is mono, 0.5 as it is, 1 twice the side above the bass."}),
      Param(&Params::mono_below_hz,
            {.key = "mono_below",
             .name = "Mono below",
             .unit = Unit::kHertz,
             .scale = Scale::kLog,
             .min = kNotMonoHz,
             .max = 500.0F,
             .def = kNotMonoHz,
             .doc = "Takes the side out below it, by 24 dB an octave; 20 Hz leaves it in."}),
      Param(&Params::balance,
            {.key = "balance",
             .name = "Balance",
             .min = -1.0F,
             .max = 1.0F,
             .def = 0.0F,
             .doc = "-1 leaves only the left channel, 1 only the right; nothing is boosted."}));
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

 private:
  void MoveSide(StereoView io) noexcept;
  float GuardedShare(float middle, float side, float added) noexcept;

  SvBank bank_;  // of the side, and of the side widened
  Smoother narrowing_;
  std::array<Smoother, 2> gains_;
  std::array<std::vector<float>, 2> sides_;  // one block
  float pole_ = 0.0F;
  float power_ = 0.0F;          // of middle and side, means over the guard's time
  float side_by_added_ = 0.0F;  // of their product
  float added_power_ = 0.0F;
};
static_assert(Stage<StereoImage>);

}  // namespace auralis
