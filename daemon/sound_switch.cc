#include "daemon/sound_switch.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace auralis {
namespace {

// Long enough for a leap to show, short enough for the control thread to measure at once.
constexpr double kSwitchSeconds = 1.5;
// Of it, after the switch: as long as the gain has a course.
constexpr double kMeasuredSeconds = MatchGain::Course::kSteps * MatchGain::Course::kStepMs / 1000.0;
// Of a switch, so that high rates do not hold up the control thread; and of all that is kept.
constexpr std::size_t kMostFrames = std::size_t{1} << 18U;
constexpr std::size_t kMostKeptFrames = std::size_t{1} << 20U;
constexpr float kSilence = 1e-5F;  // -100 dBFS
constexpr double kSilentSeconds = 0.1;

float CeilingOf(const Sound& sound) {
  return sound.targets[SignalPath::IndexOf("limiter", "ceiling")];
}

bool EndsInSilence(const Excerpt& excerpt, std::size_t frames) {
  const auto silent = [&](const std::vector<float>& channel) {
    const auto last = static_cast<std::ptrdiff_t>(std::min(frames, channel.size()));
    return std::all_of(channel.end() - last, channel.end(),
                       [](float x) { return std::abs(x) <= kSilence; });
  };
  return silent(excerpt[0]) && silent(excerpt[1]);
}

}  // namespace

void SoundSwitch::Listen(double sample_rate_hz) {
  sample_rate_hz_ = sample_rate_hz;
  recent_ = std::make_unique<RecentSound>(
      sample_rate_hz, std::min(kRecentSeconds, kMostKeptFrames / sample_rate_hz));
  position_frames_ = 0;
}

Excerpt SoundSwitch::Heard(double seconds) const {
  if (recent_ == nullptr) return {};
  const auto frames = static_cast<std::size_t>(seconds * sample_rate_hz_);
  return recent_->Newest(frames);
}

SwitchOutcome SoundSwitch::Measure(const Sound& first, const Sound& second,
                                   const Excerpt& excerpt) const {
  const EngineOptions& options = hooks_.engine().options();
  const auto after = static_cast<std::size_t>(kMeasuredSeconds * sample_rate_hz_);
  const std::size_t frames = excerpt[0].size();
  return CompareSwitch(
      {.sample_rate_hz = options.sample_rate_hz, .block_frames = options.block_frames}, first,
      second, excerpt, frames - std::min(after, frames / 2));
}

void SoundSwitch::Begin() {
  if (depth_++ > 0) return;
  before_ = hooks_.engine().sound();
  hooks_.engine().HoldBack();
}

void SoundSwitch::End() { Land(std::nullopt); }

void SoundSwitch::EndAt(float gain_db) { Land(gain_db); }

void SoundSwitch::Land(std::optional<float> gain_db) {
  if (--depth_ > 0) return;
  const Sound after = hooks_.engine().sound();
  const bool another = after.targets != before_.targets || after.response != before_.response;
  if (another || gain_db) {
    const Excerpt excerpt = Heard(std::min(kSwitchSeconds, kMostFrames / sample_rate_hz_));
    const float before_db = match_.gain_db();
    // Nobody hears a step, and what comes next is not to wait for measurements: it may be why the
    // preset is another.
    if (EndsInSilence(excerpt, static_cast<std::size_t>(kSilentSeconds * sample_rate_hz_))) {
      match_.Start(gain_db.value_or(0.0F), gain_db.value_or(0.0F));
      hooks_.engine().SetMatchGain(match_.gain_db());
    } else {
      const SwitchOutcome outcome = Measure(before_, after, excerpt);
      const float as_loud_db = MatchGainDb(outcome.settled, before_db, CeilingOf(after));
      match_.Start(gain_db.value_or(as_loud_db), gain_db.value_or(0.0F));
      hooks_.engine().SetMatchGain(match_.gain_db(), MatchCourseDb(outcome, before_db, match_));
    }
  }
  before_ = {};
  // The gain goes back from now on, not from the last readings that were heard before all this.
  if (recent_ != nullptr) position_frames_ = std::max(position_frames_, recent_->position_frames());
  hooks_.engine().LetGo();
}

void SoundSwitch::Advance(std::uint64_t position_frames) {
  const std::uint64_t before = std::exchange(position_frames_, position_frames);
  if (position_frames <= before) return;
  match_.Advance(static_cast<double>(position_frames - before) / sample_rate_hz_);
}

}  // namespace auralis
