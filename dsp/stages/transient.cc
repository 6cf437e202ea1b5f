#include "dsp/stages/transient.h"

#include <algorithm>
#include <cmath>

#include "dsp/units.h"

namespace auralis {
namespace {

constexpr double kFastRiseMs = 0.25;
constexpr double kFastFallMs = 60.0;  // longer than a period of the bass
constexpr double kSlowRiseMs = 20.0;
constexpr double kSlowFallMs = 300.0;
// A gain that jumps would be a click of its own; but what made the last sound longer has to be gone
// when the next one begins.
constexpr double kGainRiseMs = 0.5;
constexpr double kGainFallMs = 0.1;
constexpr double kWakeMs = 20.0;
// Envelopes end here: what is quieter has neither attack nor sustain.
constexpr float kFloor = 1e-4F;

float PartOf(double ms, double sample_rate_hz) {
  return static_cast<float>(1.0 - MsToOnePole(ms, sample_rate_hz));
}

}  // namespace

void Transient::Prepare(const ProcessSpec& spec) {
  const double rate = spec.sample_rate_hz;
  kernels_ = ResolveDynamicsKernels();
  share_.Prepare(rate, kRampMs);
  attack_.Prepare(rate, kRampMs);
  sustain_.Prepare(rate, kRampMs);
  fast_ = {.rise = PartOf(kFastRiseMs, rate), .fall = PartOf(kFastFallMs, rate)};
  slow_rise_ = {.rise = PartOf(kSlowRiseMs, rate), .fall = 1.0F};
  slow_fall_ = {.rise = 1.0F, .fall = PartOf(kSlowFallMs, rate)};
  gain_db_ = {.rise = PartOf(kGainRiseMs, rate), .fall = PartOf(kGainFallMs, rate)};
  wake_frames_ = MsToFrames(kWakeMs, rate);
  for (auto& block : levels_db_) block.assign(spec.block_frames, 0.0F);
  SetTargets(DefaultParams<Params>(kParams));
  Reset();
}

void Transient::Reset() noexcept {
  share_.Reset();
  Rest();
}

void Transient::SetTargets(const Params& params) noexcept {
  targets_ = params;
  share_.SetTarget(
      params.enabled, [this] { Aim(); }, [this] { Rest(); });
}

void Transient::Aim() noexcept {
  attack_.SetTarget(targets_.attack);
  sustain_.SetTarget(targets_.sustain);
}

void Transient::Process(StereoView io) noexcept {
  share_.Process(
      io, [this](StereoView part) { Shape(part); }, [this] { Rest(); }, [](StereoView) {});
}

void Transient::Shape(StereoView io) noexcept {
  auto& [fast_db, slow_rise_db, slow_fall_db] = levels_db_;
  for (std::size_t i = 0; i < io.frames; ++i) {
    // The slow ones follow the fast one, not the wave: in steady sound all three agree.
    const float fast = fast_.Next(std::max({std::abs(io.left[i]), std::abs(io.right[i]), kFloor}));
    if (awake_frames_ < wake_frames_) {
      // What is heard now has begun before.
      slow_rise_.value = slow_fall_.value = fast;
      ++awake_frames_;
    }
    const float slow_rise = slow_rise_.Next(fast);
    const float slow_fall = slow_fall_.Next(fast);
    fast_db[i] = fast * fast;
    slow_rise_db[i] = slow_rise * slow_rise;
    slow_fall_db[i] = slow_fall * slow_fall;
  }
  for (auto& block : levels_db_) kernels_.power_to_db(block.data(), io.frames, block.data());
  float* const gain = fast_db.data();
  for (std::size_t i = 0; i < io.frames; ++i) {
    const float attack_db = std::clamp(fast_db[i] - slow_rise_db[i], 0.0F, kMostDb);
    const float sustain_db = std::clamp(slow_fall_db[i] - fast_db[i], 0.0F, kMostDb);
    gain[i] = gain_db_.Next(attack_.Next() * attack_db + sustain_.Next() * sustain_db);
  }
  kernels_.db_to_gain(gain, io.frames, gain);
  share_.Apply(gain, io, slow_rise_db.data());
}

void Transient::Rest() noexcept {
  Aim();
  attack_.SnapTo(attack_.target());
  sustain_.SnapTo(sustain_.target());
  for (Follower* envelope : {&fast_, &slow_rise_, &slow_fall_}) envelope->value = kFloor;
  gain_db_.value = 0.0F;
  awake_frames_ = 0;
}

}  // namespace auralis
