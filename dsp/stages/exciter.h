#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "dsp/delay_line.h"
#include "dsp/oversampler.h"
#include "dsp/sliding_maximum.h"
#include "dsp/smoother.h"
#include "dsp/stage.h"
#include "dsp/sv_bank.h"

namespace auralis {

// Exciter: adds second and third harmonics of what lies above `frequency`. With x that part of the
// signal, up to 10 kHz, beyond which no harmonic would be heard, and e its level it adds
// h2 2 x^2 / e + h3 (4 x^3 / e^2 - 3 x): Chebyshev's polynomials, whose harmonics stay as far below
// the signal whatever its level, 15 and 24 dB at full amount. The sum passes the high-pass once
// more, which takes away what differences of tones leave below it.
//
// The cube is worked out on eight times the rate, and that takes 1 ms; an exciter that is off takes
// none. The level is the largest peak of both channels over 10 ms, read at all instants, and falls
// smoothly: it is never below a peak, and a steady tone's stands still.
class Exciter {
 public:
  struct Params {
    float enabled;
    float amount;
    float frequency_hz;
  };
  static constexpr std::size_t kHighPassSections = 2;
  static constexpr std::size_t kDonorSections = kHighPassSections + 4;
  static constexpr double kSecondHarmonicDb = -15.0;
  static constexpr double kThirdHarmonicDb = -24.0;
  struct Targets {
    std::array<SvTarget, kDonorSections> donor;
    std::array<SvTarget, kHighPassSections> wet;
    float amount;
  };

  static constexpr std::string_view kModule = "exciter";
  static constexpr Shedding kShedAt = Shedding::kOversampling;
  static constexpr float kRampMs = 20.0F;
  static constexpr auto kParams = ParamTable(
      Param(&Params::enabled, {.key = "enabled",
                               .name = "Exciter",
                               .scale = Scale::kToggle,
                               .def = 0.0F,
                               .structural = true,
                               .doc = "On lets it work, and adds 1 ms of latency."}),
      Param(&Params::amount, {.key = "amount",
                              .name = "Amount",
                              .def = 0.5F,
                              .follows_intensity = true,
                              .doc = "How much is added; at 1 harmonics 15 and 24 dB down."}),
      Param(&Params::frequency_hz, {.key = "frequency",
                                    .name = "Exciter frequency",
                                    .unit = Unit::kHertz,
                                    .scale = Scale::kLog,
                                    .min = 1000.0F,
                                    .max = 10000.0F,
                                    .def = 4500.0F,
                                    .doc = "Above which harmonics are made."}));
  static_assert(AreValid<Params>(kParams));

  class Designer {
   public:
    explicit Designer(const ProcessSpec& spec) : sample_rate_hz_(spec.sample_rate_hz) {}
    const Targets& Design(const Params& params);  // [control]

   private:
    double sample_rate_hz_;
    Targets targets_{};
  };

  // [control] `enabled` holds until the next Prepare().
  void Prepare(const ProcessSpec& spec, const Params& params = DefaultParams<Params>(kParams));
  void Reset() noexcept;                             // [rt]
  void SetTargets(const Targets& targets) noexcept;  // [rt]
  void Process(StereoView io) noexcept;              // [rt]
  void Shed(bool shed) noexcept;                     // [rt] adds nothing, at the same latency
  std::size_t latency_frames() const noexcept {      // [any]
    return enabled_ ? Oversampler::kLatencyFrames : 0;
  }

 private:
  void Rest() noexcept;
  bool Raise(std::size_t frames) noexcept;
  void Follow(std::size_t frames) noexcept;
  void AddHarmonics(Oversampler& oversampler, std::size_t frames) noexcept;

  bool enabled_ = false;
  bool shed_ = false;
  float wanted_amount_ = 0.0F;
  SvBank donor_filter_;
  SvBank wet_filter_;
  Smoother amount_;
  float second_ = 0.0F;  // of x^2 / e
  float third_ = 0.0F;   // of x^3 / e^2
  SlidingMaximum peak_;
  float held_ = 0.0F;
  float release_pole_ = 0.0F;
  std::array<Oversampler, 2> oversamplers_;
  std::array<DelayLine, 2> dry_delay_;
  std::array<std::vector<float>, 2> donor_;  // one block, as all that follow
  std::array<std::vector<float>, 2> wet_;
  std::vector<float> by_level_;  // the level, then 1 / level
  std::vector<float> amounts_;
};
static_assert(Stage<Exciter>);

}  // namespace auralis
