#include "dsp/stages/stereo.h"

#include <algorithm>
#include <cmath>

#include "dsp/units.h"

namespace auralis {
namespace {

constexpr float kGuardMs = 30.0F;
constexpr double kShelfHz = 1000.0;
constexpr double kShelfQ = 0.5;
constexpr float kUnity = 0.5F;  // of the width

}  // namespace

const StereoImage::Targets& StereoImage::Designer::Design(const Params& params) {
  targets_ = {.sections = {}, .narrowing = 1.0F, .gains = {1.0F, 1.0F}};
  if (params.enabled < 0.5F) return targets_;
  if (params.mono_below_hz > kNotMonoHz) {
    const SlopeSections slope =
        DesignSlope(FilterType::kHighPass, FilterSlope::k24,
                    static_cast<double>(params.mono_below_hz), 1.0, sample_rate_hz_);
    for (std::size_t s = 0; s < slope.count; ++s) {
      targets_.sections[s] = MakeSvTarget(slope.sections[s], SvTarget::Side::kBoth);
    }
  }
  if (params.width > kUnity) {
    const double gain_db = GainToDb(2.0 * static_cast<double>(params.width));
    const SvFilter shelf =
        DesignFilter(FilterType::kHighShelf, kShelfHz, gain_db, kShelfQ, sample_rate_hz_);
    targets_.sections[kSections - 1] = MakeSvTarget(shelf, SvTarget::Side::kSecond);
  }
  targets_.narrowing = std::min(1.0F, 2.0F * params.width);
  targets_.gains = {std::min(1.0F, 1.0F - params.balance), std::min(1.0F, 1.0F + params.balance)};
  return targets_;
}

void StereoImage::Prepare(const ProcessSpec& spec) {
  bank_.Prepare(spec.sample_rate_hz, kRampMs, kSections);
  for (Smoother* smoother : {&narrowing_, &gains_[0], &gains_[1]}) {
    smoother->Prepare(spec.sample_rate_hz, kRampMs);
    smoother->SetTarget(1.0F);
  }
  for (auto& side : sides_) side.assign(spec.block_frames, 0.0F);
  pole_ = MsToOnePole(kGuardMs, spec.sample_rate_hz);
  SetTargets(Designer(spec).Design(DefaultParams<Params>(kParams)));
  Reset();
}

void StereoImage::Reset() noexcept {
  bank_.Reset();
  for (Smoother* smoother : {&narrowing_, &gains_[0], &gains_[1]}) {
    smoother->SnapTo(smoother->target());
  }
  power_ = side_by_added_ = added_power_ = 0.0F;
}

void StereoImage::SetTargets(const Targets& targets) noexcept {
  bank_.SetTargets(targets.sections);
  narrowing_.SetTarget(targets.narrowing);
  for (std::size_t ch = 0; ch < 2; ++ch) gains_[ch].SetTarget(targets.gains[ch]);
}

void StereoImage::Process(StereoView io) noexcept {
  const auto at_rest = [](const Smoother& s) { return s.settled() && s.target() == 1.0F; };
  if (!bank_.is_idle() || !at_rest(narrowing_)) MoveSide(io);
  if (at_rest(gains_[0]) && at_rest(gains_[1])) return;
  for (std::size_t i = 0; i < io.frames; ++i) {
    io.left[i] *= gains_[0].Next();
    io.right[i] *= gains_[1].Next();
  }
}

// What is added to the side is added to one channel and taken from the other: where nothing is,
// both stay bit for bit.
void StereoImage::MoveSide(StereoView io) noexcept {
  float* const kept = sides_[0].data();
  float* const widened = sides_[1].data();
  for (std::size_t i = 0; i < io.frames; ++i) {
    kept[i] = widened[i] = 0.5F * (io.left[i] - io.right[i]);
  }
  bank_.Process(kept, widened, io.frames);
  for (std::size_t i = 0; i < io.frames; ++i) {
    const float side = 0.5F * (io.left[i] - io.right[i]);
    const float added = widened[i] - kept[i];
    float moved = kept[i];
    if (added != 0.0F) {
      moved += GuardedShare(0.5F * (io.left[i] + io.right[i]), kept[i], added) * added;
    }
    const float change = narrowing_.Next() * moved - side;
    io.left[i] += change;
    io.right[i] -= change;
  }
}

// The largest share of `added` with which the power of middle and side, mean((s + share a)^2) +
// mean(m^2), is kMostLossDb over what it was.
float StereoImage::GuardedShare(float middle, float side, float added) noexcept {
  constexpr float kGrowth = 0.2023F;  // 10^0.08 - 1: 0.2 dB in hand for what changes fast
  const float input = 1.0F - pole_;
  power_ = pole_ * power_ + input * (middle * middle + side * side);
  side_by_added_ = pole_ * side_by_added_ + input * side * added;
  added_power_ = pole_ * added_power_ + input * added * added;
  const float budget = kGrowth * power_;
  const float both = side_by_added_ + side_by_added_ + added_power_;
  if (both <= budget) return 1.0F;
  const float root = std::sqrt(side_by_added_ * side_by_added_ + added_power_ * budget);
  return std::clamp((root - side_by_added_) / added_power_, 0.0F, 1.0F);
}

}  // namespace auralis
