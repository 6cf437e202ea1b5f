#include "dsp/stages/gate.h"

#include <algorithm>

#include "dsp/units.h"

namespace auralis {

const Gate::Targets& Gate::Designer::Design(const Params& params) {
  const auto pole = [&](float ms) { return MsToOnePole(ms, sample_rate_hz_); };
  targets_ = {.share = params.enabled >= 0.5F ? 1.0F : 0.0F,
              .threshold_db = params.threshold_db,
              .hysteresis_db = params.hysteresis_db,
              .slope = params.ratio - 1.0F,
              .range_db = params.range_db,
              .hold_frames = MsToFrames(static_cast<double>(params.hold_ms), sample_rate_hz_),
              // A gate's attack opens it: the reduction shrinks.
              .smoother = {.attack_pole = pole(params.release_ms),
                           .release_pole = pole(params.attack_ms),
                           .slow_attack_pole = 0.0F,
                           .slow_release_pole = 0.0F,
                           .slow_share = 0.0F}};
  return targets_;
}

void Gate::Prepare(const ProcessSpec& spec) {
  kernels_ = ResolveDynamicsKernels();
  detector_.Prepare(spec.sample_rate_hz, kRampMs);
  detector_.SetTargets({.peak_share = 0.0F, .rms_pole = MsToOnePole(kRmsMs, spec.sample_rate_hz)});
  smoother_.Prepare(spec.sample_rate_hz, kRampMs);
  share_.Prepare(spec.sample_rate_hz, kRampMs);
  for (Smoother* smoother : {&threshold_db_, &slope_, &range_db_}) {
    smoother->Prepare(spec.sample_rate_hz, kRampMs);
  }
  for (auto* block : {&level_db_, &scratch_}) block->assign(spec.block_frames, 0.0F);
  SetTargets(Designer(spec).Design(DefaultParams<Params>(kParams)));
  Reset();
}

void Gate::Reset() noexcept {
  share_.Reset();
  Rest();
}

void Gate::SetTargets(const Targets& targets) noexcept {
  targets_ = targets;
  share_.SetTarget(
      targets.share, [this] { Aim(); }, [this] { Rest(); });
}

void Gate::Aim() noexcept {
  threshold_db_.SetTarget(targets_.threshold_db);
  slope_.SetTarget(targets_.slope);
  range_db_.SetTarget(targets_.range_db);
  smoother_.SetTargets(targets_.smoother);
  hysteresis_db_ = targets_.hysteresis_db;
  hold_frames_ = targets_.hold_frames;
}

void Gate::Process(StereoView io) noexcept {
  largest_reduction_db_ = 0.0F;
  share_.Process(
      io, [this](StereoView part) { Expand(part); }, [this] { Rest(); }, [](StereoView) {});
}

void Gate::Expand(StereoView io) noexcept {
  float* const db = level_db_.data();
  detector_.Process(io, db, scratch_.data());
  kernels_.power_to_db(db, io.frames, db);
  AskForReduction(db, io.frames);
  largest_reduction_db_ = std::max(largest_reduction_db_, smoother_.Process(db, io.frames));
  for (std::size_t i = 0; i < io.frames; ++i) db[i] = -db[i];
  kernels_.db_to_gain(db, io.frames, db);
  share_.Apply(db, io, scratch_.data());
}

// Open, and at its targets.
void Gate::Rest() noexcept {
  Aim();
  detector_.Reset();
  smoother_.Reset();
  for (Smoother* smoother : {&threshold_db_, &slope_, &range_db_}) {
    smoother->SnapTo(smoother->target());
  }
  open_ = true;
  held_frames_ = 0;
  largest_reduction_db_ = 0.0F;
}

// In place: levels become the reductions they ask for.
void Gate::AskForReduction(float* level_db, std::size_t frames) noexcept {
  for (std::size_t i = 0; i < frames; ++i) {
    const float threshold = threshold_db_.Next();
    const float below = threshold - level_db[i];
    const float slope = slope_.Next();
    const float range = range_db_.Next();
    if (below <= 0.0F) {
      open_ = true;
      held_frames_ = 0;
    } else if (below > hysteresis_db_ && open_) {
      open_ = held_frames_++ < hold_frames_;
    } else if (open_) {
      held_frames_ = 0;
    }
    level_db[i] = open_ ? 0.0F : std::min(range, slope * below);
  }
}

}  // namespace auralis
