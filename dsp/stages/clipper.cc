#include "dsp/stages/clipper.h"

#include <algorithm>

#include "dsp/units.h"

namespace auralis {

void Clipper::Prepare(const ProcessSpec& spec, const Params& params) {
  enabled_ = params.enabled >= 0.5F;
  kernels_ = ResolveSoftClipKernels();
  threshold_.Prepare(spec.sample_rate_hz, kRampMs);
  thresholds_.assign(spec.block_frames, 0.0F);
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
  for (Oversampler& oversampler : oversamplers_) oversampler.Reset();
}

void Clipper::SetTargets(const Params& params) noexcept {
  threshold_.SetTarget(DbToGain(params.threshold_db));
}

void Clipper::Process(StereoView io) noexcept {
  if (!enabled_) return;
  threshold_.Fill(thresholds_.data(), io.frames);
  ProcessChannel(oversamplers_[0], io.left, io.frames);
  ProcessChannel(oversamplers_[1], io.right, io.frames);
}

void Clipper::ProcessChannel(Oversampler& oversampler, float* io, std::size_t frames) noexcept {
  const float loudest = oversampler.Push(io, frames);
  const float lowest = std::min(thresholds_[0], thresholds_[frames - 1]);  // a ramp is monotonic
  bool changed = false;
  if (oversampler.overshoot() * loudest > lowest) {
    changed = kernels_.mean_changes(oversampler.Raise(frames).data(), thresholds_.data(), frames,
                                    oversampler.additions().data());
  } else {
    oversampler.RaiseLast(frames);
  }
  oversampler.CopyDelayed(io, frames);
  oversampler.Lower(changed, io, frames);
}

}  // namespace auralis
