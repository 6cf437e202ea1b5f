#include "dsp/adaptive/adapter.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "dsp/units.h"

namespace auralis {
namespace {

constexpr double kBalanceSeconds = 4.0;
constexpr double kDynamicsSeconds = 2.0;
constexpr double kWidthSeconds = 3.0;
constexpr double kLoudnessSeconds = 5.0;
constexpr double kHurrySeconds = 1.0;
constexpr double kHurryFor = 4.0;  // seconds after another programme began
constexpr double kGapSeconds = 1.0;

constexpr float kSameDb = 0.25F;
constexpr float kSameRatio = 0.03F;
constexpr float kSameShare = 0.05F;  // of a time
constexpr float kSameWidth = 0.01F;

// What was heard: nothing can be said after 2 s, all after 10.
constexpr float kKnowsNothingSeconds = 2.0F;
constexpr float kKnowsAllSeconds = 10.0F;
constexpr float kConfidencePerSecond = 0.25F;

void Take(float& aim, float fresh, float same) noexcept {
  if (std::abs(fresh - aim) > same) aim = fresh;
}

class Mover {
 public:
  Mover(double seconds, double hurry) : seconds_(seconds), hurry_(hurry) {}
  void operator()(float& now, float aim, double time_s) const noexcept {
    const double share = 1.0 - std::exp(-seconds_ / (hurry_ > 0.0 ? kHurrySeconds : time_s));
    now += static_cast<float>(share) * (aim - now);
  }

 private:
  double seconds_;
  double hurry_;
};

}  // namespace

void Adapter::Prepare(double sample_rate_hz, const Calibration& calibration) {
  sample_rate_hz_ = sample_rate_hz;
  calibration_ = calibration;
  programme_.Prepare(sample_rate_hz);
  state_ = {};
  position_frames_ = 0;
  aimed_ = false;
}

void Adapter::Hear(std::uint64_t position_frames, const LevelReadings& input) {
  if (frozen_) {
    state_.doing = AdaptationState::Doing::kFrozen;
    return;
  }
  if (!programme_.Hear(position_frames, input)) return;
  const double seconds = std::min(
      kGapSeconds, static_cast<double>(position_frames - position_frames_) / sample_rate_hz_);
  position_frames_ = position_frames;
  state_.position_frames = position_frames;
  state_.silent_s = programme_.silent_s();
  state_.programmes = programme_.changes();
  state_.features = programme_.features();
  if (state_.features.heard_s < kKnowsNothingSeconds) {
    state_.doing = AdaptationState::Doing::kWaiting;
    return;
  }
  if (programme_.silent_s() > 0.0) {
    state_.doing = AdaptationState::Doing::kHolding;
    return;
  }
  state_.doing = AdaptationState::Doing::kFollowing;
  Aim();
  Move(seconds);
}

void Adapter::SetReference(std::optional<Reference> reference) {
  reference_ = std::move(reference);
  aimed_ = false;
}

void Adapter::SetCalibration(const Calibration& calibration) {
  calibration_ = calibration;
  aimed_ = false;
}

void Adapter::Freeze(bool frozen) noexcept {
  frozen_ = frozen;
  state_.doing = frozen   ? AdaptationState::Doing::kFrozen
                 : aimed_ ? AdaptationState::Doing::kFollowing
                          : AdaptationState::Doing::kWaiting;
}

void Adapter::Relearn() { programme_.Prepare(sample_rate_hz_); }

void Adapter::Aim() {
  state_.at = CoordinatesOf(state_.features, calibration_);
  const Aims fresh = AimsFor(state_.features, calibration_, reference_ ? &*reference_ : nullptr);
  Aims& aims = state_.aims;
  if (!std::exchange(aimed_, true)) {
    aims = fresh;
    return;
  }
  for (std::size_t zone = 0; zone < kZones; ++zone) {
    Take(aims.zone_gain_db[zone], fresh.zone_gain_db[zone], kSameDb);
  }
  for (std::size_t band = 0; band < kBarkBands; ++band) {
    Take(aims.bark_gain_db[band], fresh.bark_gain_db[band], kSameDb);
  }
  Take(aims.threshold_db, fresh.threshold_db, kSameDb);
  Take(aims.ratio, fresh.ratio, kSameRatio);
  Take(aims.attack_ms, fresh.attack_ms, kSameShare * aims.attack_ms);
  Take(aims.release_ms, fresh.release_ms, kSameShare * aims.release_ms);
  Take(aims.width, fresh.width, kSameWidth);
  Take(aims.target_lufs, fresh.target_lufs, kSameDb);
}

void Adapter::Move(double seconds) {
  const float known = SmoothStep(std::clamp(
      (state_.features.heard_s - kKnowsNothingSeconds) / (kKnowsAllSeconds - kKnowsNothingSeconds),
      0.0F, 1.0F));
  // After another programme began, what is known grows back; what is done does not fall back
  // meanwhile.
  if (known > state_.confidence) {
    state_.confidence =
        std::min(known, state_.confidence + kConfidencePerSecond * static_cast<float>(seconds));
  }
  const bool another = programme_.changes() > 0 && programme_.since_change_s() < kHurryFor;
  const Mover move(seconds, another ? kHurrySeconds : 0.0);
  Aims& now = state_.now;
  const Aims& aims = state_.aims;
  for (std::size_t zone = 0; zone < kZones; ++zone) {
    move(now.zone_gain_db[zone], aims.zone_gain_db[zone], kBalanceSeconds);
  }
  for (std::size_t band = 0; band < kBarkBands; ++band) {
    move(now.bark_gain_db[band], aims.bark_gain_db[band], kBalanceSeconds);
  }
  move(now.threshold_db, aims.threshold_db, kDynamicsSeconds);
  move(now.ratio, aims.ratio, kDynamicsSeconds);
  move(now.attack_ms, aims.attack_ms, kDynamicsSeconds);
  move(now.release_ms, aims.release_ms, kDynamicsSeconds);
  move(now.width, aims.width, kWidthSeconds);
  move(now.target_lufs, aims.target_lufs, kLoudnessSeconds);
}

}  // namespace auralis
