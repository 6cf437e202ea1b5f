#include "dsp/analysis/k_weighting.h"

#include <cmath>
#include <numbers>

namespace auralis {
namespace {

// The prototypes that give the coefficients printed in BS.1770-4 when transformed at 48 kHz.
constexpr double kTabulatedRateHz = 48000.0;
constexpr double kShelfHz = 1681.974450955533;
constexpr double kShelfGainDb = 3.999843853973347;
constexpr double kShelfQ = 0.7071752369554196;
constexpr double kShelfBandExponent = 0.4996667741545416;
constexpr double kHighPassHz = 38.13547087602444;
constexpr double kHighPassQ = 0.5003270373238773;

double Prewarp(double frequency_hz, double sample_rate_hz) {
  return std::tan(std::numbers::pi * frequency_hz / sample_rate_hz);
}

}  // namespace

KWeightingFilter::KWeightingFilter(double sample_rate_hz) {
  const double shelf_gain = std::pow(10.0, kShelfGainDb / 20.0);
  shelf_ = {.g = Prewarp(kShelfHz, sample_rate_hz),
            .damping = 1.0 / kShelfQ,
            .high_gain = shelf_gain,
            .band_gain = std::pow(shelf_gain, kShelfBandExponent) / kShelfQ,
            .low_gain = 1.0};
  // The table's numerator is (1, -2, 1), not normalized: 0.043 dB of gain, to be had at every rate.
  const double g48 = Prewarp(kHighPassHz, kTabulatedRateHz);
  high_pass_ = {.g = Prewarp(kHighPassHz, sample_rate_hz),
                .damping = 1.0 / kHighPassQ,
                .high_gain = 1.0 + g48 / kHighPassQ + g48 * g48,
                .band_gain = 0.0,
                .low_gain = 0.0};
}

double KWeightingFilter::Section::Process(double x, double* memory) const noexcept {
  const double high = (x - (damping + g) * memory[0] - memory[1]) / (1.0 + g * (g + damping));
  const double band = g * high + memory[0];
  const double low = g * band + memory[1];
  memory[0] = g * high + band;
  memory[1] = g * band + low;
  return high_gain * high + band_gain * band + low_gain * low;
}

double KWeightingFilter::Process(double x) noexcept {
  return high_pass_.Process(shelf_.Process(x, memory_.data()), memory_.data() + 2);
}

KWeightingMatrix MakeKWeightingMatrix(double sample_rate_hz) {
  KWeightingMatrix matrix;
  for (std::size_t column = 0; column < kKWeightingRows; ++column) {
    float* rows = matrix.columns.data() + column * kKWeightingRows;
    KWeightingFilter filter(sample_rate_hz);
    if (column >= kKWeightingStepFrames) filter.memory()[column - kKWeightingStepFrames] = 1.0;
    for (std::size_t i = 0; i < kKWeightingStepFrames; ++i) {
      rows[i] = static_cast<float>(filter.Process(i == column ? 1.0 : 0.0));
    }
    for (std::size_t s = 0; s < kKWeightingOrder; ++s) {
      rows[kKWeightingStepFrames + s] = static_cast<float>(filter.memory()[s]);
    }
  }
  return matrix;
}

}  // namespace auralis
