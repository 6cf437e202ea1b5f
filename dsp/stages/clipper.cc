#include "dsp/stages/clipper.h"

#include <algorithm>
#include <cmath>

#include "dsp/units.h"

namespace auralis {

void Clipper::Prepare(const ProcessSpec& spec, const Params& params) {
  enabled_ = params.enabled >= 0.5F;
  kernels_ = ResolveSoftClipKernels();
  threshold_.Prepare(spec.sample_rate_hz, kRampMs);
  finely_.Prepare(spec.sample_rate_hz, kRampMs);
  finely_.SetTarget(1.0F);
  for (auto* block : {&thresholds_, &shares_, &coarse_}) block->assign(spec.block_frames, 0.0F);
  if (enabled_) {
    for (Oversampler& oversampler : oversamplers_) oversampler.Prepare(spec.block_frames);
  }
  SetTargets(DefaultParams<Params>(kParams));
  Reset();
}

std::size_t Clipper::latency_frames() const noexcept {
  return enabled_ ? Oversampler::kLatencyFrames : 0;
}

void Clipper::Reset() noexcept {
  threshold_.SnapTo(threshold_.target());
  finely_.SnapTo(finely_.target());
  for (Oversampler& oversampler : oversamplers_) oversampler.Reset();
}

void Clipper::SetTargets(const Params& params) noexcept {
  threshold_.SetTarget(DbToGain(params.threshold_db));
}

void Clipper::Process(StereoView io) noexcept {
  if (!enabled_) return;
  threshold_.Fill(thresholds_.data(), io.frames);
  finely_.Fill(shares_.data(), io.frames);
  ProcessChannel(oversamplers_[0], io.left, io.frames);
  ProcessChannel(oversamplers_[1], io.right, io.frames);
}

void Clipper::ProcessChannel(Oversampler& oversampler, float* io, std::size_t frames) noexcept {
  const float loudest = oversampler.Push(io, frames);
  const float lowest = std::min(thresholds_[0], thresholds_[frames - 1]);  // a ramp is monotonic
  bool changed = false;
  // A ramp is monotonic: with nothing at both ends there is nothing between.
  const float most = std::max(shares_[0], shares_[frames - 1]);
  const float least = std::min(shares_[0], shares_[frames - 1]);
  if (most == 0.0F) {
    oversampler.RaiseLast(frames);
    oversampler.CopyDelayed(io, frames);
    oversampler.Lower(false, io, frames);
    return ClipCoarsely(io, frames);
  }
  if (least < 1.0F) {
    oversampler.CopyDelayed(coarse_.data(), frames);
    ClipCoarsely(coarse_.data(), frames);
  }
  if (oversampler.overshoot() * loudest > lowest) {
    changed = kernels_.mean_changes(oversampler.Raise(frames).data(), thresholds_.data(), frames,
                                    oversampler.additions().data());
  } else {
    oversampler.RaiseLast(frames);
  }
  oversampler.CopyDelayed(io, frames);
  oversampler.Lower(changed, io, frames);
  if (least == 1.0F) return;
  for (std::size_t i = 0; i < frames; ++i) {
    io[i] = coarse_[i] + shares_[i] * (io[i] - coarse_[i]);
  }
}

void Clipper::ClipCoarsely(float* io, std::size_t frames) const noexcept {
  for (std::size_t i = 0; i < frames; ++i) {
    const float knee = kClipKneeShare * thresholds_[i];
    const float over = std::abs(io[i]) - thresholds_[i];
    if (over <= 0.0F) continue;
    const float bent = std::min(over, 2.0F * knee);
    const float taken = 0.25F / knee * bent * bent + std::max(over - 2.0F * knee, 0.0F);
    io[i] -= std::copysign(taken, io[i]);
  }
}

}  // namespace auralis
