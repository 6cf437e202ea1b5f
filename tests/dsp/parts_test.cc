// The small parts that stages share.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "dsp/block_maximum.h"
#include "dsp/block_smoother.h"
#include "dsp/delay_line.h"
#include "dsp/denormals.h"
#include "dsp/history.h"
#include "dsp/moving_sum.h"
#include "dsp/param_law.h"
#include "dsp/signal_path.h"
#include "dsp/sliding_maximum.h"
#include "dsp/smoother.h"
#include "dsp/units.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

TEST(Smoother, RampsLinearlyAndArrivesExactly) {
  Smoother smoother;
  smoother.Prepare(48000.0, 20.0F);
  smoother.SnapTo(0.25F);
  smoother.SetTarget(1.0F);
  for (int n = 1; n < 960; ++n) {
    ASSERT_NEAR(smoother.Next(), 0.25 + 0.75 * n / 960.0, 1e-6) << n;
    ASSERT_FALSE(smoother.settled());
  }
  EXPECT_EQ(smoother.Next(), 1.0F);
  EXPECT_TRUE(smoother.settled());
}

TEST(Smoother, SkippingEndsWhereSteppingEnds) {
  std::minstd_rand generator(61);
  for (int round = 0; round < 200; ++round) {
    Smoother a;
    a.Prepare(44100.0, 30.0F);
    a.SnapTo(static_cast<float>(generator() % 1000) * 0.01F);
    a.SetTarget(static_cast<float>(generator() % 1000) * 0.013F);
    Smoother b = a;
    const std::size_t frames = generator() % 2000;
    float stepped = a.current();
    for (std::size_t i = 0; i < frames; ++i) stepped = a.Next();
    ASSERT_EQ(b.Skip(frames), stepped) << frames;
    ASSERT_EQ(a.settled(), b.settled());
  }
}

TEST(Smoother, StartsANewRampFromWhereItIs) {
  Smoother smoother;
  smoother.Prepare(1000.0, 10.0F);
  smoother.SnapTo(0.0F);
  smoother.SetTarget(1.0F);
  smoother.Skip(5);
  smoother.SetTarget(0.0F);
  EXPECT_NEAR(smoother.Next(), 0.45F, 1e-6F);
  for (int i = 0; i < 9; ++i) smoother.Next();
  EXPECT_EQ(smoother.current(), 0.0F);
}

TEST(DelayLine, DelaysByWholeFramesInPlaceAndOut) {
  const auto x = test::Noise(1.0, 1000, 62);
  for (const std::size_t delay : {0U, 1U, 7U, 64U, 999U}) {
    DelayLine line;
    line.Prepare(delay);
    auto in_place = x;
    std::vector<float> out(x.size());
    for (std::size_t at = 0; at < x.size(); at += 13) {
      const std::size_t frames = std::min<std::size_t>(13, x.size() - at);
      line.Process(x.data() + at, out.data() + at, frames);
    }
    line.Reset();
    line.Process(in_place.data(), in_place.data(), in_place.size());
    EXPECT_EQ(out, in_place);
    for (std::size_t i = 0; i < x.size(); ++i) ASSERT_EQ(out[i], i < delay ? 0.0F : x[i - delay]);
  }
}

TEST(SlidingMaximum, IsTheLargestOfTheWindow) {
  const auto x = test::Noise(1.0, 3000, 63);
  for (const std::size_t window : {1U, 2U, 3U, 64U, 74U, 500U}) {
    SlidingMaximum maximum;
    maximum.Prepare(window);
    for (int pass = 0; pass < 2; ++pass) {
      for (std::size_t i = 0; i < x.size(); ++i) {
        float expected = 0.0F;
        for (std::size_t j = i + 1 > window ? i + 1 - window : 0; j <= i; ++j) {
          expected = std::max(expected, std::abs(x[j]));
        }
        ASSERT_EQ(maximum.Next(std::abs(x[i])), expected) << window << " at " << i;
      }
      maximum.Reset();
    }
  }
}

// By blocks of any length what one by one gives.
TEST(BlockMaximum, IsTheLargestOfTheWindow) {
  const auto x = test::Noise(1.0, 5000, 65);
  std::minstd_rand cuts(66);
  for (const std::size_t window : {1U, 2U, 3U, 4U, 5U, 17U, 64U, 74U, 500U, 1922U}) {
    SlidingMaximum by_one;
    BlockMaximum by_block;
    by_one.Prepare(window);
    by_block.Prepare(window, 200);
    for (int pass = 0; pass < 2; ++pass) {
      std::vector<float> block;
      for (std::size_t at = 0; at < x.size(); at += block.size()) {
        block.assign(std::min<std::size_t>(1 + cuts() % 200, x.size() - at), 0.0F);
        std::transform(x.begin() + static_cast<long>(at),
                       x.begin() + static_cast<long>(at + block.size()), block.begin(),
                       [](float v) { return std::abs(v); });
        const std::size_t frames = block.size();
        std::copy_n(block.data(), frames, by_block.Next(frames));
        by_block.Process(frames, block.data(), [=](const BlockMaximum::Step& step) {
          for (std::size_t i = 0; i < frames; ++i) {
            step.to[i] = step.from[i];
            for (const std::size_t back : step.back) {
              step.to[i] = std::max(step.to[i], *(step.from + i - back));
            }
          }
        });
        for (std::size_t i = 0; i < frames; ++i) {
          ASSERT_EQ(block[i], by_one.Next(std::abs(x[at + i]))) << window << " at " << at + i;
        }
      }
      by_one.Reset();
      by_block.Reset();
    }
  }
}

// Of blocks of any length what frame by frame gives, while it moves and while it rests.
TEST(BlockSmoother, IsWhatTheSmootherIs) {
  constexpr std::size_t kMostFrames = 200;
  Smoother by_one;
  BlockSmoother by_block;
  by_one.Prepare(48000.0, 20.0F);
  by_block.Prepare(48000.0, 20.0F, kMostFrames);
  std::minstd_rand random(67);
  for (int block = 0; block < 2000; ++block) {
    if (random() % 20 == 0) {
      const auto target = static_cast<float>(random() % 5);
      by_one.SetTarget(target);
      by_block.SetTarget(target);
    }
    if (random() % 200 == 0) {
      by_one.SnapTo(by_one.target());
      by_block.SnapToTarget();
    }
    const std::size_t frames = 1 + random() % kMostFrames;
    ASSERT_EQ(by_block.settled(), by_one.settled());
    const float* const values = by_block.Next(frames);
    for (std::size_t i = 0; i < frames; ++i)
      ASSERT_FLOAT_EQ(values[i], by_one.Next()) << block << ' ' << i;
  }
}

TEST(History, LiesInOnePieceInFrontOfWhatComesNext) {
  History<int> history;
  history.Prepare(37, 16);
  int written = 0;
  for (int call = 0; call < 1000; ++call) {
    const int frames = 1 + call % 16;
    int* const next = history.Next(16);
    for (int back = 1; back <= 37; ++back) {
      ASSERT_EQ(next[-back], std::max(written - back + 1, 0)) << call;
    }
    // More than are kept.
    for (int i = 0; i < 16; ++i) next[i] = written + i + 1;
    history.Advance(static_cast<std::size_t>(frames));
    written += frames;
  }
  history.Reset();
  EXPECT_EQ(history.Next(16)[-1], 0);
}

TEST(MovingSum, IsExactForEver) {
  MovingSum sum;
  sum.Prepare(37);
  std::minstd_rand generator(64);
  std::vector<std::int64_t> values;
  for (int i = 0; i < 100000; ++i) {
    values.push_back(static_cast<std::int64_t>(generator()));
    const std::int64_t got = sum.Next(values.back());
    if (i % 997 != 0) continue;
    std::int64_t expected = 0;
    for (std::size_t j = values.size() > 37 ? values.size() - 37 : 0; j < values.size(); ++j) {
      expected += values[j];
    }
    ASSERT_EQ(got, expected);
  }
  for (int i = 0; i < 36; ++i) EXPECT_NE(sum.Next(0), 0);
  EXPECT_EQ(sum.Next(0), 0);
}

TEST(Units, AgreeWithTheirDefinitions) {
  EXPECT_NEAR(DbToGain(-6.0F), std::pow(10.0, -0.3), 1e-7);
  EXPECT_NEAR(GainToDb(0.5F), -6.0206, 1e-4);
  EXPECT_TRUE(std::isinf(GainToDb(0.0F)));
  EXPECT_EQ(MsToFrames(1.5, 44100.0), 66U);
  EXPECT_NEAR(std::pow(MsToOnePole(50.0, 48000.0), 2400.0), std::exp(-1.0), 1e-12);
}

TEST(ScopedFlushDenormals, FlushesInsideAndRestoresOutside) {
  volatile float tiny = 1e-38F;
  {
    const ScopedFlushDenormals flush;
    EXPECT_EQ(tiny * 0.01F, 0.0F);
  }
  EXPECT_GT(tiny * 0.01F, 0.0F);
}

TEST(ParamLaw, TravelsTheWholeRangeOfEveryParameterAndBack) {
  for (const ParamInfo& info : SignalPath::kParams) {
    const ParamSpec& spec = info.spec;
    EXPECT_EQ(ValueAt(spec, 0.0), spec.min) << spec.key;
    EXPECT_EQ(ValueAt(spec, 1.0), spec.max) << spec.key;
    EXPECT_EQ(ValueAt(spec, -3.0), spec.min);
    EXPECT_EQ(ValueAt(spec, 7.0), spec.max);
    float last = spec.min;
    for (int step = 0; step <= 1000; ++step) {
      const float value = ValueAt(spec, step / 1000.0);
      ASSERT_GE(value, last) << spec.key;
      ASSERT_LE(value, spec.max) << spec.key;
      const float back = ValueAt(spec, PositionOf(spec, value));
      ASSERT_NEAR(back, value, 1e-5F * std::max(1.0F, std::abs(value))) << spec.key;
      last = value;
    }
  }
}

TEST(ParamLaw, IsLogarithmicWhereTheTableSaysSo) {
  constexpr ParamSpec kFrequency{.key = "f",
                                 .name = "F",
                                 .unit = Unit::kHertz,
                                 .scale = Scale::kLog,
                                 .min = 20.0F,
                                 .max = 20000.0F,
                                 .def = 1000.0F,
                                 .doc = "."};
  EXPECT_NEAR(ValueAt(kFrequency, 1.0 / 3.0), 200.0F, 0.01F);
  EXPECT_NEAR(PositionOf(kFrequency, 2000.0F), 2.0 / 3.0, 1e-6);
  constexpr ParamSpec kToggle{
      .key = "t", .name = "T", .scale = Scale::kToggle, .def = 0.0F, .doc = "."};
  EXPECT_EQ(ValueAt(kToggle, 0.49), 0.0F);
  EXPECT_EQ(ValueAt(kToggle, 0.5), 1.0F);
}

TEST(ParamTable, HoldsEachKeyOnceAndEverythingPeopleNeed) {
  std::set<std::string> keys;
  for (const ParamInfo& info : SignalPath::kParams) {
    const std::string key = std::string(info.module) + "." + std::string(info.family) +
                            std::to_string(info.number) + "." + std::string(info.spec.key);
    EXPECT_TRUE(keys.insert(key).second) << key;
    EXPECT_TRUE(info.spec.doc.ends_with('.')) << key;
    EXPECT_FALSE(info.spec.name.empty()) << key;
    EXPECT_EQ(info.family.empty(), info.number == 0) << key;
  }
  EXPECT_EQ(keys.size(), SignalPath::kParamCount);
}

TEST(ParamTable, EveryModuleButLimiterAndMasterHasEnabled) {
  std::set<std::string_view> modules;
  std::set<std::string_view> with_enabled;
  for (const ParamInfo& info : SignalPath::kParams) {
    modules.insert(info.module);
    if (info.family.empty() && info.spec.key == "enabled") with_enabled.insert(info.module);
  }
  modules.erase("limiter");
  modules.erase("master");
  EXPECT_EQ(modules, with_enabled);
}

}  // namespace
}  // namespace auralis
