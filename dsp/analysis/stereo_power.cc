#include "dsp/analysis/stereo_power.h"

#include <cmath>
#include <numbers>

namespace auralis {

void StereoPower::Prepare(std::size_t length) {
  kernels_ = ResolveFftKernels();
  tables_ = std::make_unique<FftTables>(length);
  // A sine of amplitude 1 has N sum(w^2) / 4 of energy round its positive frequency (Parseval), and
  // the sum over both channels and both signs of frequency holds that four times.
  const double n = static_cast<double>(length);
  const double energy = n * (3.0 / 8.0 * n);
  const double scale = std::sqrt(1.0 / energy);
  window_.resize(2 * length);
  for (std::size_t i = 0; i < length; ++i) {
    const double phase = 2.0 * std::numbers::pi * static_cast<double>(i) / n;
    window_[2 * i] = static_cast<float>(scale * (0.5 - 0.5 * std::cos(phase)));
    window_[2 * i + 1] = window_[2 * i];
  }
  windowed_.assign(2 * length, 0.0F);
  power_.assign(length / 2 + 1, 0.0F);
}

std::span<const float> StereoPower::Measure(const float* ring, std::size_t start) noexcept {
  const auto apply = [ring, this](std::size_t to, std::size_t from, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      windowed_[to + i] = window_[to + i] * ring[from + i];
    }
  };
  const std::size_t until_end = 2 * (length() - start);
  apply(0, 2 * start, until_end);
  apply(until_end, 0, 2 * start);
  kernels_.stereo_power(*tables_, windowed_.data(), power_.data());
  return power_;
}

}  // namespace auralis
