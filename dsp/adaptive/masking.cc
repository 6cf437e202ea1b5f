#include "dsp/adaptive/masking.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace auralis {
namespace {

constexpr double kFullScaleSpl = 100.0;
constexpr double kDownwardDb = 27.0;  // a Bark
constexpr double kUpwardDb = 12.0;
constexpr double kOffsetDb = 6.0;
constexpr double kFloor = 1e-20;

double ThresholdInQuietSpl(double hz) noexcept {
  const double khz = hz / 1000.0;
  return 3.64 * std::pow(khz, -0.8) - 6.5 * std::exp(-0.6 * std::pow(khz - 3.3, 2.0)) +
         1e-3 * std::pow(khz, 4.0);
}

// The share of a masker's power that is felt `bands` away.
double Spread(std::ptrdiff_t bands) noexcept {
  const double slope = bands < 0 ? kDownwardDb : kUpwardDb;
  const auto distance = static_cast<double>(std::abs(bands));
  return std::pow(10.0, -0.1 * (kOffsetDb + slope * distance));
}

}  // namespace

std::array<float, kBarkBands> SignalToMaskDb(std::span<const float, kBarkBands> power) noexcept {
  std::array<float, kBarkBands> margin_db{};
  for (std::size_t band = 0; band < kBarkBands; ++band) {
    double mask = std::pow(10.0, 0.1 * (ThresholdInQuietSpl(BarkCentreHz(band)) - kFullScaleSpl));
    for (std::size_t masker = 0; masker < kBarkBands; ++masker) {
      if (masker == band) continue;
      mask += static_cast<double>(power[masker]) *
              Spread(static_cast<std::ptrdiff_t>(band) - static_cast<std::ptrdiff_t>(masker));
    }
    const double own = std::max(kFloor, static_cast<double>(power[band]));
    margin_db[band] = static_cast<float>(10.0 * std::log10(own / mask));
  }
  return margin_db;
}

}  // namespace auralis
