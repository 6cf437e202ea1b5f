#include "dsp/adaptive/balance_curve.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace auralis {
namespace {

using Knots = std::array<double, kZones>;
using Curve = std::array<double, kBarkBands>;

constexpr int kSteps = 6;
constexpr double kMostDb = 18.0;  // of a knot

// E. Zwicker and E. Terhardt (1980), equation 1.
double BarkOf(double hz) noexcept {
  return 13.0 * std::atan(0.00076 * hz) + 3.5 * std::atan(std::pow(hz / 7500.0, 2.0));
}

struct Places {
  Places() {
    for (std::size_t zone = 0; zone < kZones; ++zone) knots[zone] = BarkOf(ZoneCentreHz(zone));
    for (std::size_t band = 0; band < kBarkBands; ++band) {
      bands[band] = BarkOf(BarkCentreHz(band));
      for (std::size_t zone = 0; zone < kZones; ++zone) {
        const double low = std::max(kBarkEdgesHz[band], kZoneEdgesHz[zone]);
        const double high = std::min(kBarkEdgesHz[band + 1], kZoneEdgesHz[zone + 1]);
        inside[zone][band] =
            std::max(0.0, high - low) / (kBarkEdgesHz[band + 1] - kBarkEdgesHz[band]);
      }
    }
  }
  Knots knots{};
  Curve bands{};
  std::array<Curve, kZones> inside{};  // share of a band that lies in a zone
};

Knots SlopesOf(const Places& places, const Knots& y) {
  Knots secants{};
  for (std::size_t i = 0; i + 1 < kZones; ++i) {
    secants[i] = (y[i + 1] - y[i]) / (places.knots[i + 1] - places.knots[i]);
  }
  Knots slopes{};
  for (std::size_t i = 1; i + 1 < kZones; ++i) {
    // The harmonic mean keeps it monotone, and level where it turns.
    const double product = secants[i - 1] * secants[i];
    slopes[i] = product > 0.0 ? 2.0 * product / (secants[i - 1] + secants[i]) : 0.0;
  }
  return slopes;  // level at both ends, beyond which it goes on as it is
}

Curve Interpolate(const Places& places, const Knots& y) {
  const Knots slopes = SlopesOf(places, y);
  Curve curve{};
  for (std::size_t band = 0; band < kBarkBands; ++band) {
    const double x = std::clamp(places.bands[band], places.knots.front(), places.knots.back());
    std::size_t i = 0;
    while (i + 2 < kZones && x > places.knots[i + 1]) ++i;
    const double h = places.knots[i + 1] - places.knots[i];
    const double t = (x - places.knots[i]) / h;
    const double u = 1.0 - t;
    curve[band] = y[i] * (1.0 + 2.0 * t) * u * u + slopes[i] * h * t * u * u +
                  y[i + 1] * t * t * (3.0 - 2.0 * t) - slopes[i + 1] * h * t * t * u;
  }
  return curve;
}

// What the curve makes of the power in a zone.
double ReachedDb(const Places& places, const Curve& curve, std::size_t zone,
                 std::span<const float, kBarkBands> power) {
  double before = 0.0;
  double after = 0.0;
  for (std::size_t band = 0; band < kBarkBands; ++band) {
    const double inside = places.inside[zone][band] * static_cast<double>(power[band]);
    before += inside;
    after += inside * std::pow(10.0, 0.1 * curve[band]);
  }
  return before > 0.0 ? 10.0 * std::log10(after / before) : 0.0;
}

const Places& ThePlaces() {
  static const Places kPlaces;
  return kPlaces;
}

}  // namespace

std::array<float, kZones> ZoneGainsDb(std::span<const float, kBarkBands> band_gain_db,
                                      std::span<const float, kBarkBands> power) {
  Curve curve{};
  std::copy(band_gain_db.begin(), band_gain_db.end(), curve.begin());
  std::array<float, kZones> gains_db{};
  for (std::size_t zone = 0; zone < kZones; ++zone) {
    gains_db[zone] = static_cast<float>(ReachedDb(ThePlaces(), curve, zone, power));
  }
  return gains_db;
}

std::array<float, kBarkBands> BalanceCurveDb(std::span<const float, kZones> zone_gain_db,
                                             std::span<const float, kBarkBands> power) {
  const Places& places = ThePlaces();
  Knots knots{};
  std::copy(zone_gain_db.begin(), zone_gain_db.end(), knots.begin());
  Curve curve = Interpolate(places, knots);
  for (int step = 0; step < kSteps; ++step) {
    for (std::size_t zone = 0; zone < kZones; ++zone) {
      const auto wanted = static_cast<double>(zone_gain_db[zone]);
      if (ReachedDb(places, curve, zone, power) == 0.0 && wanted == 0.0) continue;
      knots[zone] = std::clamp(knots[zone] + wanted - ReachedDb(places, curve, zone, power),
                               -kMostDb, kMostDb);
    }
    curve = Interpolate(places, knots);
  }
  std::array<float, kBarkBands> result{};
  std::copy(curve.begin(), curve.end(), result.begin());
  return result;
}

}  // namespace auralis
