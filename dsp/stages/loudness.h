#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "dsp/smoother.h"
#include "dsp/stage.h"
#include "dsp/sv_bank.h"

namespace auralis {

// Equal-loudness compensation: music that was made at one level and is heard at a lower one loses
// its bass and some of its top, because the ear does. The difference of the contours of ISO
// 226:2003 at both levels, against 1 kHz, brings it back. Headroom-safe: nothing is ever boosted,
// the middle is cut instead, so the whole is as much softer.
//
// `reference` is the sound pressure level in dB at which the music was made; `volume` is how far
// below that it is heard, in dB: 0 where it is heard as it was made, and then the stage does
// nothing. The volume of the sound server comes on top of it where that is known and `follow` is
// on.
class Loudness {
 public:
  struct Params {
    float enabled;
    float reference_db;
    float volume_db;
    float follow;
  };
  static constexpr std::size_t kFilters = 14;
  struct Targets {
    std::array<SvTarget, 2 * kFilters> sections;  // two for each filter at most
    float gain;
  };

  static constexpr std::string_view kModule = "loudness";
  static constexpr float kRampMs = 50.0F;
  static constexpr double kLowestPhon = 20.0;  // the contours end there
  static constexpr auto kParams = ParamTable(
      Param(&Params::enabled, {.key = "enabled",
                               .name = "Equal loudness",
                               .scale = Scale::kToggle,
                               .def = 0.0F,
                               .doc = "On brings back what the ear loses at low levels."}),
      Param(&Params::reference_db,
            {.key = "reference",
             .name = "Reference level",
             .unit = Unit::kDecibel,
             .min = 60.0F,
             .max = 90.0F,
             .def = 80.0F,
             .smoothing_ms = kRampMs,
             .doc = "Sound pressure level at which the music was made to be heard."}),
      Param(&Params::volume_db,
            {.key = "volume",
             .name = "Listening volume",
             .unit = Unit::kDecibel,
             .min = -60.0F,
             .max = 0.0F,
             .def = 0.0F,
             .smoothing_ms = kRampMs,
             .doc = "How far below the reference it is heard; 0 dB needs no compensation."}),
      Param(&Params::follow,
            {.key = "follow",
             .name = "Follow the sink",
             .scale = Scale::kToggle,
             .def = 1.0F,
             .doc = "On adds the volume of the sound server's sink to `volume`."}));
  static_assert(AreValid<Params>(kParams));

  // Solves for the gains of fixed filters whose composed response is the contours' difference.
  class Designer {
   public:
    explicit Designer(const ProcessSpec& spec);
    ~Designer();
    Designer(Designer&&) noexcept;
    const Targets& Design(const Params& params);  // [control] some 2 ms where values are new
    // Of the sink that is played to, in dB, 0 and below; in force from the next Design() on.
    // [control]
    void SetSinkVolume(float volume_db);

   private:
    struct State;
    std::unique_ptr<State> state_;
  };

  void Prepare(const ProcessSpec& spec);             // [control]
  void Reset() noexcept;                             // [rt]
  void SetTargets(const Targets& targets) noexcept;  // [rt]
  void Process(StereoView io) noexcept;              // [rt]
  std::size_t latency_frames() const noexcept { return 0; }

 private:
  SvBank bank_;
  Smoother gain_;
};
static_assert(Stage<Loudness>);

}  // namespace auralis
