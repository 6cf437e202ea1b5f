#include "dsp/adaptive/overlay.h"

#include <algorithm>
#include <cmath>

namespace auralis {
namespace {

constexpr std::size_t kThreshold = SignalPath::IndexOf("compressor", "threshold");
constexpr std::size_t kRatio = SignalPath::IndexOf("compressor", "ratio");
constexpr std::size_t kAttack = SignalPath::IndexOf("compressor", "attack");
constexpr std::size_t kRelease = SignalPath::IndexOf("compressor", "release");
constexpr std::size_t kWidth = SignalPath::IndexOf("stereo", "width");
constexpr std::size_t kTarget = SignalPath::IndexOf("leveler", "target");

// What has all but arrived stands still: nothing is published for it.
float Rounded(float value) noexcept { return std::round(value * 100.0F) / 100.0F; }

float Between(float from, float to, float share, Scale scale) noexcept {
  if (scale == Scale::kLog) return from * std::pow(to / from, share);
  return from + share * (to - from);
}

}  // namespace

float AdaptiveShare(const SignalPath::Values& values, const AdaptationState& state) noexcept {
  return values[SignalPath::IndexOf("master", "adaptive")] * state.confidence;
}

std::array<AdaptedParam, kAdaptedParams> AdaptedParams(const SignalPath::Values& values,
                                                       const Pinned& pinned,
                                                       const AdaptationState& state,
                                                       const Calibration& calibration,
                                                       float leveler_gain_db) {
  const Aims& now = state.now;
  const float share = AdaptiveShare(values, state);
  // A programme that arrives softer than usual meets a threshold as much lower.
  const float louder_db =
      state.features.loudness_lufs + leveler_gain_db - calibration.loudness_lufs.median;
  std::array<AdaptedParam, kAdaptedParams> adapted = {
      {{.index = kThreshold, .aim = now.threshold_db + louder_db},
       {.index = kRatio, .aim = now.ratio},
       {.index = kAttack, .aim = now.attack_ms},
       {.index = kRelease, .aim = now.release_ms},
       {.index = kWidth, .aim = now.width},
       {.index = kTarget, .aim = now.target_lufs}}};
  for (AdaptedParam& one : adapted) {
    const ParamSpec& spec = SignalPath::kParams[one.index].spec;
    one.aim = std::clamp(one.aim, spec.min, spec.max);
    one.value = values[one.index];
    one.pinned = pinned[one.index];
    if (one.pinned || share == 0.0F) continue;
    one.value =
        std::clamp(Rounded(Between(one.value, one.aim, share, spec.scale)), spec.min, spec.max);
  }
  return adapted;
}

std::array<float, kBarkBands> AdaptiveDeltaDb(const SignalPath::Values& values,
                                              const AdaptationState& state) {
  constexpr float kSteps = 100.0F;
  std::array<float, kBarkBands> delta_db{};
  const float share = AdaptiveShare(values, state);
  for (std::size_t band = 0; band < kBarkBands; ++band) {
    delta_db[band] = std::round(kSteps * share * state.now.bark_gain_db[band]) / kSteps;
  }
  return delta_db;
}

}  // namespace auralis
