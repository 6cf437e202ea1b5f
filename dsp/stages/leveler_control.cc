#include "dsp/stages/leveler_control.h"

#include <algorithm>
#include <cmath>

namespace auralis {
namespace {

constexpr double kSilenceLufs = -60.0;
constexpr double kReadingS = 0.1;
constexpr std::size_t kMemoryReadings = 300;    // 30 s
constexpr std::size_t kStartReadings = 100;     // 10 s
constexpr std::size_t kShortTermReadings = 30;  // 3 s
constexpr double kRelativeGateLu = 10.0;
constexpr double kLoudestPartLu = 0.8;  // how far it may pass the target
constexpr double kMostElapsedS = 0.25;  // where readings were lost the gain must not leap
constexpr double kCarefulS = 10.0;      // after a pause
constexpr double kCarefulDbPerS = 1.0;
constexpr double kDownTimes = 4.0;
constexpr double kFastestDownDbPerS = 4.0;

double MeanSquare(double lufs) { return std::pow(10.0, lufs / 10.0); }
double Lufs(double mean_square) { return 10.0 * std::log10(mean_square); }

}  // namespace

void LevelerControl::Prepare(double sample_rate_hz, float gain_db) {
  *this = {};
  sample_rate_hz_ = sample_rate_hz;
  gain_db_ = gain_db;
  readings_.resize(kMemoryReadings);
}

float LevelerControl::Update(std::uint64_t position_frames, float momentary_lufs,
                             const Leveler::Params& params) {
  if (!started_) Start(params);
  const bool goes_on = position_frames > position_frames_;
  const double elapsed_s =
      goes_on ? static_cast<double>(position_frames - position_frames_) / sample_rate_hz_ : 0.0;
  position_frames_ = position_frames;
  const auto lufs = static_cast<double>(momentary_lufs);
  frozen_ = !(lufs >= kSilenceLufs);  // also where it is no number
  if (frozen_) {
    since_pause_s_ = 0.0;
  } else {
    since_pause_s_ += elapsed_s;
    since_reading_s_ += elapsed_s;
    if (since_reading_s_ >= kReadingS) {
      since_reading_s_ = 0.0;
      Remember(lufs);
    }
  }
  if (params.enabled < 0.5F) {
    gain_db_ = 0.0F;
  } else if (!frozen_) {
    Move(static_cast<double>(AimDb(params)), std::min(elapsed_s, kMostElapsedS),
         static_cast<double>(params.speed_db_per_s));
  }
  return gain_db_;
}

float LevelerControl::AimDb(const Leveler::Params& params, float louder_db) const noexcept {
  if (params.enabled < 0.5F) return 0.0F;
  if (count_ == 0) return gain_db_;
  const double programme_lufs = ProgrammeLufs() + static_cast<double>(louder_db);
  return static_cast<float>(std::clamp(static_cast<double>(params.target_lufs) - programme_lufs,
                                       -static_cast<double>(params.max_cut_db),
                                       static_cast<double>(params.max_gain_db)));
}

// The programme that is remembered is one that the first gain suits.
void LevelerControl::Start(const Leveler::Params& params) {
  started_ = true;
  const double lufs = static_cast<double>(params.target_lufs) - static_cast<double>(gain_db_);
  for (std::size_t i = 0; i < kStartReadings; ++i) Remember(lufs);
}

void LevelerControl::Remember(double momentary_lufs) {
  Reading& reading = readings_[next_];
  reading.mean_square = MeanSquare(momentary_lufs);
  next_ = (next_ + 1) % kMemoryReadings;
  count_ = std::min(count_ + 1, kMemoryReadings);
  const std::size_t of = std::min(count_, kShortTermReadings);
  double sum = 0.0;
  for (std::size_t back = 1; back <= of; ++back) {
    sum += readings_[(next_ + kMemoryReadings - back) % kMemoryReadings].mean_square;
  }
  reading.loudness_3s_lufs = Lufs(sum / static_cast<double>(of));
}

double LevelerControl::ProgrammeLufs() const noexcept {
  double sum = 0.0;
  double loudest_lufs = kSilenceLufs;
  for (std::size_t i = 0; i < count_; ++i) {
    sum += readings_[i].mean_square;
    loudest_lufs = std::max(loudest_lufs, readings_[i].loudness_3s_lufs);
  }
  const double gate = sum / static_cast<double>(count_) * MeanSquare(-kRelativeGateLu);
  double gated_sum = 0.0;
  double gated_count = 0.0;
  for (std::size_t i = 0; i < count_; ++i) {
    if (readings_[i].mean_square < gate) continue;
    gated_sum += readings_[i].mean_square;
    gated_count += 1.0;
  }
  return std::max(Lufs(gated_sum / gated_count), loudest_lufs - kLoudestPartLu);
}

void LevelerControl::Move(double aim_db, double seconds, double speed_db_per_s) noexcept {
  const double up =
      since_pause_s_ < kCarefulS ? std::min(speed_db_per_s, kCarefulDbPerS) : speed_db_per_s;
  const double down = std::min(kDownTimes * speed_db_per_s, kFastestDownDbPerS);
  const auto now = static_cast<double>(gain_db_);
  gain_db_ = static_cast<float>(std::clamp(aim_db, now - down * seconds, now + up * seconds));
}

}  // namespace auralis
