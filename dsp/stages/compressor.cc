#include "dsp/stages/compressor.h"

#include <algorithm>
#include <cmath>

#include "dsp/filter_design.h"
#include "dsp/units.h"

namespace auralis {
namespace {

constexpr float kMakeupMeanMs = 2000.0F;

}  // namespace

const Compressor::Targets& Compressor::Designer::Design(const Params& params) {
  const auto pole = [&](float ms) { return MsToOnePole(ms, sample_rate_hz_); };
  targets_.share = params.enabled >= 0.5F ? params.mix : 0.0F;
  targets_.threshold_db = params.threshold_db;
  targets_.slope = 1.0F - 1.0F / params.ratio;
  targets_.knee_db = params.knee_db;
  targets_.makeup_gain = DbToGain(params.makeup_db);
  targets_.auto_makeup = params.auto_makeup >= 0.5F ? 1.0F : 0.0F;
  targets_.detector.peak_share =
      CompressorPeakShare(static_cast<Detector>(std::lround(params.detector)));
  targets_.detector.rms_pole = pole(params.rms_ms);
  const float slow_pole = pole(kSlowReleaseTimes * params.release_ms);
  targets_.smoother = {.attack_pole = pole(params.attack_ms),
                       .release_pole = pole(params.release_ms),
                       .slow_attack_pole = slow_pole,
                       .slow_release_pole = slow_pole,
                       .slow_share = params.adaptive_release >= 0.5F ? 1.0F : 0.0F};
  targets_.highpass = {};
  if (params.sidechain_highpass_hz > kNoHighpassHz) {
    const SvFilter filter =
        DesignFilter(FilterType::kHighPass, static_cast<double>(params.sidechain_highpass_hz), 0.0,
                     std::sqrt(0.5), sample_rate_hz_);
    targets_.highpass = MakeSvTarget(filter, SvTarget::Side::kBoth);
  }
  return targets_;
}

void Compressor::Prepare(const ProcessSpec& spec, const Params& params) {
  kernels_ = ResolveDynamicsKernels();
  settled_kernels_ = ResolveCompressorKernels();
  highpass_.Prepare(spec.sample_rate_hz, kRampMs, 1);
  detector_.Prepare(spec.sample_rate_hz, kRampMs);
  smoother_.Prepare(spec.sample_rate_hz, kRampMs);
  share_.Prepare(spec.sample_rate_hz, kRampMs);
  for (Smoother* smoother : {&threshold_db_, &slope_, &knee_db_, &makeup_gain_, &auto_makeup_}) {
    smoother->Prepare(spec.sample_rate_hz, kRampMs);
  }
  mean_pole_ = MsToOnePole(kMakeupMeanMs, spec.sample_rate_hz);
  const std::size_t lookahead_frames =
      MsToFrames(static_cast<double>(params.lookahead_ms), spec.sample_rate_hz);
  for (DelayLine& delay : delay_) delay.Prepare(lookahead_frames);
  for (auto* block :
       {&sidechain_[0], &sidechain_[1], &level_db_, &thresholds_db_, &slopes_, &knees_db_}) {
    block->assign(spec.block_frames, 0.0F);
  }
  SetTargets(Designer(spec).Design(DefaultParams<Params>(kParams)));
  Reset();
}

void Compressor::Reset() noexcept {
  share_.Reset();
  for (DelayLine& delay : delay_) delay.Reset();
  Rest();
}

void Compressor::SetTargets(const Targets& targets) noexcept {
  planned_ = false;
  targets_ = targets;
  share_.SetTarget(
      targets.share, [this] { Aim(); }, [this] { Rest(); });
}

void Compressor::Aim() noexcept {
  threshold_db_.SetTarget(targets_.threshold_db);
  slope_.SetTarget(targets_.slope);
  knee_db_.SetTarget(targets_.knee_db);
  makeup_gain_.SetTarget(targets_.makeup_gain);
  auto_makeup_.SetTarget(targets_.auto_makeup);
  detector_.SetTargets(targets_.detector);
  smoother_.SetTargets(targets_.smoother);
  highpass_.SetTargets({&targets_.highpass, 1});
}

void Compressor::Process(StereoView io) noexcept {
  largest_reduction_db_ = 0.0F;
  share_.Process(
      io, [this](StereoView part) { Compress(part); }, [this] { Rest(); },
      [this](StereoView part) { Delay(part); });
}

void Compressor::Compress(StereoView io) noexcept {
  const std::size_t moving = std::min(io.frames, frames_left());
  if (moving > 0) CompressMoving({io.left, io.right, moving});
  if (moving == io.frames) return;
  CompressSettled({io.left + moving, io.right + moving, io.frames - moving});
}

// Until every value stands still.
std::size_t Compressor::frames_left() const noexcept {
  return std::max({threshold_db_.frames_left(), slope_.frames_left(), knee_db_.frames_left(),
                   makeup_gain_.frames_left(), auto_makeup_.frames_left(), share_.frames_left(),
                   detector_.frames_left(), smoother_.frames_left(), highpass_.frames_left()});
}

void Compressor::CompressMoving(StereoView io) noexcept {
  planned_ = false;
  float* const db = Level(io);
  threshold_db_.Fill(thresholds_db_.data(), io.frames);
  slope_.Fill(slopes_.data(), io.frames);
  knee_db_.Fill(knees_db_.data(), io.frames);
  // The level decides whether the makeup learns; the detector's block is free by now.
  std::copy_n(db, io.frames, sidechain_[0].data());
  kernels_.reduction(db, {thresholds_db_.data(), slopes_.data(), knees_db_.data()}, io.frames, db);
  largest_reduction_db_ = std::max(largest_reduction_db_, smoother_.Process(db, io.frames));
  MakeUp(db, io.frames);
  kernels_.db_to_gain(db, io.frames, db);
  Delay(io);
  float* const makeups = slopes_.data();
  makeup_gain_.Fill(makeups, io.frames);
  for (std::size_t i = 0; i < io.frames; ++i) db[i] *= makeups[i];
  share_.Apply(db, io, thresholds_db_.data());
}

void Compressor::Plan() noexcept {
  const ReductionPoles poles = smoother_.poles();
  settled_kernels_.plan(highpass_.cascade(),
                        {.peak_share = detector_.peak_share(),
                         .rms_pole = detector_.rms_pole(),
                         .threshold_db = threshold_db_.target(),
                         .slope = slope_.target(),
                         .knee_db = knee_db_.target(),
                         .attack_pole = poles.attack,
                         .release_pole = poles.release,
                         .slow_pole = poles.slow_release,
                         .slow_share = poles.slow_share,
                         .mean_pole = mean_pole_,
                         .auto_makeup = auto_makeup_.target(),
                         .makeup_gain = makeup_gain_.target(),
                         .share = share_.target()},
                        plan_);
  planned_ = true;
}

void Compressor::CompressSettled(StereoView io) noexcept {
  if (!planned_) Plan();
  CompressorState state{.mean_square = detector_.mean_square(),
                        .reduction = smoother_.state(),
                        .mean_reduction_db = mean_reduction_db_,
                        .largest_reduction_db = largest_reduction_db_};
  float* const gains = level_db_.data();
  settled_kernels_.gains(highpass_.cascade(), plan_, state, io.left, io.right, io.frames, gains);
  highpass_.Ended({io.left[io.frames - 1], io.right[io.frames - 1]}, state.last_sidechain);
  detector_.mean_square() = state.mean_square;
  smoother_.state() = state.reduction;
  mean_reduction_db_ = state.mean_reduction_db;
  largest_reduction_db_ = state.largest_reduction_db;
  Delay(io);
  settled_kernels_.apply(gains, io.frames, io.left, io.right);
}

// As after Reset(), but for what is in the delay.
void Compressor::Rest() noexcept {
  Aim();
  highpass_.Reset();
  detector_.Reset();
  smoother_.Reset();
  for (Smoother* smoother : {&threshold_db_, &slope_, &knee_db_, &makeup_gain_, &auto_makeup_}) {
    smoother->SnapTo(smoother->target());
  }
  mean_reduction_db_ = 0.0F;
  largest_reduction_db_ = 0.0F;
}

void Compressor::Delay(StereoView io) noexcept {
  delay_[0].Process(io.left, io.left, io.frames);
  delay_[1].Process(io.right, io.right, io.frames);
}

// Of the side chain, in dB.
float* Compressor::Level(StereoView io) noexcept {
  const StereoView sidechain{sidechain_[0].data(), sidechain_[1].data(), io.frames};
  std::copy_n(io.left, io.frames, sidechain.left);
  std::copy_n(io.right, io.frames, sidechain.right);
  highpass_.Process(sidechain.left, sidechain.right, io.frames);
  detector_.Process(sidechain, level_db_.data(), thresholds_db_.data());
  kernels_.power_to_db(level_db_.data(), io.frames, level_db_.data());
  return level_db_.data();
}

// Turns reductions into gains, both in dB.
void Compressor::MakeUp(float* reduction_db, std::size_t frames) noexcept {
  const float* const level_db = sidechain_[0].data();
  const float input = 1.0F - mean_pole_;
  float mean_db = mean_reduction_db_;
  for (std::size_t i = 0; i < frames; ++i) {
    const float reduction = reduction_db[i];
    const bool learns = level_db[i] > kMakeupGateDb;
    mean_db += (learns ? input : 0.0F) * (reduction - mean_db);
    reduction_db[i] = auto_makeup_.Next() * std::min(mean_db, kMostAutoMakeupDb) - reduction;
  }
  mean_reduction_db_ = mean_db;
}

}  // namespace auralis
