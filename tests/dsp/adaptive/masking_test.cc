#include "dsp/adaptive/masking.h"

#include <gtest/gtest.h>

#include <cmath>

namespace auralis {
namespace {

using Power = std::array<float, kBarkBands>;

TEST(SignalToMask, OneBandMasksUpwardMoreThanDownward) {
  Power power{};
  power.fill(1e-12F);
  power[10] = 0.01F;  // 80 dB SPL
  power[12] = 1e-6F;  // 40 dB SPL
  power[8] = 1e-6F;
  const auto margin = SignalToMaskDb(power);
  EXPECT_GT(margin[10], 40.0F);
  // 80 - 6 - 2 * 12 = 50 dB SPL above it, 80 - 6 - 2 * 27 = 20 dB below it.
  EXPECT_NEAR(margin[12], -10.0, 0.1);
  EXPECT_NEAR(margin[8], 20.0, 0.5);
}

TEST(SignalToMask, NothingIsHeardUnderTheThresholdInQuiet) {
  Power power{};
  power.fill(1e-11F);  // -10 dB SPL
  for (const float margin : SignalToMaskDb(power)) EXPECT_LT(margin, 0.0F);
  power.fill(0.0F);
  for (const float margin : SignalToMaskDb(power)) EXPECT_TRUE(std::isfinite(margin));
  // A tone of 1 kHz is just heard at 3.4 dB SPL.
  power[8] = static_cast<float>(std::pow(10.0, (3.4 - 100.0) / 10.0));
  EXPECT_NEAR(SignalToMaskDb(power)[8], 0.0, 0.5);
}

TEST(SignalToMask, PowersOfMaskersAddUp) {
  Power power{};
  power[9] = power[11] = 0.01F;
  power[10] = 1e-6F;
  const double below = 80.0 - 6.0 - 27.0;  // of the one above it
  const double above = 80.0 - 6.0 - 12.0;  // of the one below it
  const double mask =
      10.0 * std::log10(std::pow(10.0, below / 10.0) + std::pow(10.0, above / 10.0));
  EXPECT_NEAR(SignalToMaskDb(power)[10], 40.0 - mask, 0.05);
}

}  // namespace
}  // namespace auralis
