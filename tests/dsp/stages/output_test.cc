#include "dsp/stages/output.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/support/measure.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

std::vector<float> Feed(const Output::Params& params, std::vector<float> x) {
  Output output;
  output.Prepare({.sample_rate_hz = 48000.0, .block_frames = x.size()});
  output.SetTargets(params);
  output.Reset();
  auto right = x;
  output.Process({x.data(), right.data(), x.size()});
  EXPECT_EQ(x, right);
  return x;
}

TEST(Output, TrimsInDecibels) {
  const auto x = test::Sine(1000.0, 0.5, 48000.0, 4800);
  for (const float gain_db : {-60.0F, -12.5F, 0.0F}) {
    const auto y = Feed({.enabled = 1.0F, .gain_db = gain_db}, x);
    EXPECT_NEAR(test::Db(test::ToneAmplitude(y, 1000.0, 48000.0) / 0.5), gain_db, 0.001);
  }
  EXPECT_EQ(Feed({.enabled = 0.0F, .gain_db = -12.0F}, x), x);
}

TEST(Output, ClampsToFullScaleEvenWhenOff) {
  const auto x = test::Noise(3.0, 4800, 53);
  for (const float enabled : {0.0F, 1.0F}) {
    const auto y = Feed({.enabled = enabled, .gain_db = 0.0F}, x);
    EXPECT_EQ(test::PeakOf(y), 1.0);
    for (std::size_t i = 0; i < x.size(); ++i) {
      ASSERT_EQ(y[i], std::clamp(x[i], -1.0F, 1.0F));
    }
  }
}

}  // namespace
}  // namespace auralis
