#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "dsp/enable_fade.h"
#include "dsp/smoother.h"
#include "dsp/stage.h"

namespace auralis {

// For headphones: some of the bass of each channel comes to the other ear, as it does from
// speakers, by Bauer's stereophonic-to-binaural model (B. B. Bauer, JAES 9, 1961; constants as
// published with B. Mikhaylov's bs2b). With two low-passes of first order, H at the ear that a
// channel is for and X at the other:
//   direct = 1 - d H(f), cross = c X(frequency), both over 1 - d + c,
// where at DC cross is `feed` dB below direct, and a signal that is the same in both channels keeps
// its bass exactly. No latency.
class Crossfeed {
 public:
  enum class Model { kDefault, kChuMoy, kJanMeier, kCustom };
  static constexpr auto kModelNames =
      std::to_array<std::string_view>({"default", "chu-moy", "jan-meier", "custom"});

  struct Params {
    float enabled;
    float model;
    float frequency_hz;
    float feed_db;
  };
  struct Targets {
    float share;
    float cross_gain;   // c, over the sum
    float direct_cut;   // d, over the sum
    float direct_gain;  // 1 over the sum
    float cross_pole;
    float direct_pole;
  };

  static constexpr std::string_view kModule = "crossfeed";
  static constexpr Shedding kShedAt = Shedding::kOptionalStages;
  static constexpr float kRampMs = 20.0F;
  static constexpr auto kParams = ParamTable(
      Param(&Params::enabled, {.key = "enabled",
                               .name = "Crossfeed",
                               .scale = Scale::kToggle,
                               .def = 0.0F,
                               .doc = "On lets it work; made for headphones."}),
      Param(&Params::model,
            {.key = "model",
             .name = "Model",
             .scale = Scale::kChoice,
             .min = 0.0F,
             .max = static_cast<float>(kModelNames.size() - 1),
             .def = 0.0F,
             .choices = kModelNames,
             .doc = "Published settings: 700 Hz and 4.5 dB, 700 Hz and 6 dB, 650 Hz and 9.5 dB; or "
                    "custom, which takes frequency and feed."}),
      Param(&Params::frequency_hz, {.key = "frequency",
                                    .name = "Crossfeed frequency",
                                    .unit = Unit::kHertz,
                                    .scale = Scale::kLog,
                                    .min = 300.0F,
                                    .max = 2000.0F,
                                    .def = 700.0F,
                                    .doc = "Up to which the other channel is heard."}),
      Param(&Params::feed_db, {.key = "feed",
                               .name = "Feed",
                               .unit = Unit::kDecibel,
                               .min = 1.0F,
                               .max = 15.0F,
                               .def = 4.5F,
                               .doc = "How far the other channel is below, in the bass."}));
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
  struct Channel {
    float cross = 0.0F;  // low-passed, on its way to the other ear
    float direct = 0.0F;
  };

  void Aim() noexcept;
  void Rest() noexcept;
  void Feed(StereoView io) noexcept;

  EnableFade share_;
  Targets targets_{};
  Smoother cross_gain_;
  Smoother direct_cut_;
  Smoother direct_gain_;
  Smoother cross_pole_;
  Smoother direct_pole_;
  std::array<Channel, 2> channels_;
  std::vector<float> shares_;  // one block
};
static_assert(Stage<Crossfeed>);

}  // namespace auralis
