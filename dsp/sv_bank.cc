#include "dsp/sv_bank.h"

#include <algorithm>
#include <cassert>

#include "dsp/units.h"

namespace auralis {
namespace {

using Coefficients = SvTarget::Coefficients;

// The same poles, letting everything through.
Coefficients AsIdentity(Coefficients c) noexcept {
  c[SvCascade::kD0] = 1.0F;
  c[SvCascade::kD1] = c[SvCascade::kD2] = 0.0F;
  return c;
}

}  // namespace

SvTarget MakeSvTarget(const SvFilter& f, SvTarget::Side side) noexcept {
  if (f.is_identity()) return {};
  const double a1 = 1.0 / (1.0 + f.g * (f.g + f.k));
  const double a2 = f.g * a1;
  const double a3 = f.g * a2;
  SvTarget target{.side = side};
  Coefficients& c = target.coefficients;
  c[SvCascade::kB1] = static_cast<float>(-2.0 * f.g * (f.g + f.k) * a1);
  c[SvCascade::kB2] = static_cast<float>(2.0 * a2);
  c[SvCascade::kB3] = static_cast<float>(2.0 * a3);
  c[SvCascade::kD0] = static_cast<float>(f.m0 + f.m1 * a2 + f.m2 * a3);
  c[SvCascade::kD1] = static_cast<float>(f.m1 * a1 + f.m2 * a2);
  c[SvCascade::kD2] = static_cast<float>(f.m2 - f.m1 * a2 - f.m2 * a3);
  return target;
}

void SvBank::Prepare(double sample_rate_hz, float ramp_ms, std::size_t slots) {
  assert(slots <= SvCascade::kMaxSections);
  kernels_ = ResolveSvCascadeKernels();
  ramp_frames_ = std::max<std::size_t>(1, MsToFrames(static_cast<double>(ramp_ms), sample_rate_hz));
  elapsed_frames_ = ramp_frames_;
  targets_.assign(slots, {});
  section_of_.assign(slots, kNoSection);
  cascade_ = std::make_unique<SvCascade>();
  previous_ = std::make_unique<SvCascade>();
  settled_kernel_ = ResolveSvSettledKernel();
  settled_ = std::make_unique<SvSettled>();
}

void SvBank::Reset() noexcept {
  EndRamp();
  for (auto& channel : cascade_->state) {
    for (auto& plane : channel) std::fill(std::begin(plane), std::end(plane), 0.0F);
  }
  for (auto& plane : settled_->state) std::fill(std::begin(plane), std::end(plane), 0.0F);
  last_input_ = last_output_ = {};
}

void SvBank::SetTargets(std::span<const SvTarget> targets) noexcept {
  assert(targets.size() == targets_.size());
  if (std::equal(targets.begin(), targets.end(), targets_.begin())) return;
  std::copy(targets.begin(), targets.end(), targets_.begin());
  StartRamp();
}

void SvBank::Process(float* first, float* second, std::size_t frames) noexcept {
  if (frames == 0) return;
  last_input_ = {first[frames - 1], second[frames - 1]};
  std::size_t done = 0;
  if (elapsed_frames_ < ramp_frames_) {
    done = std::min(frames, ramp_frames_ - elapsed_frames_);
    kernels_.moving(*cascade_, ramp(), first, second, done);
    elapsed_frames_ += done;
    if (elapsed_frames_ == ramp_frames_) EndRamp();
  }
  if (done < frames) {
    if (is_settled()) {
      settled_kernel_(*settled_, first + done, second + done, frames - done);
    } else if (!is_idle()) {
      kernels_.few(*cascade_, first + done, second + done, frames - done);
    }
  }
  last_output_ = {first[frames - 1], second[frames - 1]};
}

SvBank::Pair SvBank::PairOf(const SvTarget& target) noexcept {
  const Coefficients& work = target.coefficients;
  const Coefficients rest = AsIdentity(work);
  switch (target.side) {
    case SvTarget::Side::kBoth:
      return {work, work};
    case SvTarget::Side::kFirst:
      return {work, rest};
    case SvTarget::Side::kSecond:
      return {rest, work};
    case SvTarget::Side::kOff:
      break;
  }
  return {rest, rest};
}

// Lays out a cascade of the filters that are at work or about to be, each from where it is now to
// its target. One that comes in starts as the identity, at rest at the level that reaches it: from
// zero it would ring, as at the start of a sound. One that goes out stays at its poles while it
// fades.
void SvBank::StartRamp() noexcept {
  if (is_settled()) TakeStates(*settled_, *cascade_);
  std::swap(cascade_, previous_);
  cascade_->sections = 0;
  std::array<float, 2> level = last_input_;
  for (std::size_t slot = 0; slot < targets_.size(); ++slot) {
    const SvTarget& target = targets_[slot];
    const std::size_t section = section_of_[slot];
    const bool goes_out = target.side == SvTarget::Side::kOff;
    if (section == kNoSection && goes_out) continue;
    Pair to = PairOf(target);
    Pair from{AsIdentity(to[0]), AsIdentity(to[1])};
    if (section != kNoSection) from = Now(section);
    if (goes_out) to = {AsIdentity(from[0]), AsIdentity(from[1])};
    AddSection(slot, from, to, level);
    if (section != kNoSection) level = last_output_;
  }
  elapsed_frames_ = 0;
}

// At their targets from now on; filters that have become the identity leave the cascade.
void SvBank::EndRamp() noexcept {
  elapsed_frames_ = ramp_frames_;
  std::swap(cascade_, previous_);
  cascade_->sections = 0;
  for (std::size_t slot = 0; slot < targets_.size(); ++slot) {
    if (targets_[slot].side == SvTarget::Side::kOff) {
      section_of_[slot] = kNoSection;
      continue;
    }
    const Pair pair = PairOf(targets_[slot]);
    AddSection(slot, pair, pair, last_output_);
  }
  if (is_settled()) Settle(*cascade_, *settled_);
}

// Where a section of `previous_` was at the last frame.
SvBank::Pair SvBank::Now(std::size_t section) const noexcept {
  // A ramp that is over has no change left, so any position does.
  const float at =
      elapsed_frames_ == 0
          ? 0.0F
          : SvRampPosition({.elapsed_frames = elapsed_frames_ - 1, .ramp_frames = ramp_frames_}, 0);
  Pair now{};
  for (std::size_t ch = 0; ch < 2; ++ch) {
    for (std::size_t c = 0; c < SvCascade::kCoefficients; ++c) {
      now[ch][c] = previous_->value[ch][c][section] + previous_->change[ch][c][section] * at;
    }
  }
  return now;
}

// Appends a section for `slot`, with the state it has in `previous_`, or at rest at `level`.
void SvBank::AddSection(std::size_t slot, const Pair& from, const Pair& to,
                        const std::array<float, 2>& level) noexcept {
  const std::size_t old = section_of_[slot];
  const std::size_t section = cascade_->sections++;
  for (std::size_t ch = 0; ch < 2; ++ch) {
    for (std::size_t c = 0; c < SvCascade::kCoefficients; ++c) {
      cascade_->value[ch][c][section] = from[ch][c];
      cascade_->change[ch][c][section] = to[ch][c] - from[ch][c];
    }
    for (std::size_t s = 0; s < SvCascade::kStates; ++s) {
      const float at_rest = s == SvCascade::kS2 ? level[ch] : 0.0F;
      cascade_->state[ch][s][section] = old == kNoSection ? at_rest : previous_->state[ch][s][old];
    }
  }
  section_of_[slot] = section;
}

}  // namespace auralis
