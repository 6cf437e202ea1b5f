#include "dsp/stages/exciter.h"

#include <algorithm>
#include <cmath>

#include "dsp/units.h"

namespace auralis {
namespace {

constexpr double kHoldMs = 10.0;
constexpr float kReleaseMs = 10.0F;
constexpr float kLeastLevel = 1e-6F;  // -120 dBFS: below it there is nothing to be excited
constexpr double kTopHz = 10000.0;
constexpr double kTopShare = 0.22;  // of the rate

}  // namespace

const Exciter::Targets& Exciter::Designer::Design(const Params& params) {
  const double top_hz = std::min(kTopHz, kTopShare * sample_rate_hz_);
  const double hz = std::min(static_cast<double>(params.frequency_hz), top_hz);
  const SlopeSections high =
      DesignSlope(FilterType::kHighPass, FilterSlope::k24, hz, 1.0, sample_rate_hz_);
  const SlopeSections low =
      DesignSlope(FilterType::kLowPass, FilterSlope::k48, top_hz, 1.0, sample_rate_hz_);
  for (std::size_t s = 0; s < kDonorSections; ++s) {
    const bool is_high = s < kHighPassSections;
    targets_.donor[s] = MakeSvTarget(
        is_high ? high.sections[s] : low.sections[s - kHighPassSections], SvTarget::Side::kBoth);
    if (is_high) targets_.wet[s] = targets_.donor[s];
  }
  targets_.amount = params.amount;
  return targets_;
}

void Exciter::Prepare(const ProcessSpec& spec, const Params& params) {
  enabled_ = params.enabled >= 0.5F;
  shed_ = false;
  donor_filter_.Prepare(spec.sample_rate_hz, kRampMs, kDonorSections);
  wet_filter_.Prepare(spec.sample_rate_hz, kRampMs, kHighPassSections);
  amount_.Prepare(spec.sample_rate_hz, kRampMs);
  second_ = 2.0F * static_cast<float>(DbToGain(kSecondHarmonicDb));
  third_ = 4.0F * static_cast<float>(DbToGain(kThirdHarmonicDb));
  peak_.Prepare(MsToFrames(kHoldMs, spec.sample_rate_hz));
  release_pole_ = MsToOnePole(kReleaseMs, spec.sample_rate_hz);
  const std::size_t frames = enabled_ ? spec.block_frames : 0;
  for (std::size_t ch = 0; ch < 2; ++ch) {
    if (enabled_) oversamplers_[ch].Prepare(spec.block_frames);
    dry_delay_[ch].Prepare(latency_frames());
    donor_[ch].assign(frames, 0.0F);
    wet_[ch].assign(frames, 0.0F);
  }
  for (auto* block : {&by_level_, &amounts_}) block->assign(frames, 0.0F);
  SetTargets(Designer(spec).Design(DefaultParams<Params>(kParams)));
  Reset();
}

void Exciter::Reset() noexcept {
  amount_.SnapTo(amount_.target());
  Rest();
  for (DelayLine& delay : dry_delay_) delay.Reset();
}

// Forgets what it would add.
void Exciter::Rest() noexcept {
  donor_filter_.Reset();
  wet_filter_.Reset();
  peak_.Reset();
  held_ = 0.0F;
  for (Oversampler& oversampler : oversamplers_) oversampler.Reset();
}

void Exciter::Shed(bool shed) noexcept {
  if (enabled_ && shed_ && !shed && amount_.settled()) Rest();  // what it left is long past
  shed_ = shed;
  amount_.SetTarget(shed_ ? 0.0F : wanted_amount_);
}

void Exciter::SetTargets(const Targets& targets) noexcept {
  donor_filter_.SetTargets(targets.donor);
  wet_filter_.SetTargets(targets.wet);
  wanted_amount_ = targets.amount;
  amount_.SetTarget(shed_ ? 0.0F : wanted_amount_);
}

void Exciter::Process(StereoView io) noexcept {
  if (!enabled_) return;
  if (shed_ && amount_.settled()) {
    dry_delay_[0].Process(io.left, io.left, io.frames);
    dry_delay_[1].Process(io.right, io.right, io.frames);
    return;
  }
  std::copy_n(io.left, io.frames, donor_[0].data());
  std::copy_n(io.right, io.frames, donor_[1].data());
  donor_filter_.Process(donor_[0].data(), donor_[1].data(), io.frames);
  const bool any = Raise(io.frames);
  if (any) Follow(io.frames);
  for (std::size_t ch = 0; ch < 2; ++ch) {
    if (any) AddHarmonics(oversamplers_[ch], io.frames);
    std::fill_n(wet_[ch].data(), io.frames, 0.0F);
    oversamplers_[ch].Lower(any, wet_[ch].data(), io.frames);
  }
  wet_filter_.Process(wet_[0].data(), wet_[1].data(), io.frames);
  dry_delay_[0].Process(io.left, io.left, io.frames);
  dry_delay_[1].Process(io.right, io.right, io.frames);
  amount_.Fill(amounts_.data(), io.frames);
  for (std::size_t i = 0; i < io.frames; ++i) {
    io.left[i] += amounts_[i] * wet_[0][i];
    io.right[i] += amounts_[i] * wet_[1][i];
  }
}

// False in silence.
bool Exciter::Raise(std::size_t frames) noexcept {
  const float loudest = std::max(oversamplers_[0].Push(donor_[0].data(), frames),
                                 oversamplers_[1].Push(donor_[1].data(), frames));
  for (Oversampler& oversampler : oversamplers_) oversampler.Raise(frames);
  return loudest > 0.0F || held_ > 0.0F;
}

void Exciter::Follow(std::size_t frames) noexcept {
  float* const level = by_level_.data();
  std::fill_n(level, frames, 0.0F);
  for (const Oversampler& oversampler : oversamplers_) {
    for (const float* const x : oversampler.instants()) {
      for (std::size_t i = 0; i < frames; ++i) level[i] = std::max(level[i], std::abs(x[i]));
    }
  }
  for (std::size_t i = 0; i < frames; ++i) {
    const float peak = peak_.Next(level[i]);
    held_ = std::max(peak, peak + release_pole_ * (held_ - peak));
    if (held_ < kLeastLevel) held_ = 0.0F;
    level[i] = 1.0F / std::max(held_, kLeastLevel);
  }
}

void Exciter::AddHarmonics(Oversampler& oversampler, std::size_t frames) noexcept {
  for (std::size_t p = 0; p < Oversampler::kPhases; ++p) {
    const float* const x = oversampler.instants()[p];
    float* const added = oversampler.additions()[p];
    for (std::size_t i = 0; i < frames; ++i) {
      const float part = x[i] * by_level_[i];  // of the level
      added[i] = x[i] * (part * (second_ + third_ * part) - 0.75F * third_);
    }
  }
}

}  // namespace auralis
