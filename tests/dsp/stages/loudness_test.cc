#include "dsp/stages/loudness.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "dsp/equal_loudness.h"
#include "tests/dsp/stages/response.h"
#include "tests/support/measure.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

Loudness::Params At(double reference_db, double volume_db) {
  auto params = DefaultParams<Loudness::Params>(Loudness::kParams);
  params.enabled = 1.0F;
  params.reference_db = static_cast<float>(reference_db);
  params.volume_db = static_cast<float>(volume_db);
  return params;
}

// The contour of 40 phon, as the standard's formula is tabulated everywhere.
TEST(EqualLoudness, IsTheStandardsContour) {
  constexpr double kForty[] = {
      99.8539, 93.9444, 88.1659, 82.6287, 77.7849, 73.0825, 68.4779, 64.3711, 60.5855, 56.7022,
      53.4087, 50.3992, 47.5775, 44.9766, 43.0507, 41.3392, 40.0618, 40.0100, 41.8195, 42.5076,
      39.2296, 36.5090, 35.6089, 36.6492, 40.0077, 45.8283, 51.7968, 54.2841, 51.4859};
  for (std::size_t i = 0; i < kContourHz.size(); ++i) {
    EXPECT_NEAR(EqualLoudnessDb(i, 40.0), kForty[i], 0.001) << kContourHz[i];
  }
  // At 1 kHz a phon is a dB.
  for (const double phon : {20.0, 60.0, 90.0}) EXPECT_NEAR(EqualLoudnessDb(17, phon), phon, 0.1);
}

TEST(Loudness, IsTheDifferenceOfTheContours) {
  for (const double rate : {44100.0, 48000.0, 96000.0, 192000.0}) {
    double worst_db = 0.0;
    double worst_hz = 0.0;
    for (const double reference : {60.0, 70.0, 80.0, 90.0}) {
      for (const double volume : {-5.0, -15.0, -30.0, -45.0, -60.0}) {
        const double listening = std::max(20.0, reference + volume);
        const auto response =
            test::ResponseOf<Loudness>(At(reference, volume), rate, 1.0F, 1.0F, 0.3).left;
        const auto measured_db = [&](double hz) {
          return test::Db(std::abs(test::StereoResponse::At(response, hz, rate)));
        };
        const double at_1_khz = measured_db(1000.0);
        for (std::size_t i = 2; i < kContourHz.size(); ++i) {  // from 31.5 Hz
          const double expected_db =
              EqualLoudnessDb(i, listening) - EqualLoudnessDb(17, listening) -
              (EqualLoudnessDb(i, reference) - EqualLoudnessDb(17, reference));
          const double error_db = measured_db(kContourHz[i]) - at_1_khz - expected_db;
          if (std::abs(error_db) > std::abs(worst_db)) {
            worst_db = error_db;
            worst_hz = kContourHz[i];
          }
        }
      }
    }
    std::printf("%6.0f Hz: contours met within %.2f dB (%.0f Hz)\n", rate, std::abs(worst_db),
                worst_hz);
    EXPECT_LE(std::abs(worst_db), 0.5) << rate;
  }
}

TEST(Loudness, NeverBoosts) {
  for (const double rate : {44100.0, 96000.0}) {
    for (const double volume : {-5.0, -30.0, -60.0}) {
      const auto response =
          test::ResponseOf<Loudness>(At(80.0, volume), rate, 1.0F, 1.0F, 1.0).left;
      double highest_db = -100.0;
      for (double hz = 2.0; hz < 0.499 * rate; hz *= 1.05) {
        highest_db =
            std::max(highest_db, test::Db(std::abs(test::StereoResponse::At(response, hz, rate))));
      }
      EXPECT_LE(highest_db, 0.1) << rate << ' ' << volume;
      EXPECT_GT(highest_db, -0.5) << rate << ' ' << volume;
    }
  }
}

// Between the contours' frequencies it stays between their values, but for a little.
TEST(Loudness, IsSmoothInBetween) {
  const auto response = test::ResponseOf<Loudness>(At(80.0, -40.0), 48000.0).left;
  const auto db = [&](double hz) {
    return test::Db(std::abs(test::StereoResponse::At(response, hz, 48000.0)));
  };
  for (std::size_t i = 2; i + 1 < kContourHz.size(); ++i) {
    const double low = db(kContourHz[i]);
    const double high = db(kContourHz[i + 1]);
    const double between = db(std::sqrt(kContourHz[i] * kContourHz[i + 1]));
    EXPECT_GT(between, std::min(low, high) - 0.25) << kContourHz[i];
    EXPECT_LT(between, std::max(low, high) + 0.25) << kContourHz[i];
  }
}

TEST(Loudness, AtTheReferenceItIsTheInputBitForBit) {
  const auto response = test::ResponseOf<Loudness>(At(80.0, 0.0), 48000.0).left;
  EXPECT_EQ(response[0], 1.0F);
  EXPECT_TRUE(std::all_of(response.begin() + 1, response.end(), [](float x) { return x == 0.0F; }));
}

}  // namespace
// 20 dB at the sink are heard as 20 dB at the knob, and both add up.
TEST(Loudness, FollowsTheSinksVolume) {
  const ProcessSpec spec{.sample_rate_hz = 48000.0, .block_frames = 64};
  const auto designed = [&](float knob_db, float sink_db, bool follow) {
    Loudness::Designer designer(spec);
    designer.SetSinkVolume(sink_db);
    auto params = At(80.0, static_cast<double>(knob_db));
    params.follow = follow ? 1.0F : 0.0F;
    return designer.Design(params);
  };
  const auto same = [](const Loudness::Targets& a, const Loudness::Targets& b) {
    return a.gain == b.gain && a.sections == b.sections;
  };
  const Loudness::Targets at_knob = designed(-20.0F, 0.0F, true);
  EXPECT_LT(at_knob.gain, 0.9F);
  EXPECT_TRUE(same(designed(0.0F, -20.0F, true), at_knob));
  EXPECT_TRUE(same(designed(-15.0F, -5.0F, true), at_knob));
  EXPECT_TRUE(same(designed(-20.0F, -20.0F, false), at_knob));
  // A sink that amplifies does not take the knob past "as it was made".
  EXPECT_TRUE(same(designed(-3.0F, 6.0F, true), designed(0.0F, 0.0F, true)));

  // The same designer hears of a new volume.
  Loudness::Designer designer(spec);
  EXPECT_EQ(designer.Design(At(80.0, 0.0)).gain, 1.0F);
  designer.SetSinkVolume(-20.0F);
  EXPECT_TRUE(same(designer.Design(At(80.0, 0.0)), at_knob));
}

}  // namespace auralis
