#include "dsp/stages/equalizer.h"

#include <algorithm>

#include "dsp/linear_phase.h"
#include "dsp/units.h"

namespace auralis {

void Equalizer::Prepare(const ProcessSpec& spec, const Params& params) {
  preamp_.Prepare(spec.sample_rate_hz, kRampMs);
  preamp_.SnapTo(1.0F);
  convolver_.reset();
  if (params.phase >= 0.5F) {
    const PartitionLayout layout = LinearPhaseLayout(spec.sample_rate_hz);
    convolver_ = std::make_unique<PartitionedConvolver>();
    convolver_->Prepare(layout, kRampMs, spec.sample_rate_hz,
                        flat_.Make(PartitionedFilter::Delay(kLinearPhaseDelayPartitions)));
  }
  left_right_.Prepare(spec.sample_rate_hz, kRampMs, kSlots);
  mid_side_.Prepare(spec.sample_rate_hz, kRampMs, kSlots);
  Reset();
}

std::size_t Equalizer::latency_frames() const noexcept {
  // The response's half and the partition that is being recorded.
  return convolver_ ? (kLinearPhaseDelayPartitions + 1) * convolver_->latency_frames() : 0;
}

void Equalizer::Reset() noexcept {
  preamp_.SnapTo(preamp_.target());
  left_right_.Reset();
  mid_side_.Reset();
  if (convolver_) convolver_->Reset();
}

void Equalizer::SetTargets(const Targets& targets) noexcept {
  preamp_.SetTarget(targets.preamp_gain);
  if (convolver_) {
    if (targets.linear_phase != nullptr) convolver_->SetFilter(targets.linear_phase);
    return;
  }
  left_right_.SetTargets(targets.left_right);
  mid_side_.SetTargets(targets.mid_side);
}

void Equalizer::Process(StereoView io) noexcept {
  if (!preamp_.settled() || preamp_.target() != 1.0F) {
    for (std::size_t i = 0; i < io.frames; ++i) {
      const float gain = preamp_.Next();
      io.left[i] *= gain;
      io.right[i] *= gain;
    }
  }
  if (convolver_) {
    convolver_->Process(io);
    return;
  }
  left_right_.Process(io.left, io.right, io.frames);
  if (mid_side_.is_idle()) {
    mid_side_.Process(io.left, io.right, io.frames);  // its ramp runs on
    return;
  }
  for (std::size_t i = 0; i < io.frames; ++i) {
    const float mid = 0.5F * (io.left[i] + io.right[i]);
    io.right[i] = 0.5F * (io.left[i] - io.right[i]);
    io.left[i] = mid;
  }
  mid_side_.Process(io.left, io.right, io.frames);
  for (std::size_t i = 0; i < io.frames; ++i) {
    const float left = io.left[i] + io.right[i];
    io.right[i] = io.left[i] - io.right[i];
    io.left[i] = left;
  }
}

}  // namespace auralis
