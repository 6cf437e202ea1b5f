#include "dsp/stages/clipper.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

#include "dsp/units.h"

namespace auralis {
namespace {

constexpr std::size_t kUpHalf = 16;    // frames to each side of an instant
constexpr std::size_t kDownHalf = 32;  // frames to each side of a frame
constexpr std::size_t kUpTaps = 2 * kUpHalf;
constexpr std::size_t kDownFrames = 2 * kDownHalf + 1;
constexpr std::size_t kLatencyFrames = kUpHalf + kDownHalf;
// Kaiser windows: images 80 dB down, what would fold back 100 dB; the band ends at 0.4 of the rate.
constexpr double kUpBeta = 7.86;
constexpr double kDownBeta = 10.06;
constexpr double kDownCut = 0.45;    // of the rate, the middle of the transition
constexpr float kKneeShare = 0.25F;  // of the threshold: how far above it the curve ends

double BesselI0(double x) {
  double sum = 1.0;
  double term = 1.0;
  for (int k = 1; k < 60; ++k) {
    term *= (x / (2.0 * k)) * (x / (2.0 * k));
    sum += term;
  }
  return sum;
}

// `at` from -1 to 1.
double Kaiser(double at, double beta) {
  return BesselI0(beta * std::sqrt(std::max(0.0, 1.0 - at * at))) / BesselI0(beta);
}

double Sinc(double x) {
  return x == 0.0 ? 1.0 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x);
}

// What the curve takes away, integrated from 0: its slope is curve(x) - x.
double Integral(double x, double threshold) {
  const double z = std::abs(x) - threshold;
  if (z <= 0.0) return 0.0;
  const double h = static_cast<double>(kKneeShare) * threshold;
  if (z <= 2.0 * h) return -z * z * z / (12.0 * h);
  return -2.0 / 3.0 * h * h - 0.5 * (z * z - 4.0 * h * h) + h * (z - 2.0 * h);
}

double Change(double x, double threshold) {
  const double z = std::abs(x) - threshold;
  if (z <= 0.0) return 0.0;
  const double h = static_cast<double>(kKneeShare) * threshold;
  const double taken = z <= 2.0 * h ? z * z / (4.0 * h) : z - h;
  return x < 0.0 ? taken : -taken;
}

// Mean of the change on the way from one instant to the next.
double MeanChange(double from, double to, double threshold) {
  if (std::max(std::abs(from), std::abs(to)) <= threshold) return 0.0;
  const double way = to - from;
  if (std::abs(way) < 1e-6) return Change(0.5 * (from + to), threshold);
  return (Integral(to, threshold) - Integral(from, threshold)) / way;
}

}  // namespace

void Clipper::Prepare(const ProcessSpec& spec, const Params& params) {
  enabled_ = params.enabled >= 0.5F;
  threshold_.Prepare(spec.sample_rate_hz, kRampMs);
  overshoot_ = 0.0F;
  for (std::size_t p = 0; p < kPhases; ++p) {
    const double at = static_cast<double>(p) / kPhases;
    // Instants lie in the middle between those of the low-pass: the mean of two is on time.
    const double instant = at + 0.5 / kPhases;
    up_taps_[p].assign(kUpTaps, 0.0F);
    float magnitudes = 0.0F;
    for (std::size_t k = 0; k < kUpTaps; ++k) {
      const double t = static_cast<double>(k) - static_cast<double>(kUpHalf - 1) - instant;
      up_taps_[p][k] = static_cast<float>(Sinc(t) * Kaiser(t / kUpHalf, kUpBeta));
      magnitudes += std::abs(up_taps_[p][k]);
    }
    overshoot_ = std::max(overshoot_, magnitudes);
    // Tap k belongs to the change k frames before the newest one of the phase, kDownHalf frames
    // after what comes out.
    down_taps_[p].assign(kDownFrames, 0.0F);
    for (std::size_t k = 0; k < kDownFrames; ++k) {
      const double t = static_cast<double>(kDownHalf) - static_cast<double>(k) + at;
      if (std::abs(t) > kDownHalf) continue;
      down_taps_[p][k] = static_cast<float>(2.0 * kDownCut / kPhases * Sinc(2.0 * kDownCut * t) *
                                            Kaiser(t / kDownHalf, kDownBeta));
    }
    instants_[p].assign(spec.block_frames, 0.0F);
  }
  thresholds_.assign(spec.block_frames, 0.0F);
  for (Channel& channel : channels_) {
    channel.input.assign(kLatencyFrames + spec.block_frames, 0.0F);
    for (auto& plane : channel.changes) plane.assign(kDownFrames + spec.block_frames, 0.0F);
  }
  SetTargets(DefaultParams<Params>(kParams));
  Reset();
}

std::size_t Clipper::latency_frames() const noexcept { return enabled_ ? kLatencyFrames : 0; }

void Clipper::Reset() noexcept {
  threshold_.SnapTo(threshold_.target());
  for (Channel& channel : channels_) {
    std::fill(channel.input.begin(), channel.input.end(), 0.0F);
    for (auto& plane : channel.changes) std::fill(plane.begin(), plane.end(), 0.0F);
    channel.last = 0.0F;
    channel.quiet_frames = kDownFrames;
  }
}

void Clipper::SetTargets(const Params& params) noexcept {
  threshold_.SetTarget(DbToGain(params.threshold_db));
}

void Clipper::Process(StereoView io) noexcept {
  if (!enabled_) return;
  threshold_.Fill(thresholds_.data(), io.frames);
  ProcessChannel(channels_[0], io.left, io.frames);
  ProcessChannel(channels_[1], io.right, io.frames);
}

void Clipper::ProcessChannel(Channel& channel, float* io, std::size_t frames) noexcept {
  std::copy_n(io, frames, channel.input.data() + kLatencyFrames);
  const bool changed = FindChanges(channel, frames);
  std::copy_n(channel.input.data(), frames, io);  // kLatencyFrames ago
  if (changed || channel.quiet_frames < kDownFrames) AddChanges(channel, io, frames);
  channel.quiet_frames = changed ? 0 : std::min(channel.quiet_frames + frames, kDownFrames);
  std::copy_n(channel.input.data() + frames, kLatencyFrames, channel.input.data());
  for (auto& plane : channel.changes) {
    std::copy_n(plane.data() + frames, kDownFrames, plane.data());
  }
}

// Of the instants kUpHalf frames ago. True where there is any.
bool Clipper::FindChanges(Channel& channel, std::size_t frames) noexcept {
  // Frame i and the kUpTaps - 1 before it.
  const float* const first = channel.input.data() + kLatencyFrames - (kUpTaps - 1);
  float loudest = 0.0F;
  for (std::size_t i = 0; i < frames + kUpTaps - 1; ++i) {
    loudest = std::max(loudest, std::abs(first[i]));
  }
  const float lowest = *std::min_element(thresholds_.begin(),
                                         thresholds_.begin() + static_cast<std::ptrdiff_t>(frames));
  const bool quiet = overshoot_ * loudest <= lowest;
  for (std::size_t p = quiet ? kPhases - 1 : 0; p < kPhases; ++p) {
    float* const instants = instants_[p].data();
    std::fill_n(instants, frames, 0.0F);
    for (std::size_t k = 0; k < kUpTaps; ++k) {
      const float tap = up_taps_[p][k];
      for (std::size_t i = 0; i < frames; ++i) instants[i] += tap * first[i + k];
    }
  }
  bool changed = false;
  if (quiet) {
    for (auto& plane : channel.changes) std::fill_n(plane.data() + kDownFrames, frames, 0.0F);
  } else {
    auto from = static_cast<double>(channel.last);
    for (std::size_t i = 0; i < frames; ++i) {
      for (std::size_t p = 0; p < kPhases; ++p) {
        const auto to = static_cast<double>(instants_[p][i]);
        const double change = MeanChange(from, to, static_cast<double>(thresholds_[i]));
        channel.changes[p][kDownFrames + i] = static_cast<float>(change);
        changed = changed || change != 0.0;
        from = to;
      }
    }
  }
  channel.last = instants_[kPhases - 1][frames - 1];
  return changed;
}

void Clipper::AddChanges(const Channel& channel, float* out, std::size_t frames) const noexcept {
  for (std::size_t p = 0; p < kPhases; ++p) {
    const float* const newest = channel.changes[p].data() + kDownFrames;
    for (std::size_t k = 0; k < kDownFrames; ++k) {
      const float tap = down_taps_[p][k];
      const float* const change = newest - k;
      for (std::size_t i = 0; i < frames; ++i) out[i] += tap * change[i];
    }
  }
}

}  // namespace auralis
