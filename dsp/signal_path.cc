#include "dsp/signal_path.h"

#include <cmath>

namespace auralis {

const SignalPath::Targets& SignalPath::Designer::Design(const Values& values) {
  chain_.Design(values.data(), targets_.chain);
  targets_.bypass = values[IndexOf("master", "bypass")] >= 0.5F;
  return targets_;
}

void SignalPath::Prepare(const ProcessSpec& spec, const Values& values) {
  chain_.Prepare(spec, values.data());
  for (std::size_t ch = 0; ch < 2; ++ch) {
    dry_delay_[ch].Prepare(chain_.latency_frames());
    dry_[ch].assign(spec.block_frames, 0.0F);
  }
  wet_.Prepare(spec.sample_rate_hz, Master::kParams[0].spec.smoothing_ms);
  non_finite_frames_ = 0;
  wet_.SetTarget(1.0F);
  Reset();
}

void SignalPath::Reset() noexcept {
  chain_.Reset();
  for (DelayLine& delay : dry_delay_) delay.Reset();
  wet_.SnapTo(wet_.target());
}

void SignalPath::SetTargets(const Targets& targets) noexcept {
  chain_.SetTargets(targets.chain);
  wet_.SetTarget(targets.bypass ? 0.0F : 1.0F);
}

void SignalPath::Process(StereoView io) noexcept {
  Guard(io);
  dry_delay_[0].Process(io.left, dry_[0].data(), io.frames);
  dry_delay_[1].Process(io.right, dry_[1].data(), io.frames);
  chain_.Process(io);
  if (wet_.settled() && wet_.target() == 1.0F) return;
  for (std::size_t i = 0; i < io.frames; ++i) {
    const float wet = wet_.Next();
    // At wet == 0 the dry sample itself, not a sum that rounds.
    io.left[i] = wet == 0.0F ? dry_[0][i] : dry_[0][i] + wet * (io.left[i] - dry_[0][i]);
    io.right[i] = wet == 0.0F ? dry_[1][i] : dry_[1][i] + wet * (io.right[i] - dry_[1][i]);
  }
}

void SignalPath::Guard(StereoView io) noexcept {
  // A sum with a non-finite term is not finite; a finite block costs two additions a frame.
  float sum = 0.0F;
  for (std::size_t i = 0; i < io.frames; ++i) sum += 0.0F * (io.left[i] + io.right[i]);
  if (std::isfinite(sum)) return;
  for (std::size_t i = 0; i < io.frames; ++i) {
    const bool left_ok = std::isfinite(io.left[i]);
    const bool right_ok = std::isfinite(io.right[i]);
    if (!left_ok) io.left[i] = 0.0F;
    if (!right_ok) io.right[i] = 0.0F;
    if (!left_ok || !right_ok) ++non_finite_frames_;
  }
}

}  // namespace auralis
