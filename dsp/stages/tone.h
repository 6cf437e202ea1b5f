#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "dsp/filter_design.h"
#include "dsp/stage.h"
#include "dsp/sv_bank.h"

namespace auralis {

// Seven knobs for people who do not want to think in bands. Each is a true filter of minimum phase
// in series with the others, never a filtered copy beside the dry signal, and at 0 it is none.
//
// Knobs that lift the same end share its budget: together they lift the bass by kBassBudgetDb at
// most and the treble by kTrebleBudgetDb, at whichever frequency that is most; beyond that all of a
// group give way alike. Wherever the knobs stand the response stays below kMostBoostDb.
class Tone {
 public:
  struct Params {
    float enabled;
    float sub;
    float bass;
    float demask;
    float warmth;
    float clarity;
    float presence;
    float air;
  };
  // What a knob is at 1. A bell has its gain at its frequency, a shelf half of it.
  struct Knob {
    float Params::*position;
    FilterType type;
    double frequency_hz;
    double gain_db;
    double q;
    enum class End { kBass, kMiddle, kTreble } end;  // whose budget it shares
  };
  static constexpr std::size_t kKnobs = 7;
  static constexpr std::array<Knob, kKnobs> kKnobTable = {{
      {&Params::sub, FilterType::kLowShelf, 60.0, 6.0, 0.7071, Knob::End::kBass},
      {&Params::bass, FilterType::kLowShelf, 120.0, 6.0, 0.7071, Knob::End::kBass},
      {&Params::demask, FilterType::kBell, 260.0, -5.0, 0.9, Knob::End::kMiddle},
      {&Params::warmth, FilterType::kBell, 630.0, 3.0, 0.6, Knob::End::kMiddle},
      {&Params::clarity, FilterType::kBell, 2300.0, 4.0, 0.9, Knob::End::kTreble},
      {&Params::presence, FilterType::kBell, 4000.0, 4.0, 0.9, Knob::End::kTreble},
      {&Params::air, FilterType::kHighShelf, 8000.0, 6.0, 0.7071, Knob::End::kTreble},
  }};
  static constexpr double kBassBudgetDb = 8.0;
  static constexpr double kTrebleBudgetDb = 6.0;
  static constexpr double kMostBoostDb = 9.0;
  struct Targets {
    std::array<SvTarget, 2 * kKnobs> sections;  // two for each knob at most
  };

  static constexpr std::string_view kModule = "tone";
  static constexpr float kRampMs = 20.0F;
  static constexpr auto kParams = ParamTable(
      Param(&Params::enabled, {.key = "enabled",
                               .name = "Tone",
                               .scale = Scale::kToggle,
                               .def = 1.0F,
                               .doc = "Off takes every knob out."}),
      Param(&Params::sub, {.key = "sub",
                           .name = "Sub",
                           .def = 0.0F,
                           .follows_intensity = true,
                           .doc = "Lifts what lies below 60 Hz by up to 6 dB."}),
      Param(&Params::bass, {.key = "bass",
                            .name = "Bass",
                            .def = 0.0F,
                            .follows_intensity = true,
                            .doc = "Lifts what lies below 120 Hz by up to 6 dB."}),
      Param(&Params::demask,
            {.key = "demask",
             .name = "De-mask",
             .def = 0.0F,
             .follows_intensity = true,
             .doc = "Takes up to 5 dB away about 260 Hz, which hides what lies above it."}),
      Param(&Params::warmth, {.key = "warmth",
                              .name = "Warmth",
                              .def = 0.0F,
                              .follows_intensity = true,
                              .doc = "Lifts the low middle about 630 Hz by up to 3 dB."}),
      Param(&Params::clarity, {.key = "clarity",
                               .name = "Clarity",
                               .def = 0.0F,
                               .follows_intensity = true,
                               .doc = "Lifts consonants and attacks about 2.3 kHz by up to 4 dB."}),
      Param(&Params::presence, {.key = "presence",
                                .name = "Presence",
                                .def = 0.0F,
                                .follows_intensity = true,
                                .doc = "Lifts what brings voices forward, about 4 kHz, by up to "
                                       "4 dB."}),
      Param(&Params::air, {.key = "air",
                           .name = "Air",
                           .def = 0.0F,
                           .follows_intensity = true,
                           .doc = "Lifts what lies above 8 kHz by up to 6 dB."}));
  static_assert(AreValid<Params>(kParams));

  class Designer {
   public:
    explicit Designer(const ProcessSpec& spec) : sample_rate_hz_(spec.sample_rate_hz) {}
    const Targets& Design(const Params& params);  // [control]

   private:
    double sample_rate_hz_;
    Params designed_{};
    Targets targets_{};
  };

  void Prepare(const ProcessSpec& spec);    // [control]
  void Reset() noexcept { bank_.Reset(); }  // [rt]
  void SetTargets(const Targets& targets) noexcept { bank_.SetTargets(targets.sections); }  // [rt]
  void Process(StereoView io) noexcept { bank_.Process(io.left, io.right, io.frames); }     // [rt]
  std::size_t latency_frames() const noexcept { return 0; }

 private:
  SvBank bank_;
};
static_assert(Stage<Tone>);

}  // namespace auralis
