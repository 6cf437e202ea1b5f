#include "dsp/stages/equalizer_sections.h"

namespace auralis {

void EqualizerSections::Prepare(const ProcessSpec& spec, float ramp_ms) {
  preamp_.Prepare(spec.sample_rate_hz, ramp_ms);
  preamp_.SnapTo(1.0F);
  left_right_.Prepare(spec.sample_rate_hz, ramp_ms, kEqualizerSections);
  mid_side_.Prepare(spec.sample_rate_hz, ramp_ms, kEqualizerSections);
}

void EqualizerSections::Reset() noexcept {
  preamp_.SnapTo(preamp_.target());
  left_right_.Reset();
  mid_side_.Reset();
}

void EqualizerSections::SetTargets(const EqualizerTargets& targets) noexcept {
  preamp_.SetTarget(targets.preamp_gain);
  left_right_.SetTargets(targets.left_right);
  mid_side_.SetTargets(targets.mid_side);
}

void EqualizerSections::Process(StereoView io) noexcept {
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
