#include "dsp/adaptive/feature_tracker.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "dsp/units.h"

namespace auralis {
namespace {

constexpr double kStepSeconds = 0.1;
constexpr double kSlowSeconds = 20.0;
constexpr double kQuickSeconds = 2.0;
constexpr double kGapSeconds = 1.0;  // of lost readings that count as heard at most
constexpr double kSilenceLufs = -60.0;
constexpr double kGateLu = 10.0;
constexpr double kOtherShare = 0.3;
constexpr double kOtherSeconds = 1.0;

double MeanSquareOf(double lufs) noexcept { return std::pow(10.0, lufs / 10.0); }

std::array<float, kZones> SharesOf(const std::array<float, kZones>& power) noexcept {
  std::array<float, kZones> shares{};
  const float total = std::accumulate(power.begin(), power.end(), 0.0F);
  if (!(total > 0.0F)) return shares;
  for (std::size_t zone = 0; zone < kZones; ++zone) shares[zone] = power[zone] / total;
  return shares;
}

// The share of the power that lies elsewhere.
double Distance(const std::array<float, kZones>& a, const std::array<float, kZones>& b) noexcept {
  double distance = 0.0;
  for (std::size_t zone = 0; zone < kZones; ++zone) {
    distance += 0.5 * static_cast<double>(std::abs(a[zone] - b[zone]));
  }
  return distance;
}

template <std::size_t N>
void Blend(std::array<float, N>& mean, const std::array<float, N>& value, float share) noexcept {
  for (std::size_t i = 0; i < N; ++i) mean[i] += share * (value[i] - mean[i]);
}

void Blend(float& mean, float value, float share) noexcept { mean += share * (value - mean); }

}  // namespace

void FeatureTracker::Prepare(double sample_rate_hz) {
  *this = {};
  sample_rate_hz_ = sample_rate_hz;
}

bool FeatureTracker::Hear(std::uint64_t position_frames, const LevelReadings& readings) {
  if (!started_ || position_frames < position_frames_) {
    started_ = true;
    position_frames_ = position_frames;
    peak_dbfs_ = -std::numeric_limits<float>::infinity();
  }
  peak_dbfs_ = std::max({peak_dbfs_, readings.peak_dbfs[0], readings.peak_dbfs[1]});
  const double seconds = static_cast<double>(position_frames - position_frames_) / sample_rate_hz_;
  if (seconds < kStepSeconds) return false;
  position_frames_ = position_frames;
  Step(std::min(seconds, kGapSeconds), readings);
  peak_dbfs_ = -std::numeric_limits<float>::infinity();
  return true;
}

void FeatureTracker::Step(double seconds, const LevelReadings& readings) {
  if (!(static_cast<double>(readings.momentary_lufs) >= kSilenceLufs)) {
    silent_s_ += seconds;
    return;
  }
  silent_s_ = 0.0;
  since_change_s_ += seconds;
  features_.heard_s += static_cast<float>(seconds);
  FollowBalance(seconds, readings);
  FollowLoudness(seconds, static_cast<double>(readings.momentary_lufs));
  const float rms = std::max(DbToGain(readings.rms_dbfs[0]), DbToGain(readings.rms_dbfs[1]));
  crest_steps_[crest_count_++ % kCrestSteps] = {.peak = DbToGain(peak_dbfs_),
                                                .mean_square = rms * rms};
  FollowCrest();
}

void FeatureTracker::FollowBalance(double seconds, const LevelReadings& readings) {
  const auto share = [&](double time_s) {
    const double heard_s = std::min(time_s, static_cast<double>(features_.heard_s));
    return static_cast<float>(std::min(1.0, seconds / heard_s));
  };
  Blend(quick_, readings.zone_power, share(kQuickSeconds));
  float slow = share(kSlowSeconds);
  Blend(slow_, readings.zone_power, slow);
  const bool other = since_change_s_ > 2.0 * kQuickSeconds &&
                     Distance(SharesOf(quick_), SharesOf(slow_)) > kOtherShare;
  other_s_ = other ? other_s_ + seconds : 0.0;
  if (other_s_ >= kOtherSeconds) {
    StartAnew();
    slow = 1.0F;
  }

  features_.zone_shares = SharesOf(slow_);
  Blend(features_.bark_power, readings.critical_power, slow);
  Blend(features_.centroid_hz, readings.shape.centroid_hz, slow);
  Blend(features_.flatness, readings.shape.flatness, slow);
  Blend(features_.width, readings.stereo.width, slow);
  Blend(features_.correlation, readings.stereo.correlation, slow);
  features_.onsets_per_s = readings.onsets_per_s;
}

void FeatureTracker::StartAnew() {
  ++changes_;
  since_change_s_ = 0.0;
  other_s_ = 0.0;
  // What was heard of the new one weighs as much as it lasted, and what comes counts accordingly.
  features_.heard_s = static_cast<float>(kQuickSeconds);
  slow_ = quick_;
  mean_square_ = 0.0;
  seconds_ = 0;
  crest_count_ = 0;
}

void FeatureTracker::FollowLoudness(double seconds, double momentary_lufs) {
  const double mean_square = MeanSquareOf(momentary_lufs);
  if (mean_square_ == 0.0) mean_square_ = mean_square;
  // Passages far below the rest do not make it softer.
  if (mean_square >= mean_square_ * MeanSquareOf(-kGateLu)) {
    const double heard_s = std::min(kSlowSeconds, static_cast<double>(features_.heard_s));
    mean_square_ += std::min(1.0, seconds / heard_s) * (mean_square - mean_square_);
  }
  features_.loudness_lufs = static_cast<float>(10.0 * std::log10(mean_square_));

  second_sum_ += seconds * mean_square;
  second_s_ += seconds;
  if (second_s_ < 1.0) return;
  second_lufs_[seconds_++ % kLoudnessSeconds] =
      static_cast<float>(10.0 * std::log10(second_sum_ / second_s_));
  second_sum_ = second_s_ = 0.0;
  const std::size_t count = std::min(seconds_, kLoudnessSeconds);
  double sum = 0.0;
  double squares = 0.0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto lufs = static_cast<double>(second_lufs_[i]);
    sum += lufs;
    squares += lufs * lufs;
  }
  const double mean = sum / static_cast<double>(count);
  const double variance = squares / static_cast<double>(count) - mean * mean;
  features_.loudness_deviation_lu = static_cast<float>(std::sqrt(std::max(0.0, variance)));
}

void FeatureTracker::FollowCrest() {
  const std::size_t count = std::min(crest_count_, kCrestSteps);
  float peak = 0.0F;
  float sum = 0.0F;
  for (std::size_t i = 0; i < count; ++i) {
    peak = std::max(peak, crest_steps_[i].peak);
    sum += crest_steps_[i].mean_square;
  }
  if (!(sum > 0.0F)) return;
  features_.crest_db = GainToDb(peak / std::sqrt(sum / static_cast<float>(count)));
}

}  // namespace auralis
