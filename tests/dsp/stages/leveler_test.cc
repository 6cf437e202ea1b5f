#include "dsp/stages/leveler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numbers>
#include <vector>

#include "dsp/analysis/loudness_meter.h"
#include "dsp/stages/leveler_control.h"
#include "dsp/units.h"
#include "tests/support/measure.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

constexpr double kRate = 48000.0;
constexpr std::size_t kBlock = 64;
constexpr double kTarget = -18.0;

// In both channels 997 Hz at this peak level is as loud (BS.1770-4); -200 is silence.
struct Segment {
  double lufs;
  double seconds;
};

struct Heard {
  std::vector<double> gain_db;  // the stage's, once a block
  std::vector<double> in_lufs;  // short-term, of its input
  std::vector<double> out_lufs;

  static std::size_t At(double seconds) {
    return static_cast<std::size_t>(seconds * kRate / kBlock);
  }
  double gain_at(double seconds) const {
    return gain_db[std::min(At(seconds), gain_db.size() - 1)];
  }
  double out_at(double seconds) const { return out_lufs[At(seconds) - 1]; }
  double loudest(double from_s, double to_s) const {
    return *std::max_element(out_lufs.begin() + static_cast<std::ptrdiff_t>(At(from_s)),
                             out_lufs.begin() + static_cast<std::ptrdiff_t>(At(to_s)));
  }
  // Of the gain, dB a second over half a second, positive and negative.
  double steepest(double from_s, double to_s, double sign) const {
    double steepest = 0.0;
    for (std::size_t i = At(from_s); i + At(0.5) < At(to_s); ++i) {
      steepest = std::max(steepest, sign * 2.0 * (gain_db[i + At(0.5)] - gain_db[i]));
    }
    return steepest;
  }
  double span(double from_s, double to_s) const {
    const auto [low, high] =
        std::minmax_element(gain_db.begin() + static_cast<std::ptrdiff_t>(At(from_s)),
                            gain_db.begin() + static_cast<std::ptrdiff_t>(At(to_s)));
    return *high - *low;
  }
};

Leveler::Params On() {
  auto params = DefaultParams<Leveler::Params>(Leveler::kParams);
  params.enabled = 1.0F;
  params.target_lufs = static_cast<float>(kTarget);
  return params;
}

// As the daemon does it: a meter ahead of the stage, `reports_per_s` looks at it, the gain in force
// from the next block on.
class Levelling {
 public:
  explicit Levelling(const Leveler::Params& params, float start_db = 0.0F,
                     double reports_per_s = 60.0)
      : params_(params), report_blocks_(kRate / kBlock / reports_per_s) {
    stage_.Prepare(kSpec);
    in_.Prepare(kRate);
    out_.Prepare(kRate);
    control_.Prepare(kRate, start_db);
    Aim(start_db);
    stage_.Reset();
  }
  void SetParams(const Leveler::Params& params) { params_ = params; }

  Heard Play(const std::vector<Segment>& segments) {
    Heard heard;
    for (const Segment& segment : segments) {
      const double amplitude = std::pow(10.0, segment.lufs / 20.0);
      for (std::size_t i = 0; i < Heard::At(segment.seconds); ++i) PlayBlock(amplitude, heard);
    }
    return heard;
  }

 private:
  static constexpr ProcessSpec kSpec{.sample_rate_hz = kRate, .block_frames = kBlock};

  void PlayBlock(double amplitude, Heard& heard) {
    std::vector<float> left(kBlock);
    for (float& sample : left) {
      phase_ = std::fmod(phase_ + 2.0 * std::numbers::pi * 997.0 / kRate, 2.0 * std::numbers::pi);
      sample = amplitude < 1e-9 ? 0.0F : static_cast<float>(amplitude * std::sin(phase_));
    }
    std::vector<float> right = left;
    in_.Push(left.data(), right.data(), kBlock);
    stage_.Process({left.data(), right.data(), kBlock});
    out_.Push(left.data(), right.data(), kBlock);
    heard.gain_db.push_back(asked_db_);
    heard.in_lufs.push_back(in_.short_term_lufs());
    heard.out_lufs.push_back(out_.short_term_lufs());
    position_ += kBlock;
    if (static_cast<double>(++blocks_) >= next_report_) {
      next_report_ += report_blocks_;
      Aim(control_.Update(position_, static_cast<float>(in_.momentary_lufs()), params_));
    }
  }
  void Aim(float gain_db) {
    asked_db_ = static_cast<double>(gain_db);
    designer_.SetGain(gain_db);
    stage_.SetTargets(designer_.Design(params_));
  }

  Leveler::Params params_;
  Leveler stage_;
  Leveler::Designer designer_{kSpec};
  LevelerControl control_;
  LoudnessMeter in_;
  LoudnessMeter out_;
  double asked_db_ = 0.0;
  double report_blocks_;
  double next_report_ = 0.0;
  std::size_t blocks_ = 0;
  std::uint64_t position_ = 0;
  double phase_ = 0.0;
};

TEST(Leveler, BringsAProgrammeToItsTargetWithinItsSpeed) {
  for (const double lufs : {-29.0, -24.0, -18.0, -12.0, -7.0}) {
    for (const float speed : {0.5F, 1.0F, 2.0F}) {
      auto params = On();
      params.speed_db_per_s = speed;
      Levelling levelling(params);
      const Heard heard = levelling.Play({{lufs, 70.0}});
      EXPECT_NEAR(heard.out_at(70.0), kTarget, 0.1) << lufs << ' ' << speed;
      const auto up = static_cast<double>(speed);
      EXPECT_LE(heard.steepest(0.0, 70.0, 1.0), up * 1.02) << lufs;
      EXPECT_LE(heard.steepest(0.0, 70.0, -1.0), std::min(4.0, 4.0 * up) * 1.02) << lufs;
      if (lufs == -29.0) {
        EXPECT_GE(heard.steepest(0.0, 70.0, 1.0), up * 0.95);
      }
      if (lufs == -7.0) {
        EXPECT_GE(heard.steepest(0.0, 70.0, -1.0), std::min(4.0, 4.0 * up) * 0.95);
      }
    }
  }
}

TEST(Leveler, StaysWithinItsLargestGainAndCut) {
  auto params = On();
  params.max_gain_db = 5.0F;
  params.max_cut_db = 3.0F;
  Levelling quiet(params);
  EXPECT_NEAR(quiet.Play({{-40.0, 60.0}}).gain_at(60.0), 5.0, 0.001);
  Levelling loud(params);
  EXPECT_NEAR(loud.Play({{-6.0, 60.0}}).gain_at(60.0), -3.0, 0.001);
}

TEST(Leveler, NothingMovesInAPauseAndTheSameProgrammeGoesOnAsBefore) {
  for (const double pause_s : {2.0, 60.0}) {
    Levelling levelling(On());
    levelling.Play({{-24.0, 60.0}});
    const Heard heard = levelling.Play({{-200.0, pause_s}, {-24.0, 20.0}});
    // From when the 400 ms of the meter hold nothing any more.
    EXPECT_EQ(heard.span(0.5, pause_s), 0.0) << pause_s;
    EXPECT_LT(heard.span(0.0, pause_s + 20.0), 0.1) << pause_s;
    EXPECT_LT(heard.loudest(pause_s, pause_s + 20.0), kTarget + 0.1) << pause_s;
  }
}

TEST(Leveler, NoiseOfAPausedPlayerIsSilence) {
  Levelling levelling(On());
  levelling.Play({{-24.0, 60.0}});
  const Heard heard = levelling.Play({{-61.0, 60.0}});
  EXPECT_EQ(heard.span(0.5, 60.0), 0.0);
}

// The drop comes in as loud as it would have without the quiet part ahead of it.
TEST(Leveler, ALoudDropAfterAQuietIntroIsNoSurge) {
  for (const double intro_s : {5.0, 15.0, 25.0}) {
    for (const double intro_lufs : {-35.0, -24.0}) {
      Levelling levelling(On());
      levelling.Play({{-14.0, 60.0}});
      const Heard heard = levelling.Play({{-200.0, 1.0}, {intro_lufs, intro_s}, {-14.0, 10.0}});
      const double surge_db = heard.loudest(1.0 + intro_s, 11.0 + intro_s) - kTarget;
      std::printf("drop after %2.0f s at %.0f LUFS: %+.2f dB from the target\n", intro_s,
                  intro_lufs, surge_db);
      EXPECT_LT(surge_db, 1.0) << intro_s;
    }
  }
}

TEST(Leveler, AStartFromWhatWasRememberedIsNoSurgeEither) {
  Levelling levelling(On(), -4.0F);  // the programme was at -14 the last time
  const Heard heard = levelling.Play({{-36.0, 9.0}, {-14.0, 10.0}});
  EXPECT_NEAR(heard.gain_at(0.0), -4.0, 0.001);
  EXPECT_LT(heard.loudest(0.0, 19.0), kTarget + 1.0);
}

TEST(Leveler, AfterATrackChangeItRisesSlowlyAndFallsFast) {
  auto params = On();
  params.speed_db_per_s = 2.0F;
  Levelling levelling(params);
  levelling.Play({{-14.0, 60.0}});
  const Heard softer = levelling.Play({{-200.0, 1.0}, {-21.0, 60.0}});
  EXPECT_LE(softer.steepest(0.0, 10.0, 1.0), 1.02);
  EXPECT_LT(softer.loudest(0.5, 61.0), kTarget + 0.1);
  EXPECT_NEAR(softer.out_at(60.0), kTarget, 0.1);
  const Heard louder = levelling.Play({{-200.0, 1.0}, {-12.0, 20.0}});
  // It never adds to what the change brings.
  EXPECT_LE(louder.steepest(1.5, 20.0, 1.0), 0.0);
  // 9 dB at 4 dB a second, and a second until the loudness is known.
  EXPECT_NEAR(louder.gain_at(1.0 + 3.5), -5.0, 0.3);
  // Only what it knows to be the loudest part may pass the target, by 0.8 dB.
  EXPECT_NEAR(louder.gain_at(20.0), -5.2, 0.05);
}

TEST(Leveler, ARiseThatAPauseInterruptedGoesOnCarefully) {
  auto params = On();
  params.speed_db_per_s = 2.0F;
  Levelling levelling(params);
  const Heard before = levelling.Play({{-29.0, 32.0}});
  EXPECT_GE(before.steepest(30.0, 32.0, 1.0), 1.95);
  const Heard after = levelling.Play({{-200.0, 1.0}, {-29.0, 4.0}});
  EXPECT_NEAR(after.steepest(1.5, 5.0, 1.0), 1.0, 0.05);
}

TEST(Leveler, AQuietPassageIsNotLifted) {
  Levelling levelling(On());
  levelling.Play({{-18.0, 60.0}});
  const Heard heard = levelling.Play({{-58.0, 6.0}, {-18.0, 30.0}, {-40.0, 20.0}, {-18.0, 10.0}});
  EXPECT_LT(heard.span(0.0, 66.0), 0.5);
}

// Loud for 4 s, 10 dB softer for 8: what is loud comes out at the target, never more than 1 dB
// over it, and the gain does not pump.
TEST(Leveler, DoesNotPump) {
  Levelling levelling(On());
  std::vector<Segment> segments;
  for (int i = 0; i < 15; ++i) {
    segments.push_back({-20.0, 4.0});
    segments.push_back({-29.5, 8.0});
  }
  const Heard heard = levelling.Play(segments);
  std::printf("alternating: gain within %.2f dB, loudest %+.2f dB from the target\n",
              heard.span(60.0, 180.0), heard.loudest(60.0, 180.0) - kTarget);
  EXPECT_LT(heard.span(60.0, 180.0), 0.5);
  EXPECT_LT(heard.loudest(60.0, 180.0), kTarget + 0.85);
}

TEST(Leveler, DependsLittleOnHowOftenItIsAsked) {
  const std::vector<Segment> segments = {{-24.0, 20.0}, {-15.0, 7.0}, {-200.0, 3.0},
                                         {-30.0, 12.0}, {-12.0, 4.0}, {-20.0, 5.0}};
  Levelling often(On(), 0.0F, 200.0);
  const Heard expected = often.Play(segments);
  for (const double reports_per_s : {10.0, 30.0, 60.0}) {
    Levelling levelling(On(), 0.0F, reports_per_s);
    const Heard heard = levelling.Play(segments);
    for (double at = 1.0; at < 51.0; at += 1.0) {
      EXPECT_NEAR(heard.gain_at(at), expected.gain_at(at), 0.7) << reports_per_s << " at " << at;
    }
  }
}

TEST(Leveler, TurnedOnWhileItPlaysItStartsFromUnity) {
  auto params = On();
  params.enabled = 0.0F;
  Levelling levelling(params);
  const Heard off = levelling.Play({{-26.0, 60.0}});
  EXPECT_EQ(off.span(0.0, 60.0), 0.0);
  levelling.SetParams(On());
  const Heard on = levelling.Play({{-26.0, 20.0}});
  EXPECT_LE(on.steepest(0.0, 20.0, 1.0), 1.02);
  EXPECT_NEAR(on.gain_at(20.0), 8.0, 0.1);
}

TEST(LevelerControl, ReadingsThatCannotBeMoveNothing) {
  LevelerControl control;
  control.Prepare(kRate, 3.0F);
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  std::uint64_t position = 0;
  for (const float lufs : {-kInfinity, std::numeric_limits<float>::quiet_NaN(), -200.0F}) {
    for (int i = 0; i < 100; ++i) {
      EXPECT_EQ(control.Update(position += 800, lufs, On()), 3.0F);
      EXPECT_TRUE(control.frozen());
    }
  }
  // A stream that begins anew, and readings that were lost: no leap.
  for (int i = 0; i < 600; ++i) control.Update(position += 800, -21.0F, On());
  const float before = control.gain_db();
  EXPECT_NEAR(control.Update(0, -21.0F, On()), before, 0.001F);
  EXPECT_NEAR(control.Update(100 * 48000, 10.0F, On()), before, 1.01F);
}

}  // namespace
}  // namespace auralis
