// What adaptation makes of whole programmes: direction, bound, settling time.

#include "dsp/adaptive/adapter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iostream>

#include "tests/dsp/adaptive/programmes.h"
#include "tests/support/measure.h"

namespace auralis {
namespace {

using test::Listening;
using test::Music;
using test::Shares;
using test::Tilted;

constexpr double kRate = 48000.0;
enum Zone : std::size_t { kSub, kBass, kLowMid, kMid, kUpperMid, kPresence, kAir };

const Shares& Usual() {
  static const Shares kUsual = Calibration{}.zone_shares;
  return kUsual;
}

float Largest(const Aims& aims) {
  float largest = 0.0F;
  for (const float db : aims.bark_gain_db) largest = std::max(largest, std::abs(db));
  return largest;
}

// In the mean over what lies in a zone, as a band reads it.
double GainAt(const Aims& aims, double low_hz, double high_hz) {
  double sum = 0.0;
  int count = 0;
  for (std::size_t band = 0; band < kBarkBands; ++band) {
    if (BarkCentreHz(band) < low_hz || BarkCentreHz(band) > high_hz) continue;
    sum += static_cast<double>(aims.bark_gain_db[band]);
    ++count;
  }
  return sum / count;
}

AdaptationState After(const test::StereoProgramme& programme, double seconds = 30.0) {
  Listening listening(kRate);
  listening.Play(programme, seconds);
  return listening.state();
}

TEST(Adapter, HearsTheBalanceThatIsThere) {
  for (const double rate : {44100.0, 48000.0, 96000.0}) {
    Listening listening(rate);
    listening.Play(Music(Usual(), -20.0, rate), 20.0);
    const ProgrammeFeatures& heard = listening.state().features;
    for (std::size_t zone = 0; zone < kZones; ++zone) {
      EXPECT_NEAR(10.0 * std::log10(static_cast<double>(heard.zone_shares[zone] / Usual()[zone])),
                  0.0, 0.4)
          << rate << " " << kZoneNames[zone];
    }
    EXPECT_NEAR(heard.heard_s, 20.0, 0.3);
    EXPECT_NEAR(heard.width, 0.2, 0.03);
    EXPECT_NEAR(heard.crest_db, 12.0, 1.5);
    EXPECT_LT(heard.loudness_deviation_lu, 0.7F);
    EXPECT_EQ(listening.state().confidence, 1.0F);
  }
}

TEST(Adapter, LeavesTheUsualAlone) {
  const AdaptationState state = After(Music(Usual(), -18.0, kRate));
  EXPECT_LT(Largest(state.now), 0.35F);
  EXPECT_EQ(state.doing, AdaptationState::Doing::kFollowing);
}

TEST(Adapter, CutsTheBassOfWhatIsBassHeavyWithinTwoDecibels) {
  const AdaptationState state = After(Music(Tilted(Usual(), {6, 6, 0, 0, 0, 0, 0}), -18.0, kRate));
  const double bass_db = GainAt(state.now, 100.0, 250.0);
  std::cout << "bass-heavy: " << bass_db << " dB at 100 to 250 Hz\n";
  EXPECT_LT(bass_db, -0.3);
  EXPECT_GT(bass_db, -2.0);
  EXPECT_LT(state.at.spectral, 0.3F);
  for (const float db : state.now.bark_gain_db) EXPECT_LE(std::abs(db), 4.5F);
}

TEST(Adapter, LiftsTheAirOfWhatIsDullWithinTwoDecibels) {
  const AdaptationState state =
      After(Music(Tilted(Usual(), {0, 0, 0, 0, -6, -10, -12}), -18.0, kRate));
  const double air_db = GainAt(state.now, 8000.0, 15000.0);
  std::cout << "dull: " << air_db << " dB at 8 to 15 kHz\n";
  EXPECT_GT(air_db, 0.4);
  EXPECT_LT(air_db, 2.0);
  EXPECT_LT(state.at.spectral, 0.25F);
}

TEST(Adapter, DoesNotLiftWhereThereIsNothing) {
  const AdaptationState state =
      After(Music(Tilted(Usual(), {0, 0, 0, 0, 0, 0, -45}), -18.0, kRate));
  EXPECT_LT(GainAt(state.now, 12000.0, 20000.0), 0.2);
}

TEST(Adapter, CutsThePresenceOfWhatIsBright) {
  const AdaptationState state =
      After(Music(Tilted(Usual(), {0, 0, 0, 0, 8, 10, 10}), -18.0, kRate));
  const double presence_db = GainAt(state.now, 4000.0, 8000.0);
  std::cout << "bright: " << presence_db << " dB at 4 to 8 kHz\n";
  EXPECT_LT(presence_db, -1.0);
  EXPECT_GT(presence_db, -3.0);
  EXPECT_GT(state.at.spectral, 0.75F);
}

TEST(Adapter, WhiteAndPinkAreBroughtTowardTheUsualWithinTheirBounds) {
  Shares white{};
  Shares pink{};
  for (std::size_t zone = 0; zone < kZones; ++zone) {
    white[zone] = static_cast<float>(kZoneEdgesHz[zone + 1] - kZoneEdgesHz[zone]);
    pink[zone] = static_cast<float>(std::log(kZoneEdgesHz[zone + 1] / kZoneEdgesHz[zone]));
  }
  const AdaptationState of_white = After(Music(white, -20.0, kRate));
  const AdaptationState of_pink = After(Music(pink, -20.0, kRate));
  // What counts is one end beside the other: the whole stays as loud as it was.
  for (const auto* state : {&of_white, &of_pink}) {
    const double tilt_db = GainAt(state->now, 100.0, 250.0) - GainAt(state->now, 4000.0, 8000.0);
    std::cout << "tilt " << tilt_db << " dB\n";
    EXPECT_GT(tilt_db, 2.5);
    EXPECT_LT(tilt_db, 7.0);
  }
  for (const auto* state : {&of_white, &of_pink}) EXPECT_LT(Largest(state->now), 4.5F);
}

// Ten seconds until it believes what it hears, then it is where it stays.
TEST(Adapter, SettlesAndStays) {
  const auto programme = Music(Tilted(Usual(), {6, 6, 0, 0, 0, 0, 0}), -18.0, kRate);
  Listening listening(kRate);
  std::vector<double> curve;
  std::vector<double> seconds;
  listening.Play(programme, 40.0, [&](double at) {
    curve.push_back(static_cast<double>(listening.state().confidence) *
                    GainAt(listening.state().now, 100.0, 250.0));
    seconds.push_back(at);
  });
  const double end = curve.back();
  double settled_s = 0.0;
  double fastest = 0.0;
  for (std::size_t i = 1; i < curve.size(); ++i) {
    if (std::abs(curve[i] - end) > 0.1 * std::abs(end)) settled_s = seconds[i];
    if (seconds[i] < 2.0) {
      EXPECT_EQ(curve[i], 0.0);
    }
    fastest = std::max(fastest, std::abs(curve[i] - curve[i - 1]));
  }
  std::cout << "settles from nothing in " << settled_s << " s, largest step " << fastest << " dB\n";
  EXPECT_LT(settled_s, 12.0);
  EXPECT_LT(fastest, 0.05);
}

// 90 % of the way within five seconds, of which it takes two and a half to notice.
TEST(Adapter, FollowsAnotherProgrammeInFiveSeconds) {
  Listening listening(kRate);
  listening.Play(Music(Tilted(Usual(), {6, 6, 0, 0, 0, 0, 0}), -18.0, kRate), 40.0);
  const double before = GainAt(listening.state().now, 4000.0, 8000.0);
  const auto bright = Music(Tilted(Usual(), {0, 0, 0, 8, 12, 14, 14}), -18.0, kRate, 7);
  const double after = GainAt(After(bright, 60.0).now, 4000.0, 8000.0);
  double reached_s = 0.0;
  double last = before;
  double fastest = 0.0;
  listening.Play(bright, 20.0, [&](double at) {
    const double now = GainAt(listening.state().now, 4000.0, 8000.0);
    if (std::abs(now - after) > 0.1 * std::abs(after - before)) reached_s = at;
    fastest = std::max(fastest, std::abs(now - last));
    last = now;
  });
  std::cout << "another programme: from " << before << " to " << after << " dB in " << reached_s
            << " s, largest step " << fastest << " dB\n";
  EXPECT_EQ(listening.state().programmes, 1U);
  EXPECT_LT(reached_s, 5.5);
  EXPECT_LT(fastest, 0.35);
  EXPECT_EQ(listening.state().confidence, 1.0F);
}

TEST(Adapter, ASteadyProgrammeIsOneProgramme) {
  Listening listening(kRate);
  listening.Play(Music(Usual(), -18.0, kRate), 60.0);
  // Drums that come and go every two seconds are no other programme either.
  const auto drums = Music(Tilted(Usual(), {4, 4, 0, 0, 0, 0, 0}), -16.0, kRate, 3);
  const auto voice = Music(Usual(), -18.0, kRate, 5);
  for (int i = 0; i < 10; ++i) {
    listening.Play(drums, 2.0);
    listening.Play(voice, 2.0);
  }
  EXPECT_EQ(listening.state().programmes, 0U);
}

TEST(Adapter, SilenceMovesNothing) {
  Listening listening(kRate);
  const auto programme = Music(Tilted(Usual(), {6, 6, 0, 0, 0, 0, 0}), -18.0, kRate);
  listening.Play(programme, 12.0);
  listening.Silence(0.5);  // what is in the windows fades
  const Aims held = listening.state().now;
  for (const double seconds : {2.0, 10.0, 60.0}) {
    listening.Silence(seconds);
    EXPECT_EQ(listening.state().doing, AdaptationState::Doing::kHolding);
    EXPECT_GT(listening.state().silent_s, 1.0);
    EXPECT_EQ(listening.state().now.bark_gain_db, held.bark_gain_db);
    EXPECT_EQ(listening.state().now.target_lufs, held.target_lufs);
  }
  listening.Play(programme, 0.5);
  EXPECT_EQ(listening.state().doing, AdaptationState::Doing::kFollowing);
  EXPECT_NEAR(GainAt(listening.state().now, 100.0, 250.0), GainAt(held, 100.0, 250.0), 0.2);
}

TEST(Adapter, FreezeHoldsAndRelearnBeginsAnewWithoutAJump) {
  Listening listening(kRate);
  const auto heavy = Music(Tilted(Usual(), {6, 6, 0, 0, 0, 0, 0}), -18.0, kRate);
  const auto bright = Music(Tilted(Usual(), {0, 0, 0, 8, 12, 14, 14}), -18.0, kRate, 7);
  listening.Play(heavy, 20.0);
  const Aims held = listening.state().now;
  listening.adapter.Freeze(true);
  listening.Play(bright, 20.0);
  EXPECT_EQ(listening.state().doing, AdaptationState::Doing::kFrozen);
  EXPECT_EQ(listening.state().now.bark_gain_db, held.bark_gain_db);
  listening.adapter.Freeze(false);
  listening.adapter.Relearn();
  listening.Play(bright, 0.3);
  EXPECT_LT(listening.state().features.heard_s, 0.5F);
  EXPECT_NEAR(GainAt(listening.state().now, 4000.0, 8000.0), GainAt(held, 4000.0, 8000.0), 0.5);
  listening.Play(bright, 20.0);
  EXPECT_LT(GainAt(listening.state().now, 4000.0, 8000.0), -0.4);
}

TEST(Adapter, SameInputSameResultAtWhateverPaceItIsRead) {
  const auto programme = Music(Tilted(Usual(), {6, 3, 0, 0, 4, 0, -6}), -18.0, kRate);
  const auto state_at = [&](double pace) {
    Listening listening(kRate, pace);
    listening.Play(programme, 25.0);
    return listening.state();
  };
  const AdaptationState a = state_at(60.0);
  const AdaptationState b = state_at(60.0);
  EXPECT_EQ(a.now.bark_gain_db, b.now.bark_gain_db);
  EXPECT_EQ(a.now.ratio, b.now.ratio);
  for (const double pace : {20.0, 37.0, 200.0}) {
    const AdaptationState c = state_at(pace);
    for (std::size_t band = 0; band < kBarkBands; ++band) {
      EXPECT_NEAR(c.now.bark_gain_db[band], a.now.bark_gain_db[band], 0.3) << pace << " " << band;
    }
  }
}

// A programme whose spectrum slides from dark to bright, a little every second: nothing flips.
TEST(Adapter, LittleChangesOfTheProgrammeAreLittleChangesOfTheAims) {
  ProgrammeFeatures features;
  features.heard_s = 20.0F;
  features.bark_power.fill(0.001F);
  Aims last;
  for (int i = 0; i <= 400; ++i) {
    const double tilt = -12.0 + 24.0 * i / 400.0;
    features.zone_shares =
        Tilted(Usual(), {-tilt, -0.7 * tilt, -0.3 * tilt, 0.0, 0.3 * tilt, 0.7 * tilt, tilt});
    features.crest_db = 6.0F + 14.0F * static_cast<float>(i) / 400.0F;
    features.width = 0.5F * static_cast<float>(i) / 400.0F;
    features.centroid_hz = 300.0F + 10.0F * static_cast<float>(i);
    const Aims aims = AimsFor(features, {}, nullptr);
    if (i > 0) {
      for (std::size_t band = 0; band < kBarkBands; ++band) {
        EXPECT_LT(std::abs(aims.bark_gain_db[band] - last.bark_gain_db[band]), 0.12F) << i;
      }
      EXPECT_LT(std::abs(aims.ratio - last.ratio), 0.02F) << i;
      EXPECT_LT(std::abs(aims.threshold_db - last.threshold_db), 0.2F) << i;
      EXPECT_LT(std::abs(aims.width - last.width), 0.005F) << i;
      EXPECT_LT(std::abs(aims.target_lufs - last.target_lufs), 0.1F) << i;
    }
    last = aims;
  }
}

TEST(Aims, OpenWhatIsNarrowAndLeaveMonoAndWideAlone) {
  ProgrammeFeatures features;
  const auto width_at = [&](float width) {
    features.width = width;
    return AimsFor(features, {}, nullptr).width;
  };
  EXPECT_EQ(width_at(0.0F), 0.5F);
  EXPECT_NEAR(width_at(0.08F), 0.62F, 0.001F);
  EXPECT_EQ(width_at(0.25F), 0.5F);
  EXPECT_EQ(width_at(1.0F), 0.5F);
}

TEST(Aims, DynamicsFollowTheCrestFactor) {
  ProgrammeFeatures features;
  const auto ratio_at = [&](float crest_db, float deviation_lu) {
    features.crest_db = crest_db;
    features.loudness_deviation_lu = deviation_lu;
    return AimsFor(features, {}, nullptr).ratio;
  };
  EXPECT_LT(ratio_at(8.0F, 0.5F), 1.06F);   // crushed: nothing more
  EXPECT_GT(ratio_at(13.5F, 2.0F), 1.6F);   // in between
  EXPECT_LT(ratio_at(22.0F, 6.0F), 1.15F);  // lives by its contrasts
  EXPECT_GT(ratio_at(17.0F, 2.0F), 1.15F);
}

}  // namespace
}  // namespace auralis
