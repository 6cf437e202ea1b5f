#include "dsp/stages/multiband.h"

#include <algorithm>
#include <cmath>

#include "dsp/units.h"

namespace auralis {
namespace {

constexpr double kHighestCorner = 0.45;  // of the rate
constexpr float kMakeupMeanMs = 2000.0F;

}  // namespace

const Multiband::Targets& Multiband::Designer::Design(const Params& params) {
  const double highest_hz = kHighestCorner * sample_rate_hz_;
  for (std::size_t c = 0; c < kCrossovers; ++c) {
    const auto hz = static_cast<double>(params.crossovers[c].frequency_hz);
    targets_.corners_octaves[c] = std::log2(std::min(hz, highest_hz));
  }
  const auto bands = static_cast<std::size_t>(std::lround(params.bands));
  const bool any_solo =
      std::any_of(params.band.begin(), params.band.begin() + static_cast<std::ptrdiff_t>(bands),
                  [](const BandParams& band) { return band.solo >= 0.5F; });
  const auto set = [this](BandDynamics::Value value, std::size_t band, float to) {
    targets_.values[value][band] = to;
  };
  const float peak_share =
      CompressorPeakShare(static_cast<Compressor::Detector>(std::lround(params.detector)));
  for (std::size_t b = 0; b < bands; ++b) {
    const BandParams& band = params.band[b];
    const bool heard = band.mute < 0.5F && (!any_solo || band.solo >= 0.5F);
    const auto pole = [this](float ms) { return MsToOnePole(ms, sample_rate_hz_); };
    set(BandDynamics::kThresholdDb, b, band.threshold_db);
    set(BandDynamics::kSlope, b, 1.0F - 1.0F / band.ratio);
    set(BandDynamics::kKneeDb, b, band.knee_db);
    set(BandDynamics::kMakeupGain, b, DbToGain(band.gain_db));
    set(BandDynamics::kAutoMakeup, b, params.auto_makeup >= 0.5F ? 1.0F : 0.0F);
    set(BandDynamics::kPeakShare, b, peak_share);
    set(BandDynamics::kAttackPole, b, pole(band.attack_ms));
    set(BandDynamics::kReleasePole, b, pole(band.release_ms));
    set(BandDynamics::kSlowPole, b, pole(kSlowReleaseTimes * band.release_ms));
    set(BandDynamics::kSlowShare, b, params.adaptive_release >= 0.5F ? 1.0F : 0.0F);
    set(BandDynamics::kShare, b, band.enabled >= 0.5F ? params.mix : 0.0F);
    set(BandDynamics::kLevel, b, heard ? 1.0F : 0.0F);
  }
  targets_.rms_pole = MsToOnePole(params.rms_ms, sample_rate_hz_);
  return targets_;
}

void Multiband::Prepare(const ProcessSpec& spec, const Params& params) {
  const bool enabled = params.enabled >= 0.5F;
  bands_ = enabled ? static_cast<std::size_t>(std::lround(params.bands)) : 0;
  lookahead_frames_ =
      enabled ? MsToFrames(static_cast<double>(params.lookahead_ms), spec.sample_rate_hz) : 0;
  ramp_frames_ =
      std::max<std::size_t>(1, MsToFrames(static_cast<double>(kRampMs), spec.sample_rate_hz));
  split_kernels_ = ResolveBandSplitKernels();
  kernels_ = ResolveBandKernels();
  for (CornerGlide& corner : corners_) {
    corner.Prepare(spec.sample_rate_hz, kGlideOctavesPerS, kGlideOctavesPerCycle);
  }
  dynamics_ = {};
  dynamics_.mean_pole = MsToOnePole(kMakeupMeanMs, spec.sample_rate_hz);
  values_ = {};
  rows_.clear();
  gains_.clear();
  delayed_.clear();
  if (enabled) {
    split_.LayOut(bands_);
    slots_ = BandSplit::Slots(bands_);
    rows_.assign(spec.block_frames * row_floats() + kBandPadding, 0.0F);
    gains_.assign(spec.block_frames * slots_ + kBandPadding, 0.0F);
    delayed_.assign(lookahead_frames_ * row_floats(), 0.0F);
  }
  SetTargets(Designer(spec).Design(params));
  Reset();
}

void Multiband::Reset() noexcept {
  if (bands_ == 0) return;
  split_.Reset();
  for (std::size_t c = 0; c + 1 < bands_; ++c) {
    corners_[c].Snap();
    float g = 0.0F;
    corners_[c].Fill(&g, 1);
    split_.SetCorner(c, g);
  }
  dynamics_.value = values_;
  for (PerBand& step : dynamics_.step) step.fill(0.0F);
  for (PerBand* state :
       {&dynamics_.mean_square, &dynamics_.reduction_db, &dynamics_.slow_reduction_db,
        &dynamics_.mean_reduction_db, &dynamics_.largest_reduction_db}) {
    state->fill(0.0F);
  }
  ramp_left_ = 0;
  std::fill(delayed_.begin(), delayed_.end(), 0.0F);
  delay_at_ = 0;
}

void Multiband::SetTargets(const Targets& targets) noexcept {
  if (bands_ == 0) return;
  dynamics_.rms_pole = targets.rms_pole;
  for (std::size_t c = 0; c + 1 < bands_; ++c) corners_[c].SetTarget(targets.corners_octaves[c]);
  const auto before = values_;
  for (std::size_t k = 0; k < BandDynamics::kValues; ++k) {
    for (std::size_t b = 0; b < bands_; ++b) {
      values_[k][BandSplit::SlotOf(bands_, b)] = targets.values[k][b];
    }
  }
  if (values_ == before) return;
  ramp_left_ = ramp_frames_;
  for (std::size_t k = 0; k < BandDynamics::kValues; ++k) {
    for (std::size_t slot = 0; slot < slots_; ++slot) {
      dynamics_.step[k][slot] =
          (values_[k][slot] - dynamics_.value[k][slot]) / static_cast<float>(ramp_frames_);
    }
  }
}

void Multiband::Process(StereoView io) noexcept {
  if (bands_ == 0) return;
  Split(io);
  Compress(io.frames);
  Delay(io.frames);
  kernels_.sum(rows_.data(), gains_.data(), slots_, io.frames, io.left, io.right);
}

// Frame by frame while a corner moves.
void Multiband::Split(StereoView io) noexcept {
  const auto moves = [](const CornerGlide& corner) { return !corner.settled(); };
  std::size_t done = 0;
  for (; done < io.frames; ++done) {
    bool any_moves = false;
    for (std::size_t c = 0; c + 1 < bands_; ++c) {
      if (!moves(corners_[c])) continue;
      any_moves = true;
      float g = 0.0F;
      corners_[c].Fill(&g, 1);
      split_.SetCorner(c, g);
    }
    if (!any_moves) break;
    split_kernels_.split(split_, io.left + done, io.right + done, 1,
                         rows_.data() + done * row_floats());
  }
  if (done == io.frames) return;
  split_kernels_.split(split_, io.left + done, io.right + done, io.frames - done,
                       rows_.data() + done * row_floats());
}

void Multiband::Compress(std::size_t frames) noexcept {
  dynamics_.largest_reduction_db.fill(0.0F);
  const std::size_t moving = std::min(frames, ramp_left_);
  if (moving > 0) {
    kernels_.compress(rows_.data(), slots_, moving, true, dynamics_, gains_.data());
    ramp_left_ -= moving;
    if (ramp_left_ == 0) dynamics_.value = values_;
  }
  if (moving == frames) return;
  kernels_.compress(rows_.data() + moving * row_floats(), slots_, frames - moving, false, dynamics_,
                    gains_.data() + moving * slots_);
}

// The bands, and not their levels.
void Multiband::Delay(std::size_t frames) noexcept {
  for (std::size_t done = 0; done < frames && lookahead_frames_ > 0;) {
    const std::size_t count = std::min(frames - done, lookahead_frames_ - delay_at_);
    std::swap_ranges(rows_.data() + done * row_floats(),
                     rows_.data() + (done + count) * row_floats(),
                     delayed_.data() + delay_at_ * row_floats());
    done += count;
    delay_at_ = (delay_at_ + count) % lookahead_frames_;
  }
}

}  // namespace auralis
