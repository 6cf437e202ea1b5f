#include "dsp/stages/equalizer.h"

#include <algorithm>

#include "dsp/units.h"

namespace auralis {

void Equalizer::Prepare(const ProcessSpec& spec) {
  preamp_.Prepare(spec.sample_rate_hz, kRampMs);
  left_right_.Prepare(spec.sample_rate_hz, kRampMs, kSlots);
  mid_side_.Prepare(spec.sample_rate_hz, kRampMs, kSlots);
  SetTargets(Designer(spec).Design(DefaultParams<Params>(kParams)));
  Reset();
}

void Equalizer::Reset() noexcept {
  preamp_.SnapTo(preamp_.target());
  left_right_.Reset();
  mid_side_.Reset();
}

void Equalizer::SetTargets(const Targets& targets) noexcept {
  preamp_.SetTarget(targets.preamp_gain);
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
