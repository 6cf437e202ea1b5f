#include "dsp/stages/convolver.h"

#include <algorithm>
#include <utility>

#include "dsp/units.h"

namespace auralis {
namespace {

// What lets both channels pass as they are.
ImpulseResponse Unity() {
  ImpulseResponse unity;
  unity.paths[PartitionedFilter::kLeftLeft] = {1.0F};
  unity.paths[PartitionedFilter::kRightRight] = {1.0F};
  return unity;
}

}  // namespace

Convolver::Designer::Designer(const ProcessSpec& spec)
    : sample_rate_hz_(spec.sample_rate_hz), filter_(filters_.Make(Unity())) {}

const Convolver::Targets& Convolver::Designer::Design(const Params& params) {
  const bool has_response = response_ != nullptr;
  const float mix = has_response ? params.mix : 1.0F;
  targets_ = {.filter = filter_,
              .dry = 1.0F - mix,
              .wet = has_response ? mix * DbToGain(params.gain_db) *
                                        (params.normalize >= 0.5F ? 1.0F / pink_gain_ : 1.0F)
                                  : 1.0F};
  return targets_;
}

void Convolver::Designer::SetResponse(std::shared_ptr<const ImpulseResponse> response) {
  if (response == response_) return;
  response_ = std::move(response);
  filter_ = filters_.Make(response_ != nullptr ? *response_ : Unity());
  // A response that is all but silent is not torn up.
  constexpr double kLeastGain = 1e-3;
  pink_gain_ =
      response_ == nullptr
          ? 1.0F
          : static_cast<float>(std::max(kLeastGain, PinkGain(*response_, sample_rate_hz_)));
}

void Convolver::Prepare(const ProcessSpec& spec, const Params& params) {
  enabled_ = params.enabled >= 0.5F;
  for (Smoother* smoother : {&dry_, &wet_}) smoother->Prepare(spec.sample_rate_hz, kRampMs);
  for (auto& block : dry_block_) block.assign(spec.block_frames, 0.0F);
  if (enabled_) {
    convolver_.Prepare(static_cast<std::size_t>(kLongestSeconds * spec.sample_rate_hz));
  }
  dry_.SetTarget(0.0F);
  wet_.SetTarget(1.0F);
  Reset();
}

void Convolver::Reset() noexcept {
  if (enabled_) convolver_.Reset();
  dry_.SnapTo(dry_.target());
  wet_.SnapTo(wet_.target());
}

void Convolver::SetTargets(const Targets& targets) noexcept {
  if (!enabled_) {
    targets.filter->Reach();
    return;
  }
  convolver_.SetFilter(targets.filter);
  dry_.SetTarget(targets.dry);
  wet_.SetTarget(targets.wet);
}

void Convolver::Process(StereoView io) noexcept {
  if (!enabled_) return;
  if (dry_.settled() && dry_.target() == 0.0F && wet_.settled()) {
    convolver_.Process(io);
    const float wet = wet_.target();
    for (float* const channel : {io.left, io.right}) {
      std::transform(channel, channel + io.frames, channel, [wet](float x) { return wet * x; });
    }
    return;
  }
  std::copy_n(io.left, io.frames, dry_block_[0].data());
  std::copy_n(io.right, io.frames, dry_block_[1].data());
  convolver_.Process(io);
  for (std::size_t i = 0; i < io.frames; ++i) {
    const float dry = dry_.Next();
    const float wet = wet_.Next();
    io.left[i] = wet * io.left[i] + dry * dry_block_[0][i];
    io.right[i] = wet * io.right[i] + dry * dry_block_[1][i];
  }
}

}  // namespace auralis
