#include "dsp/stages/leveler.h"

#include "dsp/units.h"

namespace auralis {

const Leveler::Targets& Leveler::Designer::Design(const Params& params) {
  const float gain_db = params.enabled >= 0.5F ? gain_db_ : 0.0F;
  targets_.gain = DbToGain(std::clamp(gain_db, -params.max_cut_db, params.max_gain_db));
  return targets_;
}

void Leveler::Prepare(const ProcessSpec& spec) {
  gain_.Prepare(spec.sample_rate_hz, kRampMs);
  gains_.assign(spec.block_frames, 1.0F);
  gain_.SetTarget(1.0F);
  Reset();
}

void Leveler::Reset() noexcept { gain_.SnapTo(gain_.target()); }

void Leveler::SetTargets(const Targets& targets) noexcept { gain_.SetTarget(targets.gain); }

void Leveler::Process(StereoView io) noexcept {
  if (gain_.settled() && gain_.target() == 1.0F) return;
  gain_.Fill(gains_.data(), io.frames);
  for (std::size_t i = 0; i < io.frames; ++i) {
    io.left[i] *= gains_[i];
    io.right[i] *= gains_[i];
  }
}

}  // namespace auralis
