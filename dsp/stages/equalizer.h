#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "dsp/filter_design.h"
#include "dsp/partitioned_convolver.h"
#include "dsp/stage.h"
#include "dsp/stages/equalizer_sections.h"

namespace auralis {

class EqualizerLinearPhase;

// 32 parametric bands in series. Every band is a bell at 0 dB at first, on the third-octave
// frequencies of ISO 266 from 16 Hz to 20 kHz, so that setting a gain is all it takes.
//
// Bells, shelves and tilts follow their analogue prototype up to the top of the band
// (matched_filter.h); the other types are bilinear. A band works on both channels, on one, or on
// their sum or difference: left and right first, then middle and side. What moves by a little goes
// there by one ramp (sv_bank.h); farther changes, of types, of channels or of a whole preset, fade
// over from the old filters to the new ones, running side by side.
//
// With phase `linear` one convolution stands for all bands: the same levels, every frequency late
// by the same 48 ms, changes faded over (partitioned_convolver.h).
class Equalizer {
 public:
  static constexpr std::size_t kBands = kEqualizerBands;
  static constexpr std::size_t kSectionsPerBand = kMaxSlopeSections;
  enum class Channel { kStereo, kLeft, kRight, kMid, kSide };
  static constexpr auto kChannelNames =
      std::to_array<std::string_view>({"stereo", "left", "right", "mid", "side"});
  enum class Phase { kMinimum, kLinear };
  static constexpr auto kPhaseNames = std::to_array<std::string_view>({"minimum", "linear"});

  struct Band {
    float enabled;
    float type;
    float frequency_hz;
    float gain_db;
    float q;
    float slope;
    float channel;
    bool operator==(const Band&) const = default;
  };
  struct Params {
    float enabled;
    float preamp_db;
    float auto_headroom;
    float phase;
    std::array<Band, kBands> bands;
    bool operator==(const Params&) const = default;
  };
  using Targets = EqualizerTargets;

  static constexpr std::string_view kModule = "equalizer";
  static constexpr float kRampMs = 20.0F;
  static constexpr std::array<float, kBands> kFrequenciesHz = {
      16,  20,  25,  31.5, 40,   50,  63,   80,   100, 125, 160,  200, 250,  315,    400,  500,
      630, 800, 1e3, 1250, 1600, 2e3, 2500, 3150, 4e3, 5e3, 6300, 8e3, 10e3, 12.5e3, 16e3, 20e3};
  static constexpr auto kParams = ParamTable(
      Param(&Params::enabled, {.key = "enabled",
                               .name = "Equalizer",
                               .scale = Scale::kToggle,
                               .def = 1.0F,
                               .doc = "Off takes every band and the preamp out."}),
      Param(&Params::preamp_db, {.key = "preamp",
                                 .name = "Preamp",
                                 .unit = Unit::kDecibel,
                                 .min = -36.0F,
                                 .max = 36.0F,
                                 .def = 0.0F,
                                 .follows_intensity = true,
                                 .doc = "Gain ahead of the bands, to make room for boosts."}),
      Param(&Params::auto_headroom,
            {.key = "auto_headroom",
             .name = "Automatic headroom",
             .scale = Scale::kToggle,
             .def = 0.0F,
             .doc = "Lowers the preamp so that no frequency comes out louder than it went in."}),
      Param(&Params::phase,
            {.key = "phase",
             .name = "Phase",
             .scale = Scale::kChoice,
             .min = 0.0F,
             .max = static_cast<float>(kPhaseNames.size() - 1),
             .def = static_cast<float>(Phase::kMinimum),
             .choices = kPhaseNames,
             .structural = true,
             .doc = "Minimum adds no latency; linear delays all frequencies alike, by 48 ms."}),
      ParamFamily(
          "band", &Params::bands,
          std::to_array<FamilyField<Band>>(
              {{&Band::enabled,
                {.key = "enabled",
                 .name = "Band",
                 .scale = Scale::kToggle,
                 .def = 1.0F,
                 .doc = "Off takes this band out."}},
               {&Band::type,
                {.key = "type",
                 .name = "Type",
                 .scale = Scale::kChoice,
                 .min = 0.0F,
                 .max = static_cast<float>(kFilterTypeNames.size() - 1),
                 .def = static_cast<float>(FilterType::kBell),
                 .choices = kFilterTypeNames,
                 .doc = "Shape of this band."}},
               {&Band::frequency_hz,
                {.key = "frequency",
                 .name = "Frequency",
                 .unit = Unit::kHertz,
                 .scale = Scale::kLog,
                 .min = 10.0F,
                 .max = 96000.0F,
                 .def = 1000.0F,
                 .family_defaults = kFrequenciesHz,
                 .doc = "Centre or corner; held below 0.49 of the sample rate."}},
               {&Band::gain_db,
                {.key = "gain",
                 .name = "Gain",
                 .unit = Unit::kDecibel,
                 .min = -36.0F,
                 .max = 36.0F,
                 .def = 0.0F,
                 .follows_intensity = true,
                 .doc =
                     "Of a bell at its centre, of a shelf at its end, of a tilt from end to end."}},
               {&Band::q,
                {.key = "q",
                 .name = "Q",
                 .scale = Scale::kLog,
                 .min = 0.1F,
                 .max = 100.0F,
                 .def = 4.32F,
                 .doc =
                     "Centre frequency over bandwidth (4.32: a third of an octave); for passes of "
                     "slope resonant the height of their resonance."}},
               {&Band::slope,
                {.key = "slope",
                 .name = "Slope",
                 .scale = Scale::kChoice,
                 .min = 0.0F,
                 .max = static_cast<float>(kFilterSlopeNames.size() - 1),
                 .def = static_cast<float>(FilterSlope::k12),
                 .choices = kFilterSlopeNames,
                 .doc = "Of low-pass and high-pass, in dB an octave: bw for Butterworth, lr for "
                        "Linkwitz-Riley, resonant for 12 with this band's Q."}},
               {&Band::channel,
                {.key = "channel",
                 .name = "Channel",
                 .scale = Scale::kChoice,
                 .min = 0.0F,
                 .max = static_cast<float>(kChannelNames.size() - 1),
                 .def = static_cast<float>(Channel::kStereo),
                 .choices = kChannelNames,
                 .doc = "What this band works on."}}})));
  static_assert(AreValid<Params>(kParams));

  // Designs the sections; remembers them, so that only bands that changed are designed again. Owns
  // what the targets point to.
  class Designer {
   public:
    explicit Designer(const ProcessSpec& spec);
    ~Designer();
    Designer(Designer&&) noexcept;
    // [control] up to some 0.1 ms a changed band, with linear phase some ms
    const Targets& Design(const Params& params);

   private:
    struct DesignedBand {
      Band band{};
      std::array<SvFilter, kSectionsPerBand> sections;
    };
    double Redesign(std::size_t index, const Band& before);
    void DesignBand(const Band& band, DesignedBand& designed) const;
    void PlaceBand(std::size_t index);
    void PlaceInLinearPhase(std::size_t index);
    double LargestGainDb() const;
    double LargestGainAt(double frequency_hz) const;

    double sample_rate_hz_;
    Params params_{};  // of targets_; all zero before the first
    std::array<DesignedBand, kBands> bands_;
    Targets targets_{
        .preamp_gain = 1.0F, .left_right = {}, .mid_side = {}, .linear_phase = nullptr, .jumps = 0};
    std::unique_ptr<EqualizerLinearPhase> linear_phase_;  // once it was asked for
  };

  // [control] The phase in `params` holds until the next Prepare(); targets are to agree with it.
  void Prepare(const ProcessSpec& spec, const Params& params = DefaultParams<Params>(kParams));
  void Reset() noexcept;                             // [rt]
  void SetTargets(const Targets& targets) noexcept;  // [rt]
  void Process(StereoView io) noexcept;              // [rt]
  std::size_t latency_frames() const noexcept;       // [any]

 private:
  void TakeTargets() noexcept;
  void ProcessFading(StereoView io) noexcept;
  void EndFade() noexcept;

  std::array<EqualizerSections, 2> sections_;
  std::size_t heard_ = 0;    // of the two
  bool fading_ = false;      // from the one that is heard to the other
  std::uint32_t jumps_ = 0;  // of the newest that is at work
  bool waiting_ = false;     // `wanted_` has come while they fade
  Targets wanted_{};
  std::array<std::vector<float>, 2> incoming_block_;
  std::size_t warm_up_frames_ = 0;
  std::size_t fade_frames_ = 1;
  std::size_t elapsed_frames_ = 0;  // since the fade began

  std::unique_ptr<PartitionedConvolver> convolver_;  // with linear phase, instead of all that
  Handover<PartitionedFilter> flat_;                 // what it starts with
};
static_assert(Stage<Equalizer>);

}  // namespace auralis
