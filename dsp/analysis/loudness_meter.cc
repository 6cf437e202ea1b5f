#include "dsp/analysis/loudness_meter.h"

#include <algorithm>
#include <cmath>

#include "dsp/analysis/k_weighting.h"

namespace auralis {
namespace {

constexpr double kSlotsPerSecond = 100.0;

}  // namespace

void LoudnessMeter::Prepare(double sample_rate_hz) {
  kernels_ = ResolveKWeightingKernels();
  matrix_ = MakeKWeightingMatrix(sample_rate_hz);
  state_ = {};
  pending_frames_ = 0;
  steps_per_slot_ = sample_rate_hz / kSlotsPerSecond / static_cast<double>(kKWeightingStepFrames);
  slots_done_ = 0;
  steps_done_ = 0;
  slots_ = {};
  gated_.Prepare();
  range_.Prepare();
  StartSlot();
}

void LoudnessMeter::Push(const float* left, const float* right, std::size_t frames) noexcept {
  if (pending_frames_ > 0) {
    const std::size_t taken = std::min(frames, kKWeightingStepFrames - pending_frames_);
    std::copy_n(left, taken, pending_[0].data() + pending_frames_);
    std::copy_n(right, taken, pending_[1].data() + pending_frames_);
    pending_frames_ += taken;
    if (pending_frames_ < kKWeightingStepFrames) return;
    PushSteps(pending_[0].data(), pending_[1].data(), 1);
    left += taken;
    right += taken;
    frames -= taken;
  }
  const std::size_t steps = frames / kKWeightingStepFrames;
  PushSteps(left, right, steps);
  const std::size_t used = steps * kKWeightingStepFrames;
  pending_frames_ = frames - used;
  std::copy_n(left + used, pending_frames_, pending_[0].data());
  std::copy_n(right + used, pending_frames_, pending_[1].data());
}

void LoudnessMeter::PushSteps(const float* left, const float* right, std::size_t steps) noexcept {
  while (steps > 0) {
    const std::size_t run = std::min(steps, steps_left_);
    kernels_.accumulate(matrix_, left, right, run, state_);
    left += run * kKWeightingStepFrames;
    right += run * kKWeightingStepFrames;
    steps -= run;
    steps_left_ -= run;
    if (steps_left_ == 0) EndSlot();
  }
}

// Slots end on the step nearest to a multiple of 10 ms, so they never drift at odd rates.
void LoudnessMeter::StartSlot() noexcept {
  const auto end = static_cast<std::uint64_t>(
      std::llround(static_cast<double>(slots_done_ + 1) * steps_per_slot_));
  slot_steps_ = steps_left_ = static_cast<std::size_t>(end - steps_done_);
  state_.squares.fill(0.0F);
}

void LoudnessMeter::EndSlot() noexcept {
  Slot& slot = slots_[slots_done_ % kShortTermSlots];
  slot = {.sum = 0.0, .frames = slot_steps_ * kKWeightingStepFrames};
  for (std::size_t i = 0; i < kKWeightingStepFrames; ++i) {
    slot.sum += static_cast<double>(state_.squares[i]);
  }
  ++slots_done_;
  steps_done_ += slot_steps_;
  if (slots_done_ >= kMomentarySlots && slots_done_ % kGatingHopSlots == 0) {
    gated_.Add(MeanSquare(kMomentarySlots));
  }
  if (slots_done_ >= kShortTermSlots && slots_done_ % kGatingHopSlots == 0) {
    range_.Add(MeanSquare(kShortTermSlots));
  }
  StartSlot();
}

double LoudnessMeter::MeanSquare(std::size_t slots) const noexcept {
  const std::size_t heard = static_cast<std::size_t>(std::min<std::uint64_t>(slots, slots_done_));
  double sum = 0.0;
  std::size_t frames = 0;
  for (std::size_t back = 1; back <= heard; ++back) {
    const Slot& slot = slots_[(slots_done_ - back) % kShortTermSlots];
    sum += slot.sum;
    frames += slot.frames;
  }
  const double silent_steps = static_cast<double>(slots - heard) * steps_per_slot_;
  return sum /
         (static_cast<double>(frames) + silent_steps * static_cast<double>(kKWeightingStepFrames));
}

}  // namespace auralis
