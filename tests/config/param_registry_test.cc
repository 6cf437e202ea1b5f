#include "config/param_registry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <limits>

namespace auralis {
namespace {

using Indices = std::vector<std::size_t>;

std::size_t IndexOf(const ParamRegistry& registry, std::string_view key) {
  const auto index = registry.Find(key);
  EXPECT_TRUE(index.has_value()) << key;
  return index.value_or(0);
}

float ValueOf(const ParamRegistry& registry, std::string_view key) {
  return registry.value(IndexOf(registry, key));
}

std::string MessageOf(ParamRegistry& registry, const std::vector<Assignment>& assignments) {
  const auto error = registry.Apply(assignments);
  return error ? error->Message() : "";
}

TEST(ParamRegistry, StartsAtTheDefaultsAndFindsEveryKey) {
  const ParamRegistry registry;
  EXPECT_EQ(registry.values(), SignalPath::kDefaults);
  EXPECT_EQ(registry.revision(), 0U);
  for (std::size_t i = 0; i < ParamRegistry::size(); ++i) {
    EXPECT_EQ(registry.Find(registry.key(i)), i);
  }
  EXPECT_FALSE(registry.Find("output").has_value());
  EXPECT_FALSE(registry.Find(std::string_view("output.gain\0", 12)).has_value());
}

TEST(ParamRegistry, AppliesTextAndNumbersAsOneTransaction) {
  ParamRegistry registry;
  std::vector<Indices> heard;
  registry.AddListener([&](std::span<const std::size_t> changed) {
    heard.emplace_back(changed.begin(), changed.end());
  });
  EXPECT_EQ(MessageOf(registry, {{"output.gain", -6.0}, {"input.gain", "3 dB"}}), "");
  EXPECT_EQ(ValueOf(registry, "output.gain"), -6.0F);
  EXPECT_EQ(ValueOf(registry, "input.gain"), 3.0F);
  EXPECT_EQ(registry.revision(), 1U);
  const Indices expected = {IndexOf(registry, "input.gain"), IndexOf(registry, "output.gain")};
  EXPECT_EQ(heard, std::vector<Indices>({expected}));
}

TEST(ParamRegistry, ChangesNothingWhenOneAssignmentIsWrong) {
  ParamRegistry registry;
  int heard = 0;
  registry.AddListener([&](std::span<const std::size_t>) { ++heard; });
  EXPECT_EQ(MessageOf(registry, {{"input.gain", 3.0}, {"output.gain", "3 dB"}}),
            "output.gain: 3 dB is above the maximum (allowed: -60 dB to 0 dB)");
  EXPECT_EQ(MessageOf(registry, {{"input.gain", 3.0}, {"output.gain", 3.0}}),
            "output.gain: 3 dB is above the maximum (allowed: -60 dB to 0 dB)");
  EXPECT_EQ(registry.values(), SignalPath::kDefaults);
  EXPECT_EQ(registry.revision(), 0U);
  EXPECT_EQ(heard, 0);
}

TEST(ParamRegistry, TellsOnlyWhatReallyChanged) {
  ParamRegistry registry;
  std::vector<Indices> heard;
  registry.AddListener([&](std::span<const std::size_t> changed) {
    heard.emplace_back(changed.begin(), changed.end());
  });
  EXPECT_EQ(MessageOf(registry, {{"input.gain", 0.0}, {"output.gain", -1.0}}), "");
  EXPECT_EQ(heard, std::vector<Indices>({{IndexOf(registry, "output.gain")}}));
  EXPECT_EQ(MessageOf(registry, {{"output.gain", -1.0}}), "");
  EXPECT_EQ(MessageOf(registry, {{"output.gain", -9.0}, {"output.gain", -1.0}}), "");
  EXPECT_EQ(MessageOf(registry, {{"input.gain", -0.0}}), "");
  EXPECT_EQ(heard.size(), 1U);
  EXPECT_EQ(registry.revision(), 1U);
}

TEST(ParamRegistry, LetsTheLaterAssignmentWin) {
  ParamRegistry registry;
  EXPECT_EQ(MessageOf(registry, {{"output.gain", -9.0}, {"output.gain", -2.0}}), "");
  EXPECT_EQ(ValueOf(registry, "output.gain"), -2.0F);
  EXPECT_EQ(registry.revision(), 1U);
}

TEST(ParamRegistry, TogglesWhatTheTransactionHasSetSoFar) {
  ParamRegistry registry;
  EXPECT_EQ(MessageOf(registry, {{"master.bypass", "toggle"}}), "");
  EXPECT_EQ(ValueOf(registry, "master.bypass"), 1.0F);
  EXPECT_EQ(MessageOf(registry, {{"master.bypass", "off"}, {"master.bypass", "toggle"}}), "");
  EXPECT_EQ(ValueOf(registry, "master.bypass"), 1.0F);
  EXPECT_EQ(MessageOf(registry, {{"master.bypass", "toggle"}, {"master.bypass", "toggle"}}), "");
  EXPECT_EQ(ValueOf(registry, "master.bypass"), 1.0F);
}

TEST(ParamRegistry, AListenerMayChangeValuesAndAllHearTheSameOrder) {
  ParamRegistry registry;
  const std::size_t input = IndexOf(registry, "input.gain");
  const std::size_t output = IndexOf(registry, "output.gain");
  std::vector<Indices> first;
  std::vector<Indices> second;
  registry.AddListener([&](std::span<const std::size_t> changed) {
    first.emplace_back(changed.begin(), changed.end());
    if (changed[0] == input) {
      EXPECT_EQ(MessageOf(registry, {{"output.gain", -3.0}}), "");
      EXPECT_EQ(ValueOf(registry, "output.gain"), -3.0F) << "in force at once";
      EXPECT_EQ(second.size(), 0U) << "the news goes out after all heard the news before";
    }
  });
  registry.AddListener([&](std::span<const std::size_t> changed) {
    second.emplace_back(changed.begin(), changed.end());
  });
  EXPECT_EQ(MessageOf(registry, {{"input.gain", 3.0}}), "");
  const std::vector<Indices> expected = {{input}, {output}};
  EXPECT_EQ(first, expected);
  EXPECT_EQ(second, expected);
  EXPECT_EQ(registry.revision(), 2U);
}

TEST(ParamRegistry, AListenerMayAddAListener) {
  ParamRegistry registry;
  int late = 0;
  bool added = false;
  registry.AddListener([&](std::span<const std::size_t>) {
    for (int i = 0; i < 100 && !added; ++i) {
      registry.AddListener([&](std::span<const std::size_t>) { ++late; });
    }
    added = true;
  });
  EXPECT_EQ(MessageOf(registry, {{"input.gain", 3.0}}), "");
  late = 0;
  EXPECT_EQ(MessageOf(registry, {{"input.gain", 4.0}}), "");
  EXPECT_EQ(late, 100);
}

TEST(ParamRegistry, ResetsWhatMatchesAsOneTransaction) {
  ParamRegistry registry;
  ASSERT_EQ(
      MessageOf(registry, {{"input.gain", 3.0}, {"input.balance", 1.0}, {"output.gain", -1.0}}),
      "");
  registry.Reset("input.*");
  EXPECT_EQ(registry.revision(), 2U);
  EXPECT_EQ(ValueOf(registry, "input.gain"), 0.0F);
  EXPECT_EQ(ValueOf(registry, "input.balance"), 0.0F);
  EXPECT_EQ(ValueOf(registry, "output.gain"), -1.0F);
  registry.Reset("");
  EXPECT_EQ(registry.values(), SignalPath::kDefaults);
  registry.Reset("no.such.*");
  EXPECT_EQ(registry.revision(), 3U);
}

TEST(ParamRegistry, MatchesGlobsInTableOrder) {
  const ParamRegistry registry;
  EXPECT_EQ(registry.Match("").size(), ParamRegistry::size());
  EXPECT_EQ(registry.Match("*").size(), ParamRegistry::size());
  EXPECT_EQ(registry.Match("output.gain"), Indices({IndexOf(registry, "output.gain")}));
  EXPECT_EQ(registry.Match("equalizer.band*.gain").size(), 32U);
  const Indices digits = registry.Match("equalizer.band?.gain");
  ASSERT_EQ(digits.size(), 9U);
  EXPECT_TRUE(std::is_sorted(digits.begin(), digits.end()));
  EXPECT_TRUE(registry.Match("gain").empty());
  EXPECT_TRUE(registry.Match("[").empty());
  EXPECT_TRUE(registry.Match(std::string(257, '*')).empty());
  EXPECT_TRUE(registry.Match(std::string_view("*\0", 2)).empty());
}

TEST(ParamRegistry, NoGlobHoldsTheCallerUp) {
  const ParamRegistry registry;
  std::string glob;
  while (glob.size() < 240) glob += "*[a-z]";
  const auto before = std::chrono::steady_clock::now();
  EXPECT_TRUE(registry.Match(glob + "*X").empty());
  // A matcher that backtracks without bound would need years.
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(1));
}

TEST(ParamRegistry, SaysWhatWasMeantByAnUnknownKey) {
  ParamRegistry registry;
  EXPECT_EQ(MessageOf(registry, {{"output.gian", -1.0}}),
            "output.gian: there is no such key (did you mean output.gain?)");
  EXPECT_EQ(MessageOf(registry, {{"bypass", "on"}}),
            "bypass: there is no such key (did you mean master.bypass?)");
  EXPECT_EQ(MessageOf(registry, {{"equaliser.band3.gain", 1.0}}).substr(0, 77),
            "equaliser.band3.gain: there is no such key (did you mean equalizer.band3.gain");
  EXPECT_EQ(MessageOf(registry, {{"zzzzzzzz", 1.0}}), "zzzzzzzz: there is no such key");
  EXPECT_EQ(MessageOf(registry, {{"", 1.0}}), ": there is no such key");
}

TEST(ParamRegistry, SaysHowManyMembersAFamilyHas) {
  ParamRegistry registry;
  EXPECT_EQ(MessageOf(registry, {{"equalizer.band0.gain", 1.0}}),
            "equalizer.band0.gain: there is no band0 (allowed: band1 to band32)");
  EXPECT_EQ(MessageOf(registry, {{"equalizer.band33.gain", 1.0}}),
            "equalizer.band33.gain: there is no band33 (allowed: band1 to band32)");
  EXPECT_EQ(MessageOf(registry, {{"equalizer.band4294967297", 1.0}}),
            "equalizer.band4294967297: there is no band4294967297 (allowed: band1 to band32)");
  EXPECT_EQ(MessageOf(registry, {{"equalizer.band07.gain", 1.0}}),
            "equalizer.band07.gain: there is no such key (did you mean equalizer.band7.gain, "
            "equalizer.band17.gain, equalizer.band27.gain?)");
}

TEST(ParamRegistry, KeepsHostileTextOutOfMessages) {
  ParamRegistry registry;
  const std::string message =
      MessageOf(registry, {{"output.gain", std::string(100000, 'x') + "\x1b[2J"}});
  EXPECT_LT(message.size(), 200U);
  EXPECT_EQ(MessageOf(registry, {{"a\nb\x1b", 1.0}}), "a?b?: there is no such key");
  EXPECT_LT(MessageOf(registry, {{std::string(100000, 'k'), 1.0}}).size(), 200U);
  EXPECT_EQ(MessageOf(registry, {{"output.gain", std::numeric_limits<double>::quiet_NaN()}}),
            "output.gain: nan dB is not a finite number (allowed: -60 dB to 0 dB)");
  EXPECT_EQ(MessageOf(registry, {{"output.gain", 1e300}}),
            "output.gain: 1e+300 dB is above the maximum (allowed: -60 dB to 0 dB)");
}

TEST(ParamRegistry, ScalesOnlyWhatFollowsIntensity) {
  ParamRegistry registry;
  ASSERT_EQ(MessageOf(registry, {{"equalizer.band3.gain", 8.0},
                                 {"equalizer.band4.gain", -6.0},
                                 {"input.gain", 3.0},
                                 {"master.intensity", 0.25}}),
            "");
  const ParamRegistry::Values targets = registry.Targets();
  for (std::size_t i = 0; i < ParamRegistry::size(); ++i) {
    const ParamSpec& spec = ParamRegistry::info(i).spec;
    const float factor = spec.follows_intensity ? 0.25F : 1.0F;
    EXPECT_FLOAT_EQ(targets[i], spec.neutral + factor * (registry.value(i) - spec.neutral))
        << registry.key(i);
  }
  EXPECT_EQ(targets[IndexOf(registry, "equalizer.band3.gain")], 2.0F);
  EXPECT_EQ(targets[IndexOf(registry, "equalizer.band4.gain")], -1.5F);
  EXPECT_EQ(targets[IndexOf(registry, "input.gain")], 3.0F);
}

TEST(ParamRegistry, TargetsStayInRangeAtEveryIntensity) {
  ParamRegistry registry;
  for (const bool at_max : {false, true}) {
    std::vector<Assignment> all;
    for (std::size_t i = 0; i < ParamRegistry::size(); ++i) {
      const ParamSpec& spec = ParamRegistry::info(i).spec;
      all.push_back({registry.key(i), static_cast<double>(at_max ? spec.max : spec.min)});
    }
    for (const double intensity : {0.0, 0.3, 1.0}) {
      all.push_back({"master.intensity", intensity});
      ASSERT_EQ(MessageOf(registry, all), "");
      const ParamRegistry::Values targets = registry.Targets();
      for (std::size_t i = 0; i < ParamRegistry::size(); ++i) {
        const ParamSpec& spec = ParamRegistry::info(i).spec;
        EXPECT_GE(targets[i], spec.min) << registry.key(i);
        EXPECT_LE(targets[i], spec.max) << registry.key(i);
      }
    }
  }
}

TEST(ParamRegistry, PinsWhatAPersonSetsUntilItIsReleasedOrReset) {
  ParamRegistry registry;
  const auto pinned = [&](const char* key) { return registry.pinned()[*registry.Find(key)]; };
  EXPECT_TRUE(registry.pinned().none());
  ASSERT_FALSE(registry.Apply(std::vector<Assignment>{{"stereo.width", 0.6}, {"input.gain", 0.0}}));
  EXPECT_TRUE(pinned("stereo.width"));
  EXPECT_TRUE(pinned("input.gain"));  // set to what it was, but set
  // A refused transaction pins nothing.
  ASSERT_TRUE(registry.Apply(std::vector<Assignment>{{"output.gain", -1.0}, {"input.gain", 99.0}}));
  EXPECT_FALSE(pinned("output.gain"));
  ASSERT_FALSE(registry.Apply(std::vector<Assignment>{{"stereo.width", 0.7}},
                              ParamRegistry::Origin::kPreset));
  EXPECT_FALSE(pinned("stereo.width"));
  EXPECT_EQ(registry.Release("input.*"), 1U);
  EXPECT_EQ(registry.Release("input.*"), 0U);
  registry.Pin("limiter.ceiling");
  EXPECT_TRUE(pinned("limiter.ceiling"));
  registry.Reset("limiter.*");
  EXPECT_TRUE(registry.pinned().none());
}

}  // namespace
}  // namespace auralis
