#include "dsp/stages/equalizer.h"

#include <algorithm>

#include "dsp/linear_phase.h"
#include "dsp/units.h"

namespace auralis {
namespace {

// New filters run unheard for this long before they fade in; their input comes up meanwhile, for a
// step would ring in them.
constexpr double kWarmUpMs = 20.0;

float StepAt(std::size_t frame, std::size_t frames) {
  return SmoothStep(static_cast<float>(frame) / static_cast<float>(frames));
}

}  // namespace

void Equalizer::Prepare(const ProcessSpec& spec, const Params& params) {
  convolver_.reset();
  if (params.phase >= 0.5F) {
    convolver_ = std::make_unique<PartitionedConvolver>();
    convolver_->Prepare(LinearPhaseLayout(spec.sample_rate_hz), kRampMs, spec.sample_rate_hz,
                        flat_.Make(PartitionedFilter::Delay(kLinearPhaseDelayPartitions, 1.0F)));
    return;
  }
  for (auto& sections : sections_) sections.Prepare(spec, kRampMs);
  for (auto& channel : incoming_block_) channel.assign(spec.block_frames, 0.0F);
  warm_up_frames_ = std::max<std::size_t>(1, MsToFrames(kWarmUpMs, spec.sample_rate_hz));
  fade_frames_ =
      std::max<std::size_t>(1, MsToFrames(static_cast<double>(kRampMs), spec.sample_rate_hz));
  jumps_ = 0;
  waiting_ = false;
  fading_ = false;
  Reset();
}

std::size_t Equalizer::latency_frames() const noexcept {
  // The response's half and the partition that is being recorded.
  return convolver_ ? (kLinearPhaseDelayPartitions + 1) * convolver_->latency_frames() : 0;
}

void Equalizer::Reset() noexcept {
  if (convolver_) {
    convolver_->Reset();
    return;
  }
  if (fading_) EndFade();
  if (waiting_) sections_[heard_].SetTargets(wanted_);
  jumps_ = waiting_ ? wanted_.jumps : jumps_;
  waiting_ = false;
  sections_[heard_].Reset();
}

void Equalizer::SetTargets(const Targets& targets) noexcept {
  if (convolver_) {
    if (targets.linear_phase != nullptr) convolver_->SetFilter(targets.linear_phase);
    return;
  }
  wanted_ = targets;
  waiting_ = true;
  if (!fading_) TakeTargets();
}

void Equalizer::Process(StereoView io) noexcept {
  if (convolver_) {
    convolver_->Process(io);
    return;
  }
  while (fading_ && io.frames > 0) {
    const std::size_t left = warm_up_frames_ + fade_frames_ - elapsed_frames_;
    const std::size_t count = std::min(left, io.frames);
    ProcessFading({io.left, io.right, count});
    if (count == left) {
      EndFade();
      if (waiting_) TakeTargets();
    }
    io = {io.left + count, io.right + count, io.frames - count};
  }
  if (io.frames > 0) sections_[heard_].Process(io);
}

// A ramp where the way is short; else the new filters run beside the old ones and fade in.
void Equalizer::TakeTargets() noexcept {
  waiting_ = false;
  if (wanted_.jumps == jumps_) {
    sections_[heard_].SetTargets(wanted_);
    return;
  }
  jumps_ = wanted_.jumps;
  sections_[1 - heard_].SetTargets(wanted_);
  sections_[1 - heard_].Reset();
  elapsed_frames_ = 0;
  fading_ = true;
}

void Equalizer::ProcessFading(StereoView io) noexcept {
  const StereoView incoming{incoming_block_[0].data(), incoming_block_[1].data(), io.frames};
  for (std::size_t i = 0; i < io.frames; ++i) {
    const std::size_t at = std::min(elapsed_frames_ + i, warm_up_frames_);
    const float share = StepAt(at, warm_up_frames_);
    incoming.left[i] = share * io.left[i];
    incoming.right[i] = share * io.right[i];
  }
  sections_[heard_].Process(io);
  sections_[1 - heard_].Process(incoming);
  for (std::size_t i = 0; i < io.frames; ++i, ++elapsed_frames_) {
    if (elapsed_frames_ < warm_up_frames_) continue;
    const float share = StepAt(elapsed_frames_ - warm_up_frames_ + 1, fade_frames_);
    io.left[i] += share * (incoming.left[i] - io.left[i]);
    io.right[i] += share * (incoming.right[i] - io.right[i]);
  }
}

void Equalizer::EndFade() noexcept {
  heard_ = 1 - heard_;
  fading_ = false;
}

}  // namespace auralis
