#include "dsp/stages/deesser.h"

#include <algorithm>
#include <cmath>

#include "dsp/filter_design.h"
#include "dsp/units.h"

namespace auralis {
namespace {

constexpr float kKneeDb = 6.0F;

}  // namespace

const Deesser::Targets& Deesser::Designer::Design(const Params& params) {
  const auto section = [&](FilterType type) {
    return MakeSvTarget(DesignFilter(type, static_cast<double>(params.frequency_hz), 0.0,
                                     std::sqrt(0.5), sample_rate_hz_),
                        SvTarget::Side::kBoth);
  };
  targets_ = {.share = params.enabled >= 0.5F ? 1.0F : 0.0F,
              .threshold_db = params.threshold_db,
              .slope = 1.0F - 1.0F / params.ratio,
              .range_db = params.range_db,
              .highpass = section(FilterType::kHighPass),
              .bandpass = section(FilterType::kBandPass),
              .smoother = {.attack_pole = MsToOnePole(kAttackMs, sample_rate_hz_),
                           .release_pole = MsToOnePole(kReleaseMs, sample_rate_hz_),
                           .slow_attack_pole = 0.0F,
                           .slow_release_pole = 0.0F,
                           .slow_share = 0.0F}};
  return targets_;
}

void Deesser::Prepare(const ProcessSpec& spec) {
  kernels_ = ResolveDynamicsKernels();
  highpass_.Prepare(spec.sample_rate_hz, kRampMs, 1);
  bandpass_.Prepare(spec.sample_rate_hz, kRampMs, 1);
  detector_.Prepare(spec.sample_rate_hz, kRampMs);
  detector_.SetTargets({.peak_share = 0.0F, .rms_pole = MsToOnePole(kRmsMs, spec.sample_rate_hz)});
  smoother_.Prepare(spec.sample_rate_hz, kRampMs);
  share_.Prepare(spec.sample_rate_hz, kRampMs);
  for (Smoother* smoother : {&threshold_db_, &slope_, &range_db_}) {
    smoother->Prepare(spec.sample_rate_hz, kRampMs);
  }
  for (auto* block :
       {&high_[0], &high_[1], &middle_[0], &middle_[1], &level_db_, &thresholds_db_, &slopes_}) {
    block->assign(spec.block_frames, 0.0F);
  }
  knees_db_.assign(spec.block_frames, kKneeDb);
  SetTargets(Designer(spec).Design(DefaultParams<Params>(kParams)));
  Reset();
}

void Deesser::Reset() noexcept {
  share_.Reset();
  Rest();
}

void Deesser::SetTargets(const Targets& targets) noexcept {
  targets_ = targets;
  share_.SetTarget(
      targets.share, [this] { Aim(); }, [this] { Rest(); });
}

void Deesser::Aim() noexcept {
  threshold_db_.SetTarget(targets_.threshold_db);
  slope_.SetTarget(targets_.slope);
  range_db_.SetTarget(targets_.range_db);
  smoother_.SetTargets(targets_.smoother);
  highpass_.SetTargets({&targets_.highpass, 1});
  bandpass_.SetTargets({&targets_.bandpass, 1});
}

void Deesser::Process(StereoView io) noexcept {
  largest_reduction_db_ = 0.0F;
  share_.Process(
      io, [this](StereoView part) { Lower(part); }, [this] { Rest(); }, [](StereoView) {});
}

void Deesser::Lower(StereoView io) noexcept {
  const StereoView high{high_[0].data(), high_[1].data(), io.frames};
  const StereoView middle{middle_[0].data(), middle_[1].data(), io.frames};
  for (const StereoView& part : {high, middle}) {
    std::copy_n(io.left, io.frames, part.left);
    std::copy_n(io.right, io.frames, part.right);
  }
  highpass_.Process(high.left, high.right, io.frames);
  bandpass_.Process(middle.left, middle.right, io.frames);
  float* const db = level_db_.data();
  detector_.Process(high, db, slopes_.data());
  kernels_.power_to_db(db, io.frames, db);
  threshold_db_.Fill(thresholds_db_.data(), io.frames);
  slope_.Fill(slopes_.data(), io.frames);
  kernels_.reduction(db, {thresholds_db_.data(), slopes_.data(), knees_db_.data()}, io.frames, db);
  float* const ranges_db = thresholds_db_.data();
  range_db_.Fill(ranges_db, io.frames);
  for (std::size_t i = 0; i < io.frames; ++i) db[i] = std::min(db[i], ranges_db[i]);
  largest_reduction_db_ = std::max(largest_reduction_db_, smoother_.Process(db, io.frames));
  for (std::size_t i = 0; i < io.frames; ++i) db[i] = -db[i];
  kernels_.db_to_gain(db, io.frames, db);
  share_.Fill(slopes_.data(), io.frames);
  for (std::size_t i = 0; i < io.frames; ++i) {
    const float of_high = slopes_[i] * (1.0F - db[i]);
    const float of_middle = slopes_[i] * (1.0F - std::sqrt(db[i]));
    io.left[i] -= of_high * high.left[i] + of_middle * middle.left[i];
    io.right[i] -= of_high * high.right[i] + of_middle * middle.right[i];
  }
}

void Deesser::Rest() noexcept {
  Aim();
  highpass_.Reset();
  bandpass_.Reset();
  detector_.Reset();
  smoother_.Reset();
  for (Smoother* smoother : {&threshold_db_, &slope_, &range_db_}) {
    smoother->SnapTo(smoother->target());
  }
  largest_reduction_db_ = 0.0F;
}

}  // namespace auralis
