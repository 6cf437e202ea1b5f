#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "dsp/filter_design.h"
#include "dsp/kernels/sv_cascade.h"
#include "dsp/smoother.h"
#include "dsp/stage.h"

namespace auralis {

// 32 parametric bands in series. Every band is a bell at 0 dB at first, on the third-octave
// frequencies of ISO 266 from 16 Hz to 20 kHz, so that setting a gain is all it takes.
//
// A band at work is one section of a SIMD cascade (kernels/sv_cascade.h); a band that changes
// nothing is no section at all, so a flat equalizer is the input bit for bit and costs nothing.
// When values change, the coefficients of all sections move to their new places in one ramp: bands
// that come in or go out do so from and to the identity, and a new type is a morph, not a switch.
class Equalizer {
 public:
  static constexpr std::size_t kBands = 32;
  struct Band {
    float enabled;
    float type;
    float frequency_hz;
    float gain_db;
    float q;
  };
  struct Params {
    float enabled;
    float preamp_db;
    std::array<Band, kBands> bands;
  };
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
                                 .doc = "Gain ahead of the bands, to make room for boosts."}),
      ParamFamily("band", &Params::bands,
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
                         .doc = "Shape of this band; passes fall by 12 dB an octave."}},
                       {&Band::frequency_hz,
                        {.key = "frequency",
                         .name = "Frequency",
                         .unit = Unit::kHertz,
                         .scale = Scale::kLog,
                         .min = 10.0F,
                         .max = 24000.0F,
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
                         .doc = "Of a bell at its centre, of a shelf at its end."}},
                       {&Band::q,
                        {.key = "q",
                         .name = "Q",
                         .scale = Scale::kLog,
                         .min = 0.1F,
                         .max = 100.0F,
                         .def = 4.32F,
                         .doc = "Width: centre frequency over bandwidth; 4.32 is a third of an "
                                "octave."}}})));
  static_assert(AreValid<Params>(kParams));

  void Prepare(const ProcessSpec& spec);           // [control]
  void Reset() noexcept;                           // [rt]
  void SetTargets(const Params& params) noexcept;  // [rt]
  void Process(StereoView io) noexcept;            // [rt]
  std::size_t latency_frames() const noexcept { return 0; }

 private:
  // A section's coefficients, in the order of SvCascade::Coefficient.
  using Coefficients = std::array<float, SvCascade::kCoefficients>;
  static constexpr std::size_t kNoSection = SvCascade::kMaxSections;

  struct BandState {
    Coefficients target{};
    bool idle = true;  // the target is the identity
    std::size_t section = kNoSection;
  };

  static Coefficients CoefficientsOf(const SvFilter& filter) noexcept;
  SvFilter DesignBand(const Band& band) const noexcept;
  void StartRamp() noexcept;
  void EndRamp() noexcept;
  SvRamp ramp() const noexcept {
    return {.elapsed_frames = elapsed_frames_, .ramp_frames = ramp_frames_};
  }
  Coefficients Now(std::size_t section) const noexcept;
  void AddSection(std::size_t band, const Coefficients& from, const Coefficients& to) noexcept;

  double sample_rate_hz_ = 48000.0;
  SvCascadeKernels kernels_{};
  Params params_{};
  Smoother preamp_;
  std::array<BandState, kBands> bands_;
  SvCascade cascade_;
  SvCascade previous_;  // while a new cascade is laid out
  std::size_t ramp_frames_ = 1;
  std::size_t elapsed_frames_ = 1;  // of the ramp; ramp_frames_ when it is over
};
static_assert(Stage<Equalizer>);

}  // namespace auralis
