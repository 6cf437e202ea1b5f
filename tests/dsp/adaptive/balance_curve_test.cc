#include "dsp/adaptive/balance_curve.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace auralis {
namespace {

using Gains = std::array<float, kZones>;
using Power = std::array<float, kBarkBands>;

// What happens to the power between two frequencies when every band gets its gain. Bands that lie
// in two zones count by their widths.
double ReachedDb(const Power& curve_db, const Power& power, std::size_t zone) {
  double before = 0.0;
  double after = 0.0;
  for (std::size_t band = 0; band < kBarkBands; ++band) {
    const double low = std::max(kBarkEdgesHz[band], kZoneEdgesHz[zone]);
    const double high = std::min(kBarkEdgesHz[band + 1], kZoneEdgesHz[zone + 1]);
    const double share = std::max(0.0, high - low) / (kBarkEdgesHz[band + 1] - kBarkEdgesHz[band]);
    const double p = share * static_cast<double>(power[band]);
    before += p;
    after += p * std::pow(10.0, 0.1 * static_cast<double>(curve_db[band]));
  }
  return 10.0 * std::log10(after / before);
}

TEST(BalanceCurve, NothingForNothing) {
  Power power;
  power.fill(0.01F);
  for (const float db : BalanceCurveDb(Gains{}, power)) EXPECT_EQ(db, 0.0F);
}

TEST(BalanceCurve, TheSameEverywhereIsFlat) {
  Power power;
  power.fill(0.01F);
  Gains gains;
  gains.fill(3.0F);
  for (const float db : BalanceCurveDb(gains, power)) EXPECT_NEAR(db, 3.0F, 1e-3F);
}

// Sub and bass share the lowest band, which can have one gain only; every other zone comes out.
TEST(BalanceCurve, ReachesWhatIsAskedOfEachZone) {
  std::mt19937 random(11);
  std::uniform_real_distribution<float> gain_db(-4.0F, 4.0F);
  for (int i = 0; i < 200; ++i) {
    Power power;
    for (std::size_t band = 0; band < kBarkBands; ++band) {
      power[band] = std::pow(10.0F, -0.1F * (static_cast<float>(band) + gain_db(random)));
    }
    Gains gains;
    for (float& gain : gains) gain = gain_db(random);
    gains[0] = gains[1];
    const Power curve = BalanceCurveDb(gains, power);
    for (std::size_t zone = 1; zone < kZones; ++zone) {
      EXPECT_NEAR(ReachedDb(curve, power, zone), gains[zone], 0.5) << i << " " << kZoneNames[zone];
    }
    for (std::size_t band = 1; band < kBarkBands; ++band) {
      EXPECT_LT(std::abs(curve[band] - curve[band - 1]), 7.5F) << i << " " << band;
    }
  }
}

TEST(BalanceCurve, StaysBoundedWhereThereIsNoPower) {
  Gains gains;
  gains.fill(4.0F);
  gains[6] = -12.0F;
  for (const float db : BalanceCurveDb(gains, Power{})) {
    EXPECT_TRUE(std::isfinite(db));
    EXPECT_LE(std::abs(db), 18.1F);
  }
}

}  // namespace
}  // namespace auralis
