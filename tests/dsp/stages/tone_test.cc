#include "dsp/stages/tone.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "tests/dsp/stages/response.h"
#include "tests/support/measure.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

Tone::Params Flat() { return DefaultParams<Tone::Params>(Tone::kParams); }

double GainDb(const Tone::Params& params, double hz, double rate) {
  const auto response = test::ResponseOf<Tone>(params, rate);
  return test::Db(std::abs(test::StereoResponse::At(response.left, hz, rate)));
}

TEST(Tone, EveryKnobDoesAtItsFrequencyWhatItSays) {
  for (const double rate : {44100.0, 48000.0, 96000.0}) {
    for (const auto& knob : Tone::kKnobTable) {
      for (const float position : {0.25F, 0.5F, 1.0F}) {
        auto params = Flat();
        params.*knob.position = position;
        const double full_db = static_cast<double>(position) * knob.gain_db;
        const double expected_db = knob.type == FilterType::kBell ? full_db : 0.5 * full_db;
        EXPECT_NEAR(GainDb(params, knob.frequency_hz, rate), expected_db, 0.1)
            << knob.frequency_hz << " at " << rate;
        // Two octaves into the shelf all of it is there, and far away nothing.
        if (knob.type == FilterType::kLowShelf) {
          EXPECT_NEAR(GainDb(params, knob.frequency_hz / 4.0, rate), full_db, 0.1);
        }
        if (knob.type == FilterType::kHighShelf) {
          EXPECT_NEAR(GainDb(params, 19000.0, rate), full_db, 0.4) << rate;
        }
        const double away_hz = knob.frequency_hz > 1000.0 ? 60.0 : 15000.0;
        EXPECT_NEAR(GainDb(params, away_hz, rate), 0.0, 0.15) << knob.frequency_hz;
      }
    }
  }
}

TEST(Tone, AllAtFullNeverLiftMoreThanIsStated) {
  for (const double rate : {8000.0, 44100.0, 48000.0, 96000.0, 192000.0}) {
    double most_db = -100.0;
    // Every knob at one of its ends, in every combination: the last one is all at full.
    double full_db = -100.0;
    double full_treble_db = -100.0;
    for (unsigned knobs = 0; knobs < 1U << Tone::kKnobs; knobs += rate == 48000.0 ? 1 : 127) {
      auto params = Flat();
      for (std::size_t k = 0; k < Tone::kKnobs; ++k) {
        params.*Tone::kKnobTable[k].position = (knobs >> k) % 2 != 0 ? 1.0F : 0.0F;
      }
      const auto response = test::ResponseOf<Tone>(params, rate, 1.0F, 1.0F, 0.1);
      full_db = full_treble_db = -100.0;
      for (double hz = 10.0; hz < 0.49 * rate; hz *= 1.1) {
        const double db = test::Db(std::abs(test::StereoResponse::At(response.left, hz, rate)));
        full_db = std::max(full_db, db);
        if (hz > 1500.0) full_treble_db = std::max(full_treble_db, db);
      }
      most_db = std::max(most_db, full_db);
    }
    std::printf("%6.0f Hz: all at full lift %.2f dB at most, the treble %.2f; any lift %.2f\n",
                rate, full_db, full_treble_db, most_db);
    EXPECT_LE(most_db, Tone::kMostBoostDb);
    if (rate > 40000.0) {
      EXPECT_NEAR(full_db, Tone::kBassBudgetDb, 0.3);
      EXPECT_NEAR(full_treble_db, Tone::kTrebleBudgetDb, 0.4);
    }
  }
}

// Beyond the budget all of a group give way alike; within it none does.
TEST(Tone, TheTrebleSharesItsBudget) {
  auto params = Flat();
  params.clarity = 0.5F;
  params.presence = 0.5F;
  params.air = 0.3F;  // nowhere more than 6 dB
  auto alone = Flat();
  alone.air = 0.3F;
  auto without = params;
  without.air = 0.0F;
  EXPECT_NEAR(GainDb(params, 18000.0, 48000.0) - GainDb(without, 18000.0, 48000.0),
              GainDb(alone, 18000.0, 48000.0), 0.01);
  // All of a group give way alike: what remains of the air is what remains of them all.
  params.clarity = params.presence = params.air = 1.0F;
  auto two = params;
  two.air = 0.0F;
  EXPECT_LT(GainDb(params, 19000.0, 96000.0), 5.7);
  EXPECT_LT(GainDb(params, 2300.0, 96000.0), GainDb(two, 2300.0, 96000.0));
}

TEST(Tone, NoKnobIsTheInputBitForBit) {
  const auto response = test::ResponseOf<Tone>(Flat(), 48000.0);
  EXPECT_EQ(response.left[0], 1.0F);
  EXPECT_TRUE(std::all_of(response.left.begin() + 1, response.left.end(),
                          [](float x) { return x == 0.0F; }));
  auto off = Flat();
  off.air = off.sub = 1.0F;
  off.enabled = 0.0F;
  EXPECT_EQ(test::ResponseOf<Tone>(off, 48000.0).left, response.left);
}

// Of minimum phase: the inverse, all knobs' gains negated, would be causal and stable. What can be
// seen of it: the phase at every frequency is the Hilbert transform of the gain, so its response
// has the least delay; an impulse starts at frame 0 with its largest value.
TEST(Tone, IsOfMinimumPhase) {
  auto params = Flat();
  for (const auto& knob : Tone::kKnobTable) params.*knob.position = 1.0F;
  const auto response = test::ResponseOf<Tone>(params, 48000.0).left;
  const auto largest = std::max_element(response.begin(), response.end(),
                                        [](float a, float b) { return std::abs(a) < std::abs(b); });
  EXPECT_EQ(largest, response.begin());
  // The phase of a minimum-phase system comes back to 0 at DC and at half the rate.
  const auto phase = [&](double hz) {
    return std::arg(test::StereoResponse::At(response, hz, 48000.0));
  };
  double turned = 0.0;
  double before = phase(0.0);
  for (double hz = 2.0; hz <= 24000.0; hz += 2.0) {
    const double now = phase(hz);
    turned += std::remainder(now - before, 2.0 * std::numbers::pi);
    before = now;
  }
  EXPECT_NEAR(turned, 0.0, 0.02);
}

}  // namespace
}  // namespace auralis
