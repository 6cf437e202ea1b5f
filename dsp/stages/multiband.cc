#include "dsp/stages/multiband.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "dsp/units.h"

namespace auralis {
namespace {

constexpr float kDamping = std::numbers::sqrt2_v<float>;  // Butterworth's
constexpr double kHighestCorner = 0.45;                   // of the rate
constexpr float kMakeupMeanMs = 2000.0F;

enum class Pass { kAll, kLow, kHigh, kEverything };

void Set(Crossover& crossover, std::size_t band, Pass pass) {
  // Input, band-pass and low-pass shares of the first section and of the second. An all-pass of
  // second order is the first one's alone.
  struct Shares {
    float x, band, low;
  };
  constexpr Shares kLow{0.0F, 0.0F, 1.0F};
  constexpr Shares kHigh{1.0F, -kDamping, -1.0F};
  constexpr Shares kAll{1.0F, -2.0F * kDamping, 0.0F};
  constexpr Shares kInput{1.0F, 0.0F, 0.0F};
  const Shares first = pass == Pass::kLow    ? kLow
                       : pass == Pass::kHigh ? kHigh
                       : pass == Pass::kAll  ? kAll
                                             : kInput;
  const Shares second = pass == Pass::kAll ? kInput : first;
  for (const std::size_t lane : {band, band + kMostBands}) {
    for (const auto& [section, shares] : {std::pair{0, first}, std::pair{1, second}}) {
      Crossover::Section& to = crossover.sections[static_cast<std::size_t>(section)];
      to.x_share[lane] = shares.x;
      to.band_share[lane] = shares.band;
      to.low_share[lane] = shares.low;
    }
  }
}

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
  kernels_ = ResolveBandKernels();
  for (std::size_t c = 0; c < kCrossovers; ++c) {
    corners_[c].Prepare(spec.sample_rate_hz, kGlideOctavesPerS, kGlideOctavesPerCycle);
    g_[c].assign(spec.block_frames, 0.0F);
    a_[c].assign(spec.block_frames, 0.0F);
  }
  dynamics_ = {};
  dynamics_.mean_pole = MsToOnePole(kMakeupMeanMs, spec.sample_rate_hz);
  lanes_.assign(enabled ? spec.block_frames * kBandLanes : 0, 0.0F);
  gains_.assign(enabled ? spec.block_frames * kMostBands : 0, 0.0F);
  delayed_.assign(lookahead_frames_ * kBandLanes, 0.0F);
  LayOut();
  SetTargets(Designer(spec).Design(params));
  Reset();
}

void Multiband::LayOut() {
  crossovers_ = {};
  for (std::size_t c = 0; c + 1 < bands_; ++c) {
    for (std::size_t b = 0; b < bands_; ++b) {
      Set(crossovers_[c], b, b == c ? Pass::kLow : b > c ? Pass::kHigh : Pass::kAll);
    }
  }
}

void Multiband::Reset() noexcept {
  for (Crossover& crossover : crossovers_) {
    for (Crossover::Section& section : crossover.sections) {
      section.state1.fill(0.0F);
      section.state2.fill(0.0F);
    }
  }
  for (CornerGlide& corner : corners_) corner.Snap();
  filled_.fill(false);
  dynamics_.value = targets_.values;
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
  const bool moves = targets.values != targets_.values;
  targets_ = targets;
  dynamics_.rms_pole = targets.rms_pole;
  for (std::size_t c = 0; c < kCrossovers; ++c) {
    corners_[c].SetTarget(targets.corners_octaves[c]);
    filled_[c] = filled_[c] && corners_[c].settled();
  }
  if (!moves) return;
  ramp_left_ = ramp_frames_;
  for (std::size_t k = 0; k < BandDynamics::kValues; ++k) {
    for (std::size_t b = 0; b < kMostBands; ++b) {
      dynamics_.step[k][b] =
          (targets.values[k][b] - dynamics_.value[k][b]) / static_cast<float>(ramp_frames_);
    }
  }
}

void Multiband::Process(StereoView io) noexcept {
  if (bands_ == 0) return;
  for (std::size_t i = 0; i < io.frames; ++i) {
    float* const frame = lanes_.data() + i * kBandLanes;
    std::fill_n(frame, kMostBands, io.left[i]);
    std::fill_n(frame + kMostBands, kMostBands, io.right[i]);
  }
  MoveCorners(io.frames);
  const auto corner = [this](std::size_t c) {
    return CornerBlock{.g = g_[c].data(), .a = a_[c].data()};
  };
  std::size_t c = 0;
  for (; c + 2 < bands_; c += 2) {
    kernels_.cross_two(corner(c), corner(c + 1), io.frames, crossovers_[c], crossovers_[c + 1],
                       lanes_.data());
  }
  if (c + 1 < bands_) {
    kernels_.cross(g_[c].data(), a_[c].data(), io.frames, crossovers_[c], lanes_.data());
  }
  Compress(io.frames);
  Delay(io.frames);
  kernels_.sum(lanes_.data(), gains_.data(), io.frames, io.left, io.right);
}

void Multiband::MoveCorners(std::size_t frames) noexcept {
  for (std::size_t c = 0; c + 1 < bands_; ++c) {
    if (filled_[c]) continue;
    // Where it stands still it is filled once, for blocks of every length.
    const bool stands = corners_[c].settled();
    const std::size_t count = stands ? g_[c].size() : frames;
    corners_[c].Fill(g_[c].data(), count);
    for (std::size_t i = 0; i < count; ++i) {
      const float g = g_[c][i];
      a_[c][i] = 1.0F / (1.0F + g * (g + kDamping));
    }
    filled_[c] = stands;
  }
}

void Multiband::Compress(std::size_t frames) noexcept {
  dynamics_.largest_reduction_db.fill(0.0F);
  const std::size_t moving = std::min(frames, ramp_left_);
  if (moving > 0) {
    kernels_.compress(lanes_.data(), moving, true, dynamics_, gains_.data());
    ramp_left_ -= moving;
    if (ramp_left_ == 0) dynamics_.value = targets_.values;
  }
  if (moving == frames) return;
  kernels_.compress(lanes_.data() + moving * kBandLanes, frames - moving, false, dynamics_,
                    gains_.data() + moving * kMostBands);
}

// The bands, and not their levels.
void Multiband::Delay(std::size_t frames) noexcept {
  for (std::size_t done = 0; done < frames && lookahead_frames_ > 0;) {
    const std::size_t count = std::min(frames - done, lookahead_frames_ - delay_at_);
    std::swap_ranges(lanes_.data() + done * kBandLanes, lanes_.data() + (done + count) * kBandLanes,
                     delayed_.data() + delay_at_ * kBandLanes);
    done += count;
    delay_at_ = (delay_at_ + count) % lookahead_frames_;
  }
}

}  // namespace auralis
