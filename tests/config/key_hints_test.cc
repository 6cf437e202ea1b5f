#include "config/key_hints.h"

#include <gtest/gtest.h>

namespace auralis {
namespace {

using Words = std::vector<std::string>;

std::vector<std::string> ClosestKey(std::string_view word) {
  return Closest(word, Words{"input.gain", "input.balance", "limiter.ceiling", "limiter.release",
                             "output.gain"});
}

TEST(KeyHints, FindsWhatIsAFewEditsAway) {
  EXPECT_EQ(ClosestKey("limiter.ceilng"), Words({"limiter.ceiling"}));
  EXPECT_EQ(ClosestKey("LIMITER.CEILING"), Words({"limiter.ceiling"}));
  EXPECT_EQ(ClosestKey("limit.release"), Words({"limiter.release"}));
}

TEST(KeyHints, FindsTheModuleOfALoneKey) {
  EXPECT_EQ(ClosestKey("ceiling"), Words({"limiter.ceiling"}));
  EXPECT_EQ(ClosestKey("gain"), Words({"input.gain", "output.gain"}));
}

TEST(KeyHints, StaysSilentWhenNothingIsNear) {
  EXPECT_EQ(ClosestKey(""), Words());
  EXPECT_EQ(ClosestKey("x"), Words());
  EXPECT_EQ(ClosestKey("zzzzzzzzzz"), Words());
  EXPECT_EQ(ClosestKey(std::string(65, 'a')), Words());
}

TEST(KeyHints, NamesThreeAtMost) {
  const Words known = {"a.xa", "a.xb", "a.xc", "a.xd"};
  EXPECT_EQ(Closest("a.xx", known), Words({"a.xa", "a.xb", "a.xc"}));
}

}  // namespace
}  // namespace auralis
