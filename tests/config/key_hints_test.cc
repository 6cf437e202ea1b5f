#include "config/key_hints.h"

#include <gtest/gtest.h>

namespace auralis {
namespace {

const std::vector<std::string> kKnown = {"input.gain", "input.balance", "limiter.ceiling",
                                         "limiter.release", "output.gain"};
using Words = std::vector<std::string>;

TEST(KeyHints, FindsWhatIsAFewEditsAway) {
  EXPECT_EQ(Closest("limiter.ceilng", kKnown), Words({"limiter.ceiling"}));
  EXPECT_EQ(Closest("LIMITER.CEILING", kKnown), Words({"limiter.ceiling"}));
  EXPECT_EQ(Closest("limit.release", kKnown), Words({"limiter.release"}));
}

TEST(KeyHints, FindsTheModuleOfALoneKey) {
  EXPECT_EQ(Closest("ceiling", kKnown), Words({"limiter.ceiling"}));
  EXPECT_EQ(Closest("gain", kKnown), Words({"input.gain", "output.gain"}));
}

TEST(KeyHints, StaysSilentWhenNothingIsNear) {
  EXPECT_EQ(Closest("", kKnown), Words());
  EXPECT_EQ(Closest("x", kKnown), Words());
  EXPECT_EQ(Closest("zzzzzzzzzz", kKnown), Words());
  EXPECT_EQ(Closest(std::string(65, 'a'), kKnown), Words());
}

TEST(KeyHints, NamesThreeAtMost) {
  const Words known = {"a.xa", "a.xb", "a.xc", "a.xd"};
  EXPECT_EQ(Closest("a.xx", known), Words({"a.xa", "a.xb", "a.xc"}));
}

}  // namespace
}  // namespace auralis
