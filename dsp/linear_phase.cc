#include "dsp/linear_phase.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace auralis {
namespace {

constexpr std::size_t kPartitions = 2 * kLinearPhaseDelayPartitions;
constexpr std::size_t kGridOversampling = 4;
constexpr std::size_t kTaperPart = 8;  // of each half, at its end; longer ones blur the bass

}  // namespace

PartitionLayout LinearPhaseLayout(double sample_rate_hz) noexcept {
  const double octaves = std::round(std::log2(256.0 * sample_rate_hz / 48000.0));
  return {.partition_frames = std::size_t{1} << static_cast<std::size_t>(octaves),
          .partitions = kPartitions};
}

LinearPhaseDesigner::LinearPhaseDesigner(const PartitionLayout& layout)
    : layout_(layout),
      fft_(kGridOversampling * layout.length_frames()),
      real_(fft_.bins()),
      imaginary_(fft_.bins()),
      wrapped_(fft_.length()) {
  const std::size_t half = layout.length_frames() / 2;
  window_.assign(half + 1, 1.0F);
  const std::size_t taper_frames = half / kTaperPart;
  for (std::size_t i = half - taper_frames; i <= half; ++i) {
    const double taper = 1.0 - static_cast<double>(half - i) / static_cast<double>(taper_frames);
    window_[i] = static_cast<float>(0.5 + 0.5 * std::cos(std::numbers::pi * taper));
  }
}

std::vector<float> LinearPhaseDesigner::ResponseOf(std::span<const double> gains) {
  const double scale = 1.0 / static_cast<double>(fft_.length());
  std::transform(gains.begin(), gains.end(), real_.begin(),
                 [=](double gain) { return static_cast<float>(scale * gain); });
  std::fill(imaginary_.begin(), imaginary_.end(), 0.0F);
  fft_.Inverse(real_.data(), imaginary_.data(), wrapped_.data());
  const std::size_t half = layout_.length_frames() / 2;
  std::vector<float> response(layout_.length_frames());
  // Frame 0 would be the counterpart of one past the end; the window is 0 there.
  for (std::size_t i = 0; i < half; ++i) {
    response[half + i] = response[half - i] = window_[i] * wrapped_[i];
  }
  return response;
}

}  // namespace auralis
