#include "ipc/monitor/tonal_curve.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "dsp/bark_bands.h"

namespace auralis::ctl {
namespace {

using BandGains = std::array<double, kBarkBands>;

BandGains BarkGainsDb(const Bark::Params& bark, std::span<const float> adapted_db) {
  BandGains gains{};
  if (bark.enabled < 0.5F) return gains;
  for (std::size_t band = 0; band < kBarkBands; ++band) {
    double db = static_cast<double>(bark.bands[band].gain_db);
    db += static_cast<double>(bark.warmth) * BarkWarmthDb(band);
    db += static_cast<double>(bark.brightness) * BarkBrightnessDb(band);
    if (band < adapted_db.size()) db += static_cast<double>(bark.adaptive * adapted_db[band]);
    const auto largest = static_cast<double>(Bark::kLargestTargetDb);
    gains[band] = std::clamp(db, -largest, largest);
  }
  return gains;
}

double BarkDbAt(const BandGains& gains_db, double frequency_hz) {
  std::size_t above = 0;
  while (above < kBarkBands && BarkCentreHz(above) < frequency_hz) ++above;
  if (above == 0) return gains_db.front();
  if (above == kBarkBands) return gains_db.back();
  const double low = std::log(BarkCentreHz(above - 1));
  const double part = (std::log(frequency_hz) - low) / (std::log(BarkCentreHz(above)) - low);
  return gains_db[above - 1] + part * (gains_db[above] - gains_db[above - 1]);
}

}  // namespace

std::vector<float> TonalCurve::GainDb(const ParamRegistry::Values& values,
                                      std::span<const float> adapted_db,
                                      std::span<const double> frequencies_hz) {
  const ParamRegistry::Values targets = ParamRegistry::TargetsOf(values);
  equalizer_.Design(ProductChain::ParamsOf<Equalizer>(targets.data()));
  const BandGains bark = BarkGainsDb(ProductChain::ParamsOf<Bark>(targets.data()), adapted_db);
  std::vector<float> curve;
  for (const double hz : frequencies_hz) {
    curve.push_back(static_cast<float>(equalizer_.GainDbAt(hz) + BarkDbAt(bark, hz)));
  }
  return curve;
}

}  // namespace auralis::ctl
