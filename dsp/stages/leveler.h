#pragma once

#include <string_view>
#include <vector>

#include "dsp/smoother.h"
#include "dsp/stage.h"

namespace auralis {

// Brings every programme to the same loudness, slowly. The stage is a gain that moves; what it is
// to be is worked out from the chain's input by LevelerControl, on the control side.
class Leveler {
 public:
  struct Params {
    float enabled;
    float target_lufs;
    float max_gain_db;
    float max_cut_db;
    float speed_db_per_s;
  };
  struct Targets {
    float gain;
  };

  static constexpr std::string_view kModule = "leveler";
  // Longer than the time between two readings, so that their steps join to a line.
  static constexpr float kRampMs = 100.0F;
  static constexpr float kMostGainDb = 24.0F;
  static constexpr auto kParams = ParamTable(
      Param(&Params::enabled, {.key = "enabled",
                               .name = "Leveler",
                               .scale = Scale::kToggle,
                               .def = 0.0F,
                               .doc = "On brings every programme to the same loudness."}),
      Param(&Params::target_lufs, {.key = "target",
                                   .name = "Target loudness",
                                   .unit = Unit::kDecibel,
                                   .min = -40.0F,
                                   .max = -8.0F,
                                   .def = -18.0F,
                                   .doc = "In LUFS; what its loudest parts pass by 1 dB at most."}),
      Param(&Params::max_gain_db, {.key = "max_gain",
                                   .name = "Largest gain",
                                   .unit = Unit::kDecibel,
                                   .min = 0.0F,
                                   .max = kMostGainDb,
                                   .def = 12.0F,
                                   .follows_intensity = true,
                                   .doc = "A programme is raised by this much at most."}),
      Param(&Params::max_cut_db, {.key = "max_cut",
                                  .name = "Largest cut",
                                  .unit = Unit::kDecibel,
                                  .min = 0.0F,
                                  .max = kMostGainDb,
                                  .def = 12.0F,
                                  .follows_intensity = true,
                                  .doc = "A programme is lowered by this much at most."}),
      Param(&Params::speed_db_per_s,
            {.key = "speed",
             .name = "Speed",
             .scale = Scale::kLog,
             .min = 0.1F,
             .max = 2.0F,
             .def = 1.0F,
             .doc = "How many dB a second it raises; it lowers four times as fast, up to 4 dB."}));
  static_assert(AreValid<Params>(kParams));

  class Designer {
   public:
    explicit Designer(const ProcessSpec&) {}
    const Targets& Design(const Params& params);  // [control]
    // What LevelerControl asks for; in force from the next Design() on. [control]
    void SetGain(float gain_db) { gain_db_ = gain_db; }

   private:
    float gain_db_ = 0.0F;
    Targets targets_{.gain = 1.0F};
  };

  void Prepare(const ProcessSpec& spec);             // [control]
  void Reset() noexcept;                             // [rt]
  void SetTargets(const Targets& targets) noexcept;  // [rt]
  void Process(StereoView io) noexcept;              // [rt]
  std::size_t latency_frames() const noexcept { return 0; }

  float gain() const noexcept { return gain_.current(); }  // [rt] at the end of the last Process()

 private:
  Smoother gain_;
  std::vector<float> gains_;  // one block
};
static_assert(Stage<Leveler>);

}  // namespace auralis
