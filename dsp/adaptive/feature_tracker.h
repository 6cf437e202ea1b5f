#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "dsp/analysis/analysis_frame.h"
#include "dsp/analysis/zones.h"
#include "dsp/bark_bands.h"

namespace auralis {

// What a programme is like, as far as it was heard.
struct ProgrammeFeatures {
  float heard_s = 0.0F;                        // of it, silence left out; 0 means nothing is known
  std::array<float, kZones> zone_shares{};     // of the power, sum 1
  std::array<float, kBarkBands> bark_power{};  // mean; 1 for a full-scale sine
  float centroid_hz = 0.0F;
  float flatness = 0.0F;
  float loudness_lufs = 0.0F;          // mean over what is not 10 LU below the mean
  float loudness_deviation_lu = 0.0F;  // standard deviation of seconds
  float crest_db = 0.0F;               // peak over RMS of ten seconds
  float width = 0.0F;                  // side / (middle + side)
  float correlation = 0.0F;
  float onsets_per_s = 0.0F;
};

// Listens to one point of the signal and keeps what the programme is like: means over the last 20
// seconds, shorter ones at the start. Nothing moves while the loudness of 400 ms is below -60 LUFS.
// When the balance of the last two seconds differs for one second by more than 30 % of the power
// from what was heard before, another programme has begun, and the means begin anew with these
// seconds. All time is counted in frames of the stream; readings may come at any pace from ten a
// second up.
class FeatureTracker {
 public:
  void Prepare(double sample_rate_hz);  // [control] Forgets.
  // [any] What was measured up to `position_frames`. True when a tenth of a second was completed.
  bool Hear(std::uint64_t position_frames, const LevelReadings& readings);

  const ProgrammeFeatures& features() const noexcept { return features_; }
  double silent_s() const noexcept { return silent_s_; }  // for how long there was nothing to hear
  // How often another programme began since Prepare(), and how long ago the last did, in what was
  // heard.
  std::uint32_t changes() const noexcept { return changes_; }
  double since_change_s() const noexcept { return since_change_s_; }

 private:
  static constexpr std::size_t kCrestSteps = 100;
  static constexpr std::size_t kLoudnessSeconds = 30;
  using Zones = std::array<float, kZones>;

  void Step(double seconds, const LevelReadings& readings);
  void FollowBalance(double seconds, const LevelReadings& readings);
  void FollowLoudness(double seconds, double momentary_lufs);
  void FollowCrest();
  void StartAnew();

  double sample_rate_hz_ = 48000.0;
  bool started_ = false;
  std::uint64_t position_frames_ = 0;
  float peak_dbfs_ = 0.0F;  // since the last step

  ProgrammeFeatures features_;
  double silent_s_ = 0.0;
  Zones slow_{};  // powers
  Zones quick_{};
  double other_s_ = 0.0;  // for how long the balance has been another
  std::uint32_t changes_ = 0;
  double since_change_s_ = 0.0;
  double mean_square_ = 0.0;  // of what counts as loudness
  double second_sum_ = 0.0;   // of the second that is being heard
  double second_s_ = 0.0;
  std::array<float, kLoudnessSeconds> second_lufs_{};
  std::size_t seconds_ = 0;
  struct CrestStep {
    float peak = 0.0F;
    float mean_square = 0.0F;
  };
  std::array<CrestStep, kCrestSteps> crest_steps_{};
  std::size_t crest_count_ = 0;
};

}  // namespace auralis
