#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "dsp/bark_bands.h"
#include "dsp/stage.h"
#include "dsp/sv_bank.h"

namespace auralis {

// The equalizer of the 25 critical bands: what a person sets here is what the *composed* response
// does at each band's middle. Neighbouring filters overlap, so their gains are solved for, not set.
//
// A low shelf, 23 bells and a high shelf in series; a flat curve is no filter at all. The target of
// a band is its gain, the tilts `warmth` and `brightness`, and an adaptive delta that the control
// side adds, together held within 12 dB.
class Bark {
 public:
  struct Band {
    float gain_db;
  };
  struct Params {
    float enabled;
    float warmth;
    float brightness;
    float adaptive;
    std::array<Band, kBarkBands> bands;
  };
  struct Targets {
    std::array<SvTarget, 2 * kBarkBands> sections;  // two for each band at most
  };

  static constexpr std::string_view kModule = "bark";
  static constexpr float kRampMs = 20.0F;
  static constexpr float kLargestTargetDb = 12.0F;
  static constexpr auto kParams = ParamTable(
      Param(&Params::enabled, {.key = "enabled",
                               .name = "Critical-band equalizer",
                               .scale = Scale::kToggle,
                               .def = 1.0F,
                               .doc = "Off takes every band, tilt and adaptation out."}),
      Param(&Params::warmth,
            {.key = "warmth",
             .name = "Warmth",
             .min = -1.0F,
             .max = 1.0F,
             .def = 0.0F,
             .follows_intensity = true,
             .doc = "Lifts the spectrum about 600 Hz by up to 2 dB, its ends less; "
                    "below 0 it cuts."}),
      Param(&Params::brightness, {.key = "brightness",
                                  .name = "Brightness",
                                  .min = -1.0F,
                                  .max = 1.0F,
                                  .def = 0.0F,
                                  .follows_intensity = true,
                                  .doc = "Tilts the spectrum up toward the treble by up to 2 dB; "
                                         "below 0 down."}),
      Param(&Params::adaptive, {.key = "adaptive",
                                .name = "Adaptive share",
                                .min = 0.0F,
                                .max = 1.0F,
                                .def = 1.0F,
                                .follows_intensity = true,
                                .doc = "How much of what adaptation asks for is added."}),
      ParamFamily("band", &Params::bands,
                  std::to_array<FamilyField<Band>>(
                      {{&Band::gain_db,
                        {.key = "",
                         .name = "Band gain",
                         .unit = Unit::kDecibel,
                         .min = -kLargestTargetDb,
                         .max = kLargestTargetDb,
                         .def = 0.0F,
                         .follows_intensity = true,
                         .doc = "Of a critical band at its middle, from 45 Hz (1) to 17.6 kHz "
                                "(25)."}}})));
  static_assert(AreValid<Params>(kParams));

  // Solves for the filters' gains. Bands whose middle lies above 0.45 of the rate are left out.
  class Designer {
   public:
    explicit Designer(const ProcessSpec& spec);
    ~Designer();
    Designer(Designer&&) noexcept;
    const Targets& Design(const Params& params);  // [control] up to some 2 ms
    // What adaptation adds to each band, in dB; in force from the next Design() on. [control]
    void SetAdaptiveDelta(std::span<const float, kBarkBands> delta_db);

   private:
    struct State;
    std::unique_ptr<State> state_;
  };

  void Prepare(const ProcessSpec& spec);    // [control]
  void Reset() noexcept { bank_.Reset(); }  // [rt]
  void SetTargets(const Targets& targets) noexcept { bank_.SetTargets(targets.sections); }  // [rt]
  void Process(StereoView io) noexcept { bank_.Process(io.left, io.right, io.frames); }     // [rt]
  std::size_t latency_frames() const noexcept { return 0; }

 private:
  SvBank bank_;
};
static_assert(Stage<Bark>);

// What `warmth` and `brightness` at 1 add to a band, 0 to 24. [any]
constexpr double BarkWarmthDb(std::size_t band) {
  const double at = static_cast<double>(band) / 25.0;
  return 2.0 * (1.0 - (at < 0.3 ? 0.3 - at : at - 0.3));
}
constexpr double BarkBrightnessDb(std::size_t band) {
  return 2.0 * static_cast<double>(band) / 25.0;
}

}  // namespace auralis
