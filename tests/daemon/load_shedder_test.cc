#include "daemon/load_shedder.h"

#include <gtest/gtest.h>

#include <vector>

namespace auralis {
namespace {

constexpr double kRate = 48000.0;
constexpr std::size_t kFrames = 256;

// A shedder and a load of so much, that falls by what is shed.
class Load {
 public:
  Load() { shedder.Prepare(kRate); }

  // `seconds` of callbacks that take `share` of their time; when it changed its mind, in frames.
  std::vector<std::pair<std::size_t, Shedding>> Run(double seconds, float share) {
    return Run(seconds, [share](Shedding) { return share; });
  }
  template <class ShareOf>
  std::vector<std::pair<std::size_t, Shedding>> Run(double seconds, ShareOf share_of) {
    std::vector<std::pair<std::size_t, Shedding>> changes;
    const auto end = static_cast<std::size_t>(seconds * kRate);
    for (std::size_t at = 0; at < end; at += kFrames) {
      const Shedding before = shedder.shedding();
      const Shedding now = shedder.Take(share_of(before), kFrames);
      if (now != before) changes.emplace_back(at + kFrames, now);
    }
    return changes;
  }

  LoadShedder shedder;
};

TEST(LoadShedder, AnOrdinaryLoadShedsNothing) {
  Load load;
  EXPECT_TRUE(load.Run(60.0, 0.7F).empty());
}

TEST(LoadShedder, ALateCallbackNowAndThenIsTheSchedulersAndShedsNothing) {
  Load load;
  for (int i = 0; i < 100; ++i) {
    load.Run(0.2, 0.3F);
    load.shedder.Take(30.0F, kFrames);
    EXPECT_EQ(load.shedder.shedding(), Shedding::kNothing) << i;
  }
}

TEST(LoadShedder, LateCallbacksAgainAndAgainShedWhateverTheMean) {
  Load load;
  std::size_t call = 0;
  load.Run(1.0, [&](Shedding) { return call++ % 4 == 0 ? 1.2F : 0.3F; });
  EXPECT_GE(load.shedder.shedding(), Shedding::kAnalysis);
}

TEST(LoadShedder, ShedsInOrderAndWaitsForEachStep) {
  Load load;
  const auto changes = load.Run(2.0, 0.9F);
  ASSERT_EQ(changes.size(), 3U);
  EXPECT_EQ(changes[0].second, Shedding::kAnalysis);
  EXPECT_EQ(changes[1].second, Shedding::kOversampling);
  EXPECT_EQ(changes[2].second, Shedding::kOptionalStages);
  EXPECT_LT(changes[0].first, 0.15 * kRate) << "soon";
  for (std::size_t i = 1; i < 3; ++i) {
    EXPECT_GE(changes[i].first - changes[i - 1].first, LoadShedder::kSettleSeconds * kRate);
  }
}

TEST(LoadShedder, StopsAtTheStepThatIsEnough) {
  Load load;
  load.Run(30.0, [](Shedding now) { return now >= Shedding::kOversampling ? 0.6F : 0.9F; });
  EXPECT_EQ(load.shedder.shedding(), Shedding::kOversampling) << "0.6 is neither high nor calm";
}

TEST(LoadShedder, ComesBackStepByStepAfterACalm) {
  Load load;
  load.Run(2.0, 0.9F);
  const auto changes = load.Run(10.0, 0.2F);
  ASSERT_EQ(changes.size(), 3U);
  EXPECT_EQ(changes[2].second, Shedding::kNothing);
  EXPECT_GE(changes[0].first, LoadShedder::kCalmSeconds * kRate);
  EXPECT_LT(changes[2].first, 3.5 * LoadShedder::kCalmSeconds * kRate);
}

// The load is there only while nothing is shed: each try to come back costs a moment of it, so the
// tries must get rare.
TEST(LoadShedder, TriesToComeBackGetRare) {
  Load load;
  const auto changes =
      load.Run(300.0, [](Shedding now) { return now == Shedding::kNothing ? 0.9F : 0.3F; });
  std::size_t tries = 0;
  std::size_t last = 0;
  std::size_t longest = 0;
  for (const auto& [at, now] : changes) {
    if (now != Shedding::kNothing) continue;
    ++tries;
    longest = std::max(longest, at - last);
    last = at;
  }
  EXPECT_GE(tries, 4U);
  EXPECT_LE(tries, 10U) << "every two seconds it would be 130";
  EXPECT_GT(longest, 60.0 * kRate);
}

TEST(LoadShedder, OfLongBuffersAFewAreTold) {
  LoadShedder shedder;
  shedder.Prepare(8000.0);
  int calls = 0;
  while (shedder.Take(1.5F, 8192) == Shedding::kNothing && calls < 100) ++calls;
  EXPECT_GE(calls, 1) << "one is the scheduler's";
  EXPECT_LE(calls, 8);
  EXPECT_EQ(shedder.Take(0.9F, 0), Shedding::kAnalysis) << "no frames, no time";
}

}  // namespace
}  // namespace auralis
