#include "dsp/stages/bass.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "dsp/units.h"

namespace auralis {
namespace {

constexpr double kHoldMs = 30.0;
constexpr float kReleaseMs = 50.0F;
constexpr double kLateMs = 6.0;
constexpr float kLeastLevel = 1e-6F;   // -120 dBFS
constexpr float kMostLevel = 1e3F;     // +60 dBFS: sums of whole numbers do not overflow
constexpr float kWhole = 16777216.0F;  // of the level as a whole number

Bass::Polynomial HarmonicPolynomial() {
  const auto weight = [](std::size_t harmonic) {
    return static_cast<float>(DbToGain(Bass::kHarmonicsDb[harmonic - 2]));
  };
  // T2 = 2 u^2 - 1, T3 = 4 u^3 - 3 u, T4 = 8 u^4 - 8 u^2 + 1, T5 = 16 u^5 - 20 u^3 + 5 u
  return {.u1 = -3.0F * weight(3) + 5.0F * weight(5),
          .u2 = 2.0F * weight(2) - 8.0F * weight(4),
          .u3 = 4.0F * weight(3) - 20.0F * weight(5),
          .u4 = 8.0F * weight(4),
          .u5 = 16.0F * weight(5)};
}

}  // namespace

const Bass::Targets& Bass::Designer::Design(const Params& params) {
  const auto hz = static_cast<double>(params.frequency_hz);
  const bool on = params.enabled >= 0.5F;
  const auto slope = [&](FilterType type, SvTarget::Side side) {
    std::array<SvTarget, kSections> targets{};
    const SlopeSections sections = DesignSlope(type, FilterSlope::k24, hz, 1.0, sample_rate_hz_);
    for (std::size_t s = 0; s < kSections; ++s) {
      targets[s] = MakeSvTarget(sections.sections[s], side);
    }
    return targets;
  };
  targets_.share = on ? 1.0F : 0.0F;
  targets_.amount = params.amount;
  targets_.lowpass = slope(FilterType::kLowPass, SvTarget::Side::kFirst);
  targets_.highpass = slope(FilterType::kHighPass, SvTarget::Side::kFirst);
  targets_.dry_highpass = {};
  if (on && params.keep_fundamental < 0.5F) {
    targets_.dry_highpass = slope(FilterType::kHighPass, SvTarget::Side::kBoth);
  }
  return targets_;
}

void Bass::Prepare(const ProcessSpec& spec) {
  share_.Prepare(spec.sample_rate_hz, kRampMs);
  amount_.Prepare(spec.sample_rate_hz, kRampMs);
  for (SvBank* bank : {&lowpass_, &highpass_, &dry_highpass_}) {
    bank->Prepare(spec.sample_rate_hz, kRampMs, kSections);
  }
  const std::size_t late_frames = MsToFrames(kLateMs, spec.sample_rate_hz);
  const std::size_t first = late_frames / 2 + 1;
  const std::size_t second = late_frames - late_frames / 2;
  // Two averages that are `first` and `second` long together reach late_frames back.
  peak_.Prepare(MsToFrames(kHoldMs, spec.sample_rate_hz) + late_frames);
  first_average_.Prepare(first);
  second_average_.Prepare(second);
  average_scale_ = 1.0 / (static_cast<double>(first) * static_cast<double>(second) *
                          static_cast<double>(kWhole));
  delay_.Prepare(late_frames);
  polynomial_ = HarmonicPolynomial();
  release_pole_ = MsToOnePole(kReleaseMs, spec.sample_rate_hz);
  for (auto* block : {&donor_, &unused_, &shares_}) block->assign(spec.block_frames, 0.0F);
  SetTargets(Designer(spec).Design(DefaultParams<Params>(kParams)));
  Reset();
}

void Bass::Reset() noexcept {
  share_.Reset();
  dry_highpass_.Reset();
  Rest();
}

void Bass::SetTargets(const Targets& targets) noexcept {
  targets_ = targets;
  dry_highpass_.SetTargets(targets.dry_highpass);
  share_.SetTarget(
      targets.share, [this] { Aim(); }, [this] { Rest(); });
}

void Bass::Aim() noexcept {
  amount_.SetTarget(targets_.amount);
  lowpass_.SetTargets(targets_.lowpass);
  highpass_.SetTargets(targets_.highpass);
}

void Bass::Rest() noexcept {
  Aim();
  amount_.SnapTo(amount_.target());
  lowpass_.Reset();
  highpass_.Reset();
  peak_.Reset();
  held_ = 0.0F;
  first_average_.Reset();
  second_average_.Reset();
  delay_.Reset();
}

void Bass::Process(StereoView io) noexcept {
  // The harmonics are of what came in, whatever becomes of it.
  if (share_.target() != 0.0F || share_.frames_left() > 0) {
    for (std::size_t i = 0; i < io.frames; ++i) donor_[i] = 0.5F * (io.left[i] + io.right[i]);
  }
  dry_highpass_.Process(io.left, io.right, io.frames);
  share_.Process(
      io, [this](StereoView part) { MakeHarmonics(part); }, [this] { Rest(); }, [](StereoView) {});
}

// Of the donor's first frames: a part that is active is always the first one.
void Bass::MakeHarmonics(StereoView io) noexcept {
  const auto [u1, u2, u3, u4, u5] = polynomial_;
  lowpass_.Process(donor_.data(), unused_.data(), io.frames);
  float* const late = unused_.data();
  delay_.Process(donor_.data(), late, io.frames);
  for (std::size_t i = 0; i < io.frames; ++i) {
    const float peak = peak_.Next(std::min(std::abs(donor_[i]), kMostLevel));
    held_ = std::max(peak, peak + release_pole_ * (held_ - peak));
    if (held_ < kLeastLevel) held_ = 0.0F;
    const auto whole = static_cast<std::int64_t>(std::ceil(held_ * kWhole));
    const std::int64_t sum = second_average_.Next(first_average_.Next(whole));
    const auto average = static_cast<float>(static_cast<double>(sum) * average_scale_);
    const float level = std::max(average, kLeastLevel);
    const float u = late[i] / level;
    donor_[i] = level * u * (u1 + u * (u2 + u * (u3 + u * (u4 + u * u5))));
  }
  highpass_.Process(donor_.data(), unused_.data(), io.frames);
  share_.Fill(shares_.data(), io.frames);
  for (std::size_t i = 0; i < io.frames; ++i) {
    const float added = shares_[i] * amount_.Next() * donor_[i];
    io.left[i] += added;
    io.right[i] += added;
  }
}

}  // namespace auralis
