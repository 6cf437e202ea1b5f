#include "dsp/analysis/stereo_power.h"

#include <fftw3.h>

#include <cmath>
#include <mutex>
#include <new>
#include <numbers>
#include <stdexcept>
#include <string>

#include "dsp/fftw_planner.h"

namespace auralis {
struct StereoPower::Plan {
  explicit Plan(std::size_t length)
      : samples(fftwf_alloc_complex(length)), spectrum(fftwf_alloc_complex(length)) {
    const std::scoped_lock lock(FftwPlannerMutex());
    if (samples != nullptr && spectrum != nullptr) {
      plan = fftwf_plan_dft_1d(static_cast<int>(length), samples, spectrum, FFTW_FORWARD,
                               FFTW_MEASURE);
    }
  }
  ~Plan() {
    const std::scoped_lock lock(FftwPlannerMutex());
    fftwf_destroy_plan(plan);
    fftwf_free(samples);
    fftwf_free(spectrum);
  }
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  fftwf_complex* samples;
  fftwf_complex* spectrum;
  fftwf_plan plan = nullptr;
};

StereoPower::StereoPower() = default;
StereoPower::~StereoPower() = default;
StereoPower::StereoPower(StereoPower&&) noexcept = default;
StereoPower& StereoPower::operator=(StereoPower&&) noexcept = default;

void StereoPower::Prepare(std::size_t length) {
  plan_ = std::make_unique<Plan>(length);
  if (plan_->plan == nullptr) {
    throw std::runtime_error("spectrum: FFTW has no plan for " + std::to_string(length) +
                             " complex points");
  }
  // A sine of amplitude 1 has N sum(w^2) / 4 of energy round its positive frequency (Parseval), and
  // the sum over both channels and both signs of frequency holds that four times.
  const double n = static_cast<double>(length);
  const double energy = n * (3.0 / 8.0 * n);
  const double scale = std::sqrt(1.0 / energy);
  window_.resize(length);
  for (std::size_t i = 0; i < length; ++i) {
    const double phase = 2.0 * std::numbers::pi * static_cast<double>(i) / n;
    window_[i] = static_cast<float>(scale * (0.5 - 0.5 * std::cos(phase)));
  }
  power_.assign(length / 2 + 1, 0.0F);
}

std::span<const float> StereoPower::Measure(const float* ring, std::size_t start) noexcept {
  const std::size_t length = window_.size();
  float* windowed = &plan_->samples[0][0];
  const auto apply = [windowed, ring, this](std::size_t to, std::size_t from, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      windowed[2 * (to + i)] = window_[to + i] * ring[2 * (from + i)];
      windowed[2 * (to + i) + 1] = window_[to + i] * ring[2 * (from + i) + 1];
    }
  };
  apply(0, start, length - start);
  apply(length - start, 0, start);
  fftwf_execute(plan_->plan);
  const auto magnitude = [spectrum = plan_->spectrum](std::size_t k) {
    return spectrum[k][0] * spectrum[k][0] + spectrum[k][1] * spectrum[k][1];
  };
  const std::size_t half = length / 2;
  power_[0] = 2.0F * magnitude(0);
  for (std::size_t k = 1; k <= half; ++k) power_[k] = magnitude(k) + magnitude(length - k);
  return power_;
}

}  // namespace auralis
