#include "dsp/signal_path.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace auralis {
namespace {

constexpr float kLoudest = 16.0F;  // +24 dBFS

// Whether samples are no numbers, or louder than that. A bit and not a count, which compilers
// widen: four operations for one.
bool AnyBeyond(const float* samples, std::size_t frames) noexcept {
  std::uint32_t beyond = 0;
  for (std::size_t i = 0; i < frames; ++i) beyond |= std::abs(samples[i]) <= kLoudest ? 0U : 1U;
  return beyond != 0;
}
bool AnyBeyond(StereoView io) noexcept {
  return AnyBeyond(io.left, io.frames) || AnyBeyond(io.right, io.frames);
}

}  // namespace

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

void SignalPath::Process(StereoView io, const StageProbe* probe) noexcept {
  Guard(io);
  dry_delay_[0].Process(io.left, dry_[0].data(), io.frames);
  dry_delay_[1].Process(io.right, dry_[1].data(), io.frames);
  if (probe != nullptr) {
    chain_.Process(io, *probe);
  } else {
    chain_.Process(io);
  }
  // Settings can be found with which a loud input leaves the range of floats all the same. A stage
  // would remember that for ever: all of them forget it, and begin from silence.
  if (AnyBeyond(io)) {
    std::fill_n(io.left, io.frames, 0.0F);
    std::fill_n(io.right, io.frames, 0.0F);
    chain_.Reset();
    non_finite_frames_ += io.frames;
  }
  if (wet_.settled() && wet_.target() == 1.0F) return;
  for (std::size_t i = 0; i < io.frames; ++i) {
    const float wet = wet_.Next();
    // At wet == 0 the dry sample itself, not a sum that rounds.
    io.left[i] = wet == 0.0F ? dry_[0][i] : dry_[0][i] + wet * (io.left[i] - dry_[0][i]);
    io.right[i] = wet == 0.0F ? dry_[1][i] : dry_[1][i] + wet * (io.right[i] - dry_[1][i]);
  }
}

// What is no number becomes silence. What is louder than any sound is held: squares of it, and what
// filters make of it, would leave the range of floats.
void SignalPath::Guard(StereoView io) noexcept {
  // NaN compares with nothing, so this finds it, too.
  if (!AnyBeyond(io)) return;
  for (std::size_t i = 0; i < io.frames; ++i) {
    bool silenced = false;
    for (float* const sample : {io.left + i, io.right + i}) {
      if (std::abs(*sample) <= kLoudest) continue;
      silenced = silenced || !std::isfinite(*sample);
      *sample = std::isfinite(*sample) ? std::copysign(kLoudest, *sample) : 0.0F;
    }
    if (silenced) ++non_finite_frames_;
  }
}

}  // namespace auralis
