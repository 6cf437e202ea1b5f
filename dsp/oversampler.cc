#include "dsp/oversampler.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace auralis {
namespace {

constexpr double kUpBeta = 7.86;
constexpr double kDownBeta = 10.06;
constexpr double kDownCut = 0.45;  // of the rate, the middle of the transition

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

}  // namespace

void Oversampler::Prepare(std::size_t block_frames) {
  kernels_ = ResolvePolyphaseKernels();
  MakeTaps();
  input_.assign(kLatencyFrames + block_frames, 0.0F);
  for (std::size_t p = 0; p < kPhases; ++p) {
    instant_planes_[p].assign(1 + block_frames, 0.0F);
    instants_[p] = instant_planes_[p].data() + 1;
    addition_planes_[p].assign(kDownTaps + block_frames, 0.0F);
    additions_[p] = addition_planes_[p].data() + kDownTaps;
  }
  Reset();
}

void Oversampler::MakeTaps() {
  up_taps_.assign(kUpTaps * kPhases, 0.0F);
  down_taps_.assign(kPhases * kDownTaps, 0.0F);
  overshoot_ = 0.0F;
  for (std::size_t p = 0; p < kPhases; ++p) {
    const double at = static_cast<double>(p) / kPhases;
    // Instants lie in the middle between those of the low-pass: the mean of two is on time.
    const double instant = at + 0.5 / kPhases;
    float magnitudes = 0.0F;
    for (std::size_t k = 0; k < kUpTaps; ++k) {
      const double t = static_cast<double>(k) - static_cast<double>(kUpHalf - 1) - instant;
      const auto tap = static_cast<float>(Sinc(t) * Kaiser(t / kUpHalf, kUpBeta));
      up_taps_[k * kPhases + p] = tap;
      magnitudes += std::abs(tap);
    }
    overshoot_ = std::max(overshoot_, magnitudes);
    // Tap k belongs to the addition k frames before the newest one of the phase, kDownHalf frames
    // after what comes out.
    for (std::size_t k = 0; k < kDownTaps; ++k) {
      const double t = static_cast<double>(kDownHalf) - static_cast<double>(k) + at;
      if (std::abs(t) > kDownHalf) continue;
      down_taps_[p * kDownTaps + k] = static_cast<float>(
          2.0 * kDownCut / kPhases * Sinc(2.0 * kDownCut * t) * Kaiser(t / kDownHalf, kDownBeta));
    }
  }
}

void Oversampler::Reset() noexcept {
  std::fill(input_.begin(), input_.end(), 0.0F);
  for (auto& plane : instant_planes_) std::fill(plane.begin(), plane.end(), 0.0F);
  for (auto& plane : addition_planes_) std::fill(plane.begin(), plane.end(), 0.0F);
  quiet_frames_ = kDownTaps;
}

float Oversampler::Push(const float* input, std::size_t frames) noexcept {
  std::copy_n(input, frames, input_.data() + kLatencyFrames);
  const float* const first = input_.data() + kLatencyFrames - (kUpTaps - 1);
  float loudest = 0.0F;
  for (std::size_t i = 0; i < frames + kUpTaps - 1; ++i) {
    loudest = std::max(loudest, std::abs(first[i]));
  }
  return loudest;
}

const Oversampler::Planes& Oversampler::Raise(std::size_t frames) noexcept {
  kernels_.raise(input_.data() + kLatencyFrames - (kUpTaps - 1), up_taps_.data(), kUpTaps, kPhases,
                 frames, instants_.data());
  return instants_;
}

void Oversampler::RaiseLast(std::size_t frames) noexcept {
  Planes last = instants_;
  for (float*& plane : last) plane += frames - 1;
  kernels_.raise(input_.data() + kLatencyFrames - (kUpTaps - 1) + frames - 1, up_taps_.data(),
                 kUpTaps, kPhases, 1, last.data());
}

void Oversampler::CopyDelayed(float* output, std::size_t frames) const noexcept {
  std::copy_n(input_.data(), frames, output);
}

void Oversampler::Lower(bool any, float* output, std::size_t frames) noexcept {
  if (!any) {
    for (float* plane : additions_) std::fill_n(plane, frames, 0.0F);
  }
  if (any || quiet_frames_ < kDownTaps) {
    kernels_.lower(additions_.data(), down_taps_.data(), kDownTaps, kPhases, frames, output);
  }
  quiet_frames_ = any ? 0 : std::min(quiet_frames_ + frames, kDownTaps);
  std::copy_n(input_.data() + frames, kLatencyFrames, input_.data());
  for (auto& plane : addition_planes_) std::copy_n(plane.data() + frames, kDownTaps, plane.data());
  instants_[kPhases - 1][-1] = instants_[kPhases - 1][frames - 1];
}

}  // namespace auralis
