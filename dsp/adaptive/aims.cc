#include "dsp/adaptive/aims.h"

#include <algorithm>
#include <cmath>

#include "dsp/adaptive/balance_curve.h"
#include "dsp/adaptive/masking.h"
#include "dsp/units.h"

namespace auralis {
namespace {

// What may be done to a zone without a reference: lifts where something is missing are as welcome
// as cuts, but treble is rather cut than lifted.
struct Bound {
  float lift_db;
  float cut_db;
};
constexpr std::array<Bound, kZones> kBounds = {{{4.0F, 2.0F},
                                                {4.0F, 2.0F},
                                                {2.0F, 2.0F},
                                                {2.0F, 2.0F},
                                                {1.5F, 2.5F},
                                                {1.5F, 3.0F},
                                                {2.0F, 2.0F}}};
constexpr float kReferenceBoundDb = 24.0F;  // soft; `bark` ends at 12 dB
// A zone that holds next to nothing is not lifted: its noise would be.
constexpr float kEmptyDb = -30.0F;  // beside what is usual
constexpr float kThereDb = -15.0F;
constexpr float kLeastShare = 1e-6F;
// What a correction is worth to the ear: nothing is gained by moving what it hardly hears.
constexpr std::array<float, kBarkBands> kWeights = {
    0.3F, 0.6F, 0.6F, 0.8F, 0.8F, 0.8F, 0.8F, 0.8F, 0.8F, 1.0F, 1.0F, 1.0F, 1.0F,
    1.0F, 1.0F, 1.0F, 1.0F, 0.8F, 0.8F, 0.8F, 0.8F, 0.6F, 0.6F, 0.6F, 0.3F};
constexpr float kClearDb = 12.0F;  // above the mask

float SmoothBetween(float value, float low, float high) noexcept {
  return SmoothStep(std::clamp((value - low) / (high - low), 0.0F, 1.0F));
}

float ZoneGainDb(float share, float wanted, Bound bound) noexcept {
  const float lacking_db =
      10.0F * std::log10(std::max(wanted, kLeastShare) / std::max(share, kLeastShare));
  if (lacking_db < 0.0F) return bound.cut_db * std::tanh(lacking_db / bound.cut_db);
  return SmoothBetween(-lacking_db, kEmptyDb, kThereDb) * bound.lift_db *
         std::tanh(lacking_db / bound.lift_db);
}

// K-weighting (ITU-R BS.1770-4) at the middle of a band within half a dB: a high-pass at 38 Hz, and
// 4 dB more for what the head shades off.
float LoudnessWeight(std::size_t band) noexcept {
  const auto hz = static_cast<float>(BarkCentreHz(band));
  const float below = 38.0F / hz;
  const float shelf_db = 4.0F * SmoothBetween(std::log2(hz), std::log2(700.0F), std::log2(4000.0F));
  return DbToGain(2.0F * shelf_db) / ((1.0F + below * below) * (1.0F + below * below));
}

// Moves the curve up or down until the programme is as loud as before: a balance is no volume knob.
void KeepLoudness(const ProgrammeFeatures& features, Aims& aims) {
  float before = 0.0F;
  float after = 0.0F;
  for (std::size_t band = 0; band < kBarkBands; ++band) {
    const float power = LoudnessWeight(band) * features.bark_power[band];
    before += power;
    after += power * std::pow(10.0F, 0.1F * aims.bark_gain_db[band]);
  }
  if (!(before > 0.0F)) return;
  const float louder_db = 10.0F * std::log10(after / before);
  for (float& gain_db : aims.bark_gain_db) gain_db -= louder_db;
  for (float& gain_db : aims.zone_gain_db) gain_db -= louder_db;
}

void AimAtBalance(const ProgrammeFeatures& features, const std::array<float, kZones>& wanted,
                  bool matches, Aims& aims) {
  for (std::size_t zone = 0; zone < kZones; ++zone) {
    const Bound bound = matches ? Bound{kReferenceBoundDb, kReferenceBoundDb} : kBounds[zone];
    aims.zone_gain_db[zone] = ZoneGainDb(features.zone_shares[zone], wanted[zone], bound);
  }
  aims.bark_gain_db = BalanceCurveDb(aims.zone_gain_db, features.bark_power);
  if (matches) return KeepLoudness(features, aims);
  const auto margin_db = SignalToMaskDb(features.bark_power);
  for (std::size_t band = 0; band < kBarkBands; ++band) {
    const float heard = 0.5F + 0.5F * SmoothBetween(margin_db[band], 0.0F, kClearDb);
    aims.bark_gain_db[band] *= kWeights[band] * heard;
  }
  KeepLoudness(features, aims);
}

// A bell over the dynamics: what is crushed is left alone, and so is what lives by its contrasts.
// In between up to 1.8:1.
void AimAtDynamics(const ProgrammeFeatures& features, float dynamic, const Reference* reference,
                   Aims& aims) {
  const float off = (dynamic - 0.55F) / 0.18F;
  aims.ratio = 1.0F + 0.8F * std::exp(-0.5F * off * off);
  aims.threshold_db = -18.0F - 8.0F * dynamic;
  aims.attack_ms = 12.0F + 18.0F * dynamic;
  aims.release_ms = 120.0F + 130.0F * dynamic;
  if (reference != nullptr) {
    // A tenth for each dB of crest factor that the reference has less.
    aims.ratio = std::clamp(1.0F + 0.1F * (features.crest_db - reference->crest_db), 1.0F, 2.0F);
  }
}

// A narrow image is opened by 1.9 dB of side at most. What is mono stays it, what is wide stays as
// wide.
float WidthFor(const ProgrammeFeatures& features) noexcept {
  constexpr float kMost = 0.12F;
  const float narrow = 1.0F - SmoothBetween(features.width, 0.08F, 0.25F);
  const float stereo = SmoothBetween(features.width, 0.01F, 0.08F);
  return 0.5F + kMost * narrow * stereo;
}

}  // namespace

Coordinates CoordinatesOf(const ProgrammeFeatures& features, const Calibration& calibration) {
  const auto& share = features.zone_shares;
  const float low = share[0] + share[1] + share[2];
  const float high = share[4] + share[5] + share[6];
  const float ratio = std::log(std::max(high, kLeastShare) / std::max(low, kLeastShare));
  return {.spectral =
              0.7F * calibration.log_high_over_low.Of(ratio) +
              0.3F * calibration.log_centroid.Of(std::log(std::max(features.centroid_hz, 1.0F))),
          .dynamic = 0.75F * calibration.crest_db.Of(features.crest_db) +
                     0.25F * calibration.log_loudness_deviation.Of(
                                 std::log1p(features.loudness_deviation_lu)),
          .energy = calibration.loudness_lufs.Of(features.loudness_lufs)};
}

Aims AimsFor(const ProgrammeFeatures& features, const Calibration& calibration,
             const Reference* reference) {
  const Coordinates at = CoordinatesOf(features, calibration);
  Aims aims;
  AimAtBalance(features, reference != nullptr ? reference->zone_shares : calibration.zone_shares,
               reference != nullptr, aims);
  AimAtDynamics(features, at.dynamic, reference, aims);
  aims.width = WidthFor(features);
  // Lively music needs room for its peaks: -14 LUFS for what is dense, -18 for what is not.
  aims.target_lufs = reference != nullptr ? std::clamp(reference->loudness_lufs, -30.0F, -8.0F)
                                          : -14.0F - 4.0F * at.dynamic;
  return aims;
}

}  // namespace auralis
