#include "config/param_history.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace auralis {
namespace {

float ValueOf(const ParamRegistry& registry, const char* key) {
  return registry.value(*registry.Find(key));
}

TEST(ParamHistory, UndoesAndRedoesAWholeTransactionAsOneRevision) {
  ParamRegistry registry;
  ParamHistory history(registry);
  const std::vector<Assignment> both = {{"input.gain", -3.0}, {"input.balance", 0.5}};
  ASSERT_FALSE(history.Apply(both));
  EXPECT_EQ(registry.revision(), 1U);
  EXPECT_EQ(history.Undo()->size(), 2U);
  EXPECT_EQ(registry.revision(), 2U);
  EXPECT_EQ(ValueOf(registry, "input.gain"), 0.0F);
  EXPECT_EQ(ValueOf(registry, "input.balance"), 0.0F);
  EXPECT_FALSE(history.Undo());
  EXPECT_EQ(history.Redo()->size(), 2U);
  EXPECT_EQ(ValueOf(registry, "input.gain"), -3.0F);
  EXPECT_EQ(ValueOf(registry, "input.balance"), 0.5F);
  EXPECT_FALSE(history.Redo());
}

TEST(ParamHistory, LeavesAloneWhatNobodyChanged) {
  ParamRegistry registry;
  ParamHistory history(registry);
  ASSERT_FALSE(history.Apply(std::vector<Assignment>{{"input.gain", -3.0}}));
  ASSERT_FALSE(registry.Apply(std::vector<Assignment>{{"input.balance", 0.5}}));  // no person
  EXPECT_EQ(*history.Undo(), std::vector<std::size_t>{*registry.Find("input.gain")});
  EXPECT_EQ(ValueOf(registry, "input.balance"), 0.5F);
}

TEST(ParamHistory, ForgetsWhatWasUndoneAtANewChangeAndKeepsItAtARefusedOne) {
  ParamRegistry registry;
  ParamHistory history(registry);
  ASSERT_FALSE(history.Apply(std::vector<Assignment>{{"input.gain", -3.0}}));
  ASSERT_TRUE(history.Undo());
  EXPECT_TRUE(history.Apply(std::vector<Assignment>{{"input.gain", 900.0}}));  // refused
  EXPECT_FALSE(history.Apply(std::vector<Assignment>{{"input.gain", 0.0}}));   // changes nothing
  EXPECT_TRUE(history.Redo());
  ASSERT_TRUE(history.Undo());
  ASSERT_FALSE(history.Apply(std::vector<Assignment>{{"input.gain", 1.0}}));
  EXPECT_FALSE(history.Redo());
}

TEST(ParamHistory, ResetIsOneStep) {
  ParamRegistry registry;
  ParamHistory history(registry);
  ASSERT_FALSE(
      history.Apply(std::vector<Assignment>{{"input.gain", -3.0}, {"input.balance", 0.5}}));
  EXPECT_EQ(history.Reset("input.*").size(), 2U);
  EXPECT_EQ(ValueOf(registry, "input.gain"), 0.0F);
  EXPECT_EQ(history.Reset("input.*").size(), 0U);  // no step
  history.Undo();
  EXPECT_EQ(ValueOf(registry, "input.gain"), -3.0F);
  EXPECT_EQ(ValueOf(registry, "input.balance"), 0.5F);
}

TEST(ParamHistory, RemembersAHundredSteps) {
  ParamRegistry registry;
  ParamHistory history(registry);
  for (std::size_t i = 0; i <= ParamHistory::kMaxSteps; ++i) {
    ASSERT_FALSE(history.Apply(
        std::vector<Assignment>{{"input.gain", -1.0 - 0.125 * static_cast<double>(i)}}));
  }
  std::size_t steps = 0;
  while (history.Undo()) ++steps;
  EXPECT_EQ(steps, ParamHistory::kMaxSteps);
  EXPECT_EQ(ValueOf(registry, "input.gain"), -1.0F);
}

TEST(ParamHistory, TakesPinsBackAsWell) {
  ParamRegistry registry;
  ParamHistory history(registry);
  const std::size_t width = *registry.Find("stereo.width");
  history.Apply(std::vector<Assignment>{{"stereo.width", 0.6}}, ParamRegistry::Origin::kPreset);
  EXPECT_FALSE(registry.pinned()[width]);
  history.Apply(std::vector<Assignment>{{"stereo.width", 0.7}});
  EXPECT_TRUE(registry.pinned()[width]);
  history.Undo();
  EXPECT_FALSE(registry.pinned()[width]);
  EXPECT_EQ(registry.value(width), 0.6F);
  history.Redo();
  EXPECT_TRUE(registry.pinned()[width]);
  history.Reset("stereo.*");
  EXPECT_FALSE(registry.pinned()[width]);
  history.Undo();
  EXPECT_TRUE(registry.pinned()[width]);
}

// A knob that is dragged is one step; another hand, another knob, a pause or an undo end it.
TEST(ParamHistory, ADraggedKnobIsOneStep) {
  using namespace std::chrono_literals;
  constexpr auto kPerson = ParamRegistry::Origin::kPerson;
  ParamRegistry registry;
  ParamHistory history(registry);
  ParamHistory::Clock::time_point now{};
  const auto drag = [&](const char* key, double value, std::uint64_t hand,
                        std::chrono::milliseconds later) {
    now += later;
    ASSERT_FALSE(history.Apply(std::vector<Assignment>{{key, value}}, kPerson,
                               ParamHistory::Gesture{.hand = hand, .at = now}));
  };
  for (int i = 1; i <= 200; ++i) drag("input.gain", -0.01 * i, 7, 16ms);
  drag("input.gain", -2.5, 7, 499ms);
  ASSERT_TRUE(history.Undo());
  EXPECT_EQ(ValueOf(registry, "input.gain"), 0.0F);
  EXPECT_FALSE(registry.pinned()[*registry.Find("input.gain")]);
  EXPECT_FALSE(history.Undo());
  ASSERT_TRUE(history.Redo());
  EXPECT_EQ(ValueOf(registry, "input.gain"), -2.5F);
  EXPECT_TRUE(registry.pinned()[*registry.Find("input.gain")]);

  drag("input.gain", -3.0, 7, 1ms);     // after a redo
  drag("input.gain", -4.0, 7, 501ms);   // after a pause
  drag("input.gain", -5.0, 8, 1ms);     // another client
  drag("input.balance", 0.5, 8, 1ms);   // another knob
  drag("input.balance", 0.25, 0, 1ms);  // nobody in particular
  drag("input.balance", 0.125, 0, 1ms);
  for (int step = 0; step < 5; ++step) ASSERT_TRUE(history.Undo());
  EXPECT_EQ(ValueOf(registry, "input.gain"), -3.0F);
  EXPECT_EQ(ValueOf(registry, "input.balance"), 0.0F);
}

// What belongs to a change besides values comes and goes with it, pins too, and makes a step of one
// that changes no value.
TEST(ParamHistory, ACompanionIsTakenBackAndDoneAgain) {
  ParamRegistry registry;
  ParamHistory history(registry);
  ASSERT_FALSE(history.Apply(std::vector<Assignment>{{"input.gain", 0.0}, {"input.balance", 0.5}}));
  std::string told;
  const std::vector<Assignment> preset = {{"input.gain", 0.0}, {"input.balance", 0.5}};
  ASSERT_FALSE(history.Apply(
      preset, ParamRegistry::Origin::kPreset,
      ParamHistory::Companion{.undo = [&] { told += "undo "; }, .redo = [&] { told += "redo "; }}));
  EXPECT_EQ(registry.pinned().count(), 0U);
  ASSERT_TRUE(history.Undo());
  EXPECT_EQ(registry.pinned().count(), 2U);
  ASSERT_TRUE(history.Redo());
  EXPECT_EQ(registry.pinned().count(), 0U);
  EXPECT_EQ(told, "undo redo ");
}

// To and fro on one errand is one step from the first beginning to the last end, and none where
// these are the same; what others change in between stays a step of its own.
TEST(ParamHistory, AnErrandIsOneStepAndThereAndBackIsNone) {
  ParamRegistry registry;
  ParamHistory history(registry);
  std::string told;
  const auto go = [&](double gain_db, const std::string& from, const std::string& to) {
    history.Do(
        [&] {
          registry.Apply(std::vector<Assignment>{{"input.gain", gain_db}});
        },
        {.undo = [&told, from] { told += from; },
         .redo = [&told, to] { told += to; },
         .begin = [&told] { told += "("; }},
        7);
  };
  ASSERT_FALSE(history.Apply(std::vector<Assignment>{{"input.balance", 0.5}}));
  go(-3.0, "a", "b");
  go(-6.0, "b", "c");
  ASSERT_TRUE(history.Undo());
  EXPECT_EQ(ValueOf(registry, "input.gain"), 0.0F);
  ASSERT_TRUE(history.Redo());
  EXPECT_EQ(ValueOf(registry, "input.gain"), -6.0F);
  EXPECT_EQ(told, "(a(c");
  // There and back, pins too.
  ASSERT_TRUE(history.Undo());
  go(-3.0, "a", "b");
  history.Do(
      [&] {
        registry.Apply(std::vector<Assignment>{{"input.gain", 0.0}});
        registry.Release("input.gain");
      },
      {}, 7);
  ASSERT_TRUE(history.Undo());
  EXPECT_EQ(ValueOf(registry, "input.balance"), 0.0F);
  EXPECT_FALSE(history.Undo());

  go(-3.0, "a", "b");
  ASSERT_FALSE(history.Apply(std::vector<Assignment>{{"input.balance", 0.25}}));
  go(-6.0, "b", "c");
  ASSERT_TRUE(history.Undo());
  EXPECT_EQ(ValueOf(registry, "input.gain"), -3.0F);
}

}  // namespace
}  // namespace auralis
