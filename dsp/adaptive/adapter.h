#pragma once

#include <cstdint>
#include <optional>

#include "dsp/adaptive/aims.h"
#include "dsp/adaptive/calibration.h"
#include "dsp/adaptive/feature_tracker.h"

namespace auralis {

// Everything that adaptation knows, aims at and does, at one moment.
struct AdaptationState {
  enum class Doing {
    kWaiting,  // less than two seconds were heard yet
    kFollowing,
    kHolding,  // there is nothing to hear
    kFrozen,   // by a person
  };
  Doing doing = Doing::kWaiting;
  std::uint64_t position_frames = 0;  // of the stream, when this was worked out
  double silent_s = 0.0;
  float confidence = 0.0F;       // 0 to 1, with how much was heard
  std::uint32_t programmes = 0;  // that began since it listens
  ProgrammeFeatures features;
  Coordinates at;
  Aims aims;
  Aims now;  // on the way to them; `confidence` has not been applied
};

// Follows a programme: hears the chain's input, and moves what it would have the chain do toward
// what the programme asks for, a step of 0.1 s at a time: the balance in 4 s, the compressor in 2,
// the width in 3, the loudness in 5 (63 %); all of it in 1 s for the four seconds after another
// programme began. Aims that differ by less than a quarter dB from the last are not followed.
// Silence holds everything. Pure: no thread, no clock; the same readings give the same result.
class Adapter {
 public:
  void Prepare(double sample_rate_hz, const Calibration& calibration);  // [control] Forgets.
  // [control] What was measured at the input of the chain up to `position_frames`.
  void Hear(std::uint64_t position_frames, const LevelReadings& input);
  void SetReference(std::optional<Reference> reference);  // [control]
  void SetCalibration(const Calibration& calibration);    // [control]
  void Freeze(bool frozen) noexcept;                      // [control] until told otherwise
  void Relearn();  // [control] forgets the programme; what it does goes on until it knows more

  const AdaptationState& state() const noexcept { return state_; }  // [control]
  const std::optional<Reference>& reference() const noexcept { return reference_; }
  const Calibration& calibration() const noexcept { return calibration_; }

 private:
  void Aim();
  void Move(double seconds);

  double sample_rate_hz_ = 48000.0;
  Calibration calibration_;
  std::optional<Reference> reference_;
  FeatureTracker programme_;
  AdaptationState state_;
  std::uint64_t position_frames_ = 0;
  bool frozen_ = false;
  bool aimed_ = false;  // once
};

}  // namespace auralis
