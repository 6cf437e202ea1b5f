#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "dsp/delay_line.h"
#include "dsp/enable_fade.h"
#include "dsp/moving_sum.h"
#include "dsp/sliding_maximum.h"
#include "dsp/smoother.h"
#include "dsp/stage.h"
#include "dsp/sv_bank.h"

namespace auralis {

// Bass for speakers that have none: the ear hears a fundamental that is not there when its
// harmonics are (the missing fundamental; E. Larsen and R. M. Aarts, Reproducing Low-Pitched
// Signals through Small Loudspeakers, JAES 50, 2002). Of the middle of both channels below
// `frequency` the harmonics two to five are made and added to both; on request the band itself is
// taken out, which a small speaker only turns into distortion.
//
// With x the low-passed signal and e its level, e times a polynomial in x / e: Chebyshev's, so each
// harmonic has its own weight, the same at every level. Nothing of it can fold back: five times the
// band is far below half the rate. e is the largest peak of the last 30 ms, averaged over 6 ms by
// which the harmonics are late: it is there before its peak is, never below |x|, and has no
// corners, which a polynomial of such slopes would make heard. The signal itself is not late.
class Bass {
 public:
  struct Params {
    float enabled;
    float amount;
    float frequency_hz;
    float keep_fundamental;
  };
  static constexpr std::size_t kSections = 2;
  struct Targets {
    float share;  // 1: on
    float amount;
    std::array<SvTarget, kSections> lowpass;
    std::array<SvTarget, kSections> highpass;
    std::array<SvTarget, kSections> dry_highpass;
  };
  // Coefficients of u to u^5 of the harmonics' weighted sum of Chebyshev polynomials. Their
  // constants are left out: times the level they would be heard as thumps, and the high-pass takes
  // away what they would have taken.
  struct Polynomial {
    float u1, u2, u3, u4, u5;
  };
  // Of harmonic two to five at full amount, beside the fundamental.
  static constexpr std::array<double, 4> kHarmonicsDb = {-3.0, -6.0, -9.0, -12.0};

  static constexpr std::string_view kModule = "bass";
  static constexpr Shedding kShedAt = Shedding::kOptionalStages;
  static constexpr float kRampMs = 20.0F;
  static constexpr auto kParams = ParamTable(
      Param(&Params::enabled, {.key = "enabled",
                               .name = "Psychoacoustic bass",
                               .scale = Scale::kToggle,
                               .def = 0.0F,
                               .doc = "On lets it work; made for small speakers."}),
      Param(&Params::amount, {.key = "amount",
                              .name = "Amount",
                              .def = 0.5F,
                              .follows_intensity = true,
                              .doc = "How much of the harmonics is added."}),
      Param(&Params::frequency_hz,
            {.key = "frequency",
             .name = "Bass frequency",
             .unit = Unit::kHertz,
             .scale = Scale::kLog,
             .min = 40.0F,
             .max = 250.0F,
             .def = 100.0F,
             .doc = "Below which the speaker plays little, and harmonics stand in."}),
      Param(&Params::keep_fundamental,
            {.key = "keep_fundamental",
             .name = "Keep the fundamental",
             .scale = Scale::kToggle,
             .def = 1.0F,
             .doc = "Off takes what lies below the frequency out, by 24 dB an octave."}));
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

 private:
  void Aim() noexcept;
  void Rest() noexcept;
  void MakeHarmonics(StereoView io) noexcept;

  EnableFade share_;
  Smoother amount_;
  Targets targets_{};
  SvBank lowpass_;
  SvBank highpass_;
  SvBank dry_highpass_;
  SlidingMaximum peak_;
  Polynomial polynomial_{};
  float held_ = 0.0F;
  float release_pole_ = 0.0F;
  MovingSum first_average_;
  MovingSum second_average_;
  double average_scale_ = 1.0;
  DelayLine delay_;
  std::vector<float> donor_;   // one block, as all that follow
  std::vector<float> unused_;  // the banks' other channel
  std::vector<float> shares_;
};
static_assert(Stage<Bass>);

}  // namespace auralis
