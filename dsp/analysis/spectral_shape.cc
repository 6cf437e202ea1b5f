#include "dsp/analysis/spectral_shape.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace auralis {
namespace {

constexpr double kLowestHz = 20.0;
constexpr double kHighestHz = 20000.0;
constexpr double kRolloffShare = 0.85;
constexpr float kFloor = 1e-20F;  // of a bin's power: -200 dB, so that products stay numbers

}  // namespace

SpectralShape MeasureShape(std::span<const float> power, double bin_hz) noexcept {
  constexpr std::size_t kGroup = 8;
  const auto first = static_cast<std::size_t>(std::ceil(kLowestHz / bin_hz));
  const std::size_t end = std::min(power.size(), static_cast<std::size_t>(kHighestHz / bin_hz) + 1);
  if (end < first + kGroup) return {};
  double total = 0.0;
  double moment = 0.0;
  double logarithms = 0.0;
  const std::size_t groups = (end - first) / kGroup;
  for (std::size_t group = 0; group < groups; ++group) {
    double product = 1.0;  // of eight powers: not below 1e-160
    for (std::size_t k = first + group * kGroup; k < first + (group + 1) * kGroup; ++k) {
      const auto p = static_cast<double>(power[k]);
      total += p;
      moment += p * static_cast<double>(k);
      product *= static_cast<double>(std::max(power[k], kFloor));
    }
    logarithms += std::log(product);
  }
  if (!(total > 0.0)) return {};
  const auto bins = static_cast<double>(groups * kGroup);
  double below = 0.0;
  std::size_t rolloff = first;
  for (; rolloff < end; ++rolloff) {
    below += static_cast<double>(power[rolloff]);
    if (below >= kRolloffShare * total) break;
  }
  return {.centroid_hz = static_cast<float>(bin_hz * moment / total),
          .rolloff_hz = static_cast<float>(bin_hz * static_cast<double>(rolloff)),
          .flatness = static_cast<float>(std::exp(logarithms / bins) / (total / bins))};
}

}  // namespace auralis
