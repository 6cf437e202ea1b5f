// The stage of docs/add-a-stage.md: the page shows the file that is built, and it does what it
// says.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "docs/examples/polarity.h"
#include "dsp/chain.h"
#include "dsp/stages/limiter.h"
#include "tests/support/rt_guard.h"

namespace auralis {
namespace {

std::string TextOf(const std::string& file) {
  std::ifstream in(std::string(AURALIS_SOURCE_DIR) + "/" + file);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

TEST(ExampleStage, IsOnThePageAsItIsBuilt) {
  const std::string example = TextOf("docs/examples/polarity.h");
  ASSERT_FALSE(example.empty());
  EXPECT_NE(TextOf("docs/add-a-stage.md").find("```cpp\n" + example + "```"), std::string::npos)
      << "docs/add-a-stage.md does not show docs/examples/polarity.h";
}

// Beside a real stage, in a chain as the product has one: that is all that "listing" it takes.
using Example = Chain<Polarity, Limiter>;

TEST(ExampleStage, StandsInTheTableOfAChainThatListsIt) {
  EXPECT_EQ(Example::kParams[0].module, "polarity");
  EXPECT_EQ(Example::kParams[0].spec.key, "enabled");
  EXPECT_EQ(Example::kParams[1].module, "limiter");
}

TEST(ExampleStage, TurnsOnePolarityAndDoesNotClick) {
  constexpr std::size_t kFrames = 64;
  constexpr int kBlocks = 30;  // 40 ms at 48 kHz: twice the ramp
  Polarity stage;
  stage.Prepare({.sample_rate_hz = 48000.0, .block_frames = kFrames});
  std::vector<float> left(kFrames);
  std::vector<float> right(kFrames);
  float before = 0.5F;
  float largest_step = 0.0F;
  for (int block = 0; block < kBlocks; ++block) {
    left.assign(kFrames, 0.5F);
    right.assign(kFrames, 0.5F);
    {
      const test::RtGuard guard;
      if (block == 1) stage.SetTargets({.enabled = 1.0F});
      stage.Process({left.data(), right.data(), kFrames});
    }
    for (const float sample : right) {
      largest_step = std::max(largest_step, std::abs(sample - before));
      before = sample;
    }
    if (test::RtGuard::active()) {
      EXPECT_EQ(test::RtGuard::violations(), 0U);
    }
    EXPECT_EQ(left.back(), 0.5F);
    if (block == 0) {
      EXPECT_EQ(right.back(), 0.5F);
    }
  }
  EXPECT_EQ(right.back(), -0.5F);
  // From 0.5 to -0.5 in 20 ms, which are 960 frames; a smooth ramp is twice as steep in its middle.
  EXPECT_LT(largest_step, 2.1F / 960.0F);
}

}  // namespace
}  // namespace auralis
