#include "dsp/stages/input.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/measure.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

constexpr double kRate = 48000.0;
constexpr std::size_t kBlock = 64;

Input::Params Defaults() { return DefaultParams<Input::Params>(Input::kParams); }

struct Stereo {
  std::vector<float> left;
  std::vector<float> right;
};

Stereo Feed(const Input::Params& params, const std::vector<float>& x) {
  Input input;
  input.Prepare({.sample_rate_hz = kRate, .block_frames = kBlock});
  input.SetTargets(params);
  input.Reset();
  Stereo y{.left = x, .right = x};
  for (std::size_t at = 0; at < x.size(); at += kBlock) {
    input.Process({y.left.data() + at, y.right.data() + at, std::min(kBlock, x.size() - at)});
  }
  return y;
}

TEST(Input, AtItsDefaultsIsTheInputBitForBit) {
  const auto x = test::Noise(1.0, 4800, 51);
  const Stereo y = Feed(Defaults(), x);
  EXPECT_EQ(y.left, x);
  EXPECT_EQ(y.right, x);
}

TEST(Input, GainIsInDecibels) {
  const auto x = test::Sine(1000.0, 0.1, kRate, 48000);
  for (const float gain_db : {-36.0F, -6.0F, 3.5F, 36.0F}) {
    auto params = Defaults();
    params.gain_db = gain_db;
    const Stereo y = Feed(params, x);
    EXPECT_NEAR(test::Db(test::ToneAmplitude(y.right, 1000.0, kRate) / 0.1), gain_db, 0.001);
  }
}

TEST(Input, BalanceCutsOneSideAndBoostsNone) {
  const std::vector<float> x(kBlock, 0.5F);
  auto params = Defaults();
  params.balance = 1.0F;
  EXPECT_EQ(Feed(params, x).left[10], 0.0F);
  EXPECT_EQ(Feed(params, x).right[10], 0.5F);
  params.balance = -0.5F;
  EXPECT_EQ(Feed(params, x).left[10], 0.5F);
  EXPECT_EQ(Feed(params, x).right[10], 0.25F);
}

TEST(Input, DcBlockIsAHighPassAt5Hz) {
  auto params = Defaults();
  params.dc_block = 1.0F;
  const auto gain_db = [&](double frequency_hz) {
    const auto y = Feed(params, test::Sine(frequency_hz, 0.5, kRate, 480000)).left;
    const std::vector<float> settled(y.begin() + 240000, y.end());
    return test::Db(test::ToneAmplitude(settled, frequency_hz, kRate) / 0.5);
  };
  EXPECT_NEAR(gain_db(5.0), -3.01, 0.05);
  EXPECT_NEAR(gain_db(50.0), 10.0 * std::log10(1.0 / 1.01), 0.01);
  EXPECT_NEAR(gain_db(1000.0), 0.0, 0.01);
  const auto y = Feed(params, std::vector<float>(96000, 0.25F)).left;
  EXPECT_LT(std::abs(y.back()), 1e-6F);
}

TEST(Input, OffPassesTheInputOn) {
  const auto x = test::Noise(1.0, 4800, 52);
  auto params = Defaults();
  params.enabled = 0.0F;
  params.gain_db = 12.0F;
  params.balance = 1.0F;
  params.dc_block = 1.0F;
  const Stereo y = Feed(params, x);
  EXPECT_EQ(y.left, x);
  EXPECT_EQ(y.right, x);
}

}  // namespace
}  // namespace auralis
