#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "dsp/smoother.h"
#include "dsp/stage.h"
#include "dsp/zero_latency_convolver.h"

namespace auralis {

// Convolution with the response of a room, a speaker or headphones, up to kLongestSeconds, without
// latency. Without a response it lets everything pass. `enabled` decides whether the memory for the
// history of the longest one is there: at 48 kHz 8 MB, beside 1.2 MB for each second of a stereo
// response.
class Convolver {
 public:
  struct Params {
    float enabled;
    float mix;
    float gain_db;
    float normalize;
  };
  struct Targets {
    const ZeroLatencyConvolver::Item* filter;
    float dry;
    float wet;
  };

  static constexpr std::string_view kModule = "convolver";
  static constexpr float kRampMs = 20.0F;
  static constexpr double kLongestSeconds = 10.0;
  static constexpr auto kParams = ParamTable(
      Param(&Params::enabled,
            {.key = "enabled",
             .name = "Convolver",
             .scale = Scale::kToggle,
             .def = 0.0F,
             .structural = true,
             .doc = "On convolves with the response that is loaded, if there is one."}),
      Param(&Params::mix, {.key = "mix",
                           .name = "Mix",
                           .def = 1.0F,
                           .follows_intensity = true,
                           .doc = "Share of the convolved signal beside the dry one."}),
      Param(&Params::gain_db, {.key = "gain",
                               .name = "Convolver gain",
                               .unit = Unit::kDecibel,
                               .min = -60.0F,
                               .max = 24.0F,
                               .def = 0.0F,
                               .doc = "Gain of the convolved signal."}),
      Param(&Params::normalize, {.key = "normalize",
                                 .name = "Normalize loudness",
                                 .scale = Scale::kToggle,
                                 .def = 1.0F,
                                 .doc = "On lets pink noise come out as loud as it came in."}));
  static_assert(AreValid<Params>(kParams));

  class Designer {
   public:
    explicit Designer(const ProcessSpec& spec);
    const Targets& Design(const Params& params);  // [control]
    // At the stream's rate, at most kLongestSeconds; nullptr for none. In force from the next
    // Design() on. [control]
    void SetResponse(std::shared_ptr<const ImpulseResponse> response);

   private:
    double sample_rate_hz_;
    Handover<ConvolverFilter> filters_;
    std::shared_ptr<const ImpulseResponse> response_;
    const ZeroLatencyConvolver::Item* filter_;
    float pink_gain_ = 1.0F;
    Targets targets_{};
  };

  // [control] `enabled` holds until the next Prepare().
  void Prepare(const ProcessSpec& spec, const Params& params = DefaultParams<Params>(kParams));
  void Reset() noexcept;                             // [rt]
  void SetTargets(const Targets& targets) noexcept;  // [rt]
  void Process(StereoView io) noexcept;              // [rt]
  std::size_t latency_frames() const noexcept { return 0; }

 private:
  bool enabled_ = false;
  ZeroLatencyConvolver convolver_;
  Smoother dry_;
  Smoother wet_;
  std::array<std::vector<float>, 2> dry_block_;
};
static_assert(Stage<Convolver>);

}  // namespace auralis
