#include "dsp/stages/crossfeed.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdio>

#include "tests/dsp/stages/response.h"
#include "tests/dsp/stages/running_stage.h"
#include "tests/support/measure.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

using test::StereoResponse;

Crossfeed::Params On(Crossfeed::Model model) {
  auto params = DefaultParams<Crossfeed::Params>(Crossfeed::kParams);
  params.enabled = 1.0F;
  params.model = static_cast<float>(model);
  return params;
}

// The analogue model, from the published constants.
struct Analogue {
  double frequency_hz;
  double feed_db;

  double cross_db() const { return -5.0 / 6.0 * feed_db - 3.0; }
  double cut() const { return 1.0 - std::pow(10.0, (feed_db / 6.0 - 3.0) / 20.0); }
  double cross() const { return std::pow(10.0, cross_db() / 20.0); }
  double sum() const { return 1.0 - cut() + cross(); }
  double direct_hz() const {
    return frequency_hz * std::pow(2.0, (cross_db() - 20.0 * std::log10(cut())) / 12.0);
  }
  static std::complex<double> LowPass(double corner_hz, double hz) {
    return 1.0 / std::complex<double>(1.0, hz / corner_hz);
  }
  std::complex<double> Direct(double hz) const {
    return (1.0 - cut() * LowPass(direct_hz(), hz)) / sum();
  }
  std::complex<double> Cross(double hz) const {
    return cross() * LowPass(frequency_hz, hz) / sum();
  }
};

TEST(Crossfeed, FollowsThePublishedModels) {
  struct Case {
    Crossfeed::Model model;
    Analogue analogue;
  };
  auto custom = On(Crossfeed::Model::kCustom);
  custom.frequency_hz = 1200.0F;
  custom.feed_db = 12.0F;
  double worst_db = 0.0;
  for (const double rate : {44100.0, 48000.0, 96000.0, 192000.0}) {
    for (const auto& [model, analogue] : {Case{Crossfeed::Model::kDefault, {700.0, 4.5}},
                                          Case{Crossfeed::Model::kChuMoy, {700.0, 6.0}},
                                          Case{Crossfeed::Model::kJanMeier, {650.0, 9.5}},
                                          Case{Crossfeed::Model::kCustom, {1200.0, 12.0}}}) {
      const auto params = model == Crossfeed::Model::kCustom ? custom : On(model);
      const auto response = test::ResponseOf<Crossfeed>(params, rate, 1.0F, 0.0F);
      for (double hz = 20.0; hz <= 8000.0; hz *= 1.5) {
        const double direct = std::abs(StereoResponse::At(response.left, hz, rate));
        const double cross = std::abs(StereoResponse::At(response.right, hz, rate));
        worst_db = std::max(
            {worst_db, std::abs(test::Db(direct / std::abs(analogue.Direct(hz)))),
             hz < 3000.0 ? std::abs(test::Db(cross / std::abs(analogue.Cross(hz)))) : 0.0});
      }
      // At DC the other channel is `feed` below, and both together are the input.
      const double direct = std::abs(StereoResponse::At(response.left, 0.0, rate));
      const double cross = std::abs(StereoResponse::At(response.right, 0.0, rate));
      EXPECT_NEAR(test::Db(direct / cross), analogue.feed_db, 0.001);
      EXPECT_NEAR(direct + cross, 1.0, 1e-5);
    }
  }
  std::printf("crossfeed: within %.3f dB of the analogue model\n", worst_db);
  EXPECT_LT(worst_db, 0.2);
}

TEST(Crossfeed, BothEarsAreAlike) {
  const auto from_left =
      test::ResponseOf<Crossfeed>(On(Crossfeed::Model::kChuMoy), 48000.0, 1.0F, 0.0F);
  const auto from_right =
      test::ResponseOf<Crossfeed>(On(Crossfeed::Model::kChuMoy), 48000.0, 0.0F, 1.0F);
  EXPECT_EQ(from_left.left, from_right.right);
  EXPECT_EQ(from_left.right, from_right.left);
}

TEST(Crossfeed, OffIsTheInputBitForBit) {
  auto params = On(Crossfeed::Model::kDefault);
  params.enabled = 0.0F;
  test::RunningStage<Crossfeed> crossfeed(params);
  const test::Stereo x{test::Noise(0.9, 9600, 1), test::Noise(0.9, 9600, 2)};
  const test::Stereo y = crossfeed.Feed(x);
  EXPECT_EQ(y.left, x.left);
  EXPECT_EQ(y.right, x.right);
}

}  // namespace
}  // namespace auralis
