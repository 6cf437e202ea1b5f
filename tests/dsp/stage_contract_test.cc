// What every stage owes the chain.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "dsp/kernels/simd_target.h"
#include "tests/dsp/stage_test.h"
#include "tests/support/measure.h"
#include "tests/support/rt_guard.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

template <class S>
class StageContract : public StageTest<S> {};
TYPED_TEST_SUITE(StageContract, StagesUnderTest, StageName);

double LargestDifference(const std::vector<float>& a, const std::vector<float>& b) {
  double largest = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
  }
  return largest;
}

TYPED_TEST(StageContract, OutputDoesNotDependOnHowTheStreamIsCut) {
  const auto run = [this](auto cut) {
    auto stage = TestFixture::Prepared();
    std::minstd_rand parameters(5);
    return TestFixture::Feed(*stage, NoiseAt(0.9, kBlock * 200), cut, [&](std::size_t frame) {
      if (frame % (kBlock * 7) == 0)
        stage->SetTargets(this->Designed(TestFixture::Working(parameters)));
    });
  };
  const Stereo whole = run([] { return kBlock; });
  std::minstd_rand cuts(6);
  const Stereo pieces = run([&] { return 1 + cuts() % kBlock; });
  EXPECT_LE(LargestDifference(whole.left, pieces.left),
            CutError<TypeParam>() * test::PeakOf(whole.left));
  EXPECT_LE(LargestDifference(whole.right, pieces.right),
            CutError<TypeParam>() * test::PeakOf(whole.right));
  EXPECT_GT(test::PeakOf(whole.left), 0.01) << "of silence this says nothing";
}

TYPED_TEST(StageContract, ACutBetweenPiecesChangesNoBit) {
  constexpr std::size_t kView = 1024;
  const auto run = [this](auto cut) {
    auto stage = TestFixture::Prepared({.sample_rate_hz = kRate, .block_frames = kView});
    const ScopedFlushDenormals flush;
    std::minstd_rand parameters(9);
    Stereo x = NoiseAt(0.9, kView * 12);
    for (std::size_t at = 0; at < x.left.size();) {
      if (at % (3 * kView) == 0) {
        stage->SetTargets(this->Designed(this->SwitchedOn(this->Working(parameters))));
      }
      const std::size_t frames = std::min(cut(), kView - at % kView);
      stage->Process({x.left.data() + at, x.right.data() + at, frames});
      at += frames;
    }
    return x;
  };
  for (const std::string& target : SupportedSimdTargets()) {
    SCOPED_TRACE(target);
    ASSERT_TRUE(ChooseSimdTarget(target));
    const Stereo whole = run([] { return kView; });
    const Stereo blocks = run([] { return kPieceFrames; });
    std::minstd_rand cuts(10);
    const Stereo pieces = run([&] { return kPieceFrames * (1 + cuts() % 8); });
    EXPECT_EQ(LargestDifference(whole.left, blocks.left), 0.0);
    EXPECT_EQ(LargestDifference(whole.right, blocks.right), 0.0);
    EXPECT_EQ(LargestDifference(whole.left, pieces.left), 0.0);
    EXPECT_EQ(LargestDifference(whole.right, pieces.right), 0.0);
    EXPECT_GT(test::PeakOf(whole.left), 0.01) << "of silence this says nothing";
    ChooseSimdTarget("auto");
  }
}

TYPED_TEST(StageContract, TouchesNeitherHeapNorLock) {
  auto stage = TestFixture::Prepared();
  Stereo x = NoiseAt(2.0, kBlock * 50);
  std::minstd_rand generator(7);
  std::vector<TargetsOf<TypeParam>> targets;
  targets.reserve(50);
  for (int i = 0; i < 50; ++i) targets.push_back(this->Designed(TestFixture::Random(generator)));
  {
    const test::RtGuard guard;
    for (std::size_t i = 0; i < targets.size(); ++i) {
      stage->SetTargets(targets[i]);
      stage->Process({x.left.data() + i * kBlock, x.right.data() + i * kBlock, kBlock});
    }
    stage->Reset();
  }
  EXPECT_EQ(test::RtGuard::violations(), 0U);
}

TYPED_TEST(StageContract, SilenceStaysSilence) {
  auto stage = TestFixture::Prepared();
  std::minstd_rand generator(8);
  const Stereo y = TestFixture::Feed(
      *stage, Stereo{.left = test::Silence(48000), .right = test::Silence(48000)},
      [] { return kBlock; },
      [&](std::size_t frame) {
        if (frame % 4800 == 0) stage->SetTargets(this->Designed(TestFixture::Random(generator)));
      });
  for (const float v : y.left) ASSERT_EQ(v, 0.0F);
  for (const float v : y.right) ASSERT_EQ(v, 0.0F);
}

TYPED_TEST(StageContract, DecaysAfterALoudBurst) {
  auto stage = TestFixture::Prepared();
  TestFixture::FeedBlocks(*stage, NoiseAt(8.0, 48000));
  const Stereo tail = TestFixture::FeedBlocks(
      *stage, Stereo{.left = test::Silence(96000), .right = test::Silence(96000)});
  for (std::size_t i = 90000; i < 96000; ++i) {
    ASSERT_LT(std::abs(tail.left[i]), 1e-7F) << i;  // -140 dB
    ASSERT_LT(std::abs(tail.right[i]), 1e-7F) << i;
  }
}

TYPED_TEST(StageContract, ResetForgetsNonFiniteSignals) {
  auto stage = TestFixture::Prepared();
  const Stereo x = NoiseAt(0.5, 4800);
  const Stereo expected = TestFixture::FeedBlocks(*stage, x);
  Stereo poison = x;
  poison.left[100] = std::numeric_limits<float>::quiet_NaN();
  poison.right[200] = std::numeric_limits<float>::infinity();
  TestFixture::FeedBlocks(*stage, poison);
  stage->Reset();
  const Stereo y = TestFixture::FeedBlocks(*stage, x);
  EXPECT_EQ(y.left, expected.left);
  EXPECT_EQ(y.right, expected.right);
}

TYPED_TEST(StageContract, ResetEndsRampsAndForgetsTheSignal) {
  std::minstd_rand generator(9);
  const auto targets = this->Designed(TestFixture::Working(generator));
  auto fresh = TestFixture::Prepared();
  fresh->SetTargets(targets);
  fresh->Reset();
  const Stereo x = NoiseAt(0.5, 9600);
  const Stereo expected = TestFixture::FeedBlocks(*fresh, x);

  auto used = TestFixture::Prepared();
  TestFixture::FeedBlocks(*used, NoiseAt(3.0, 9600));
  used->SetTargets(targets);  // still ramping when it is reset
  used->Reset();
  const Stereo y = TestFixture::FeedBlocks(*used, x);
  EXPECT_EQ(y.left, expected.left);
  EXPECT_EQ(y.right, expected.right);
  EXPECT_GT(test::PeakOf(y.left), 0.01) << "of silence this says nothing";
}

TYPED_TEST(StageContract, IsFiniteAtEveryEndOfEveryRange) {
  for (std::size_t row = 0; row < TypeParam::kParams.size(); ++row) {
    const ParamSpec& spec = TypeParam::kParams[row].spec;
    for (const float value : {spec.min, spec.max, spec.def}) {
      const auto params = TestFixture::With(TestFixture::Defaults(), row, value);
      auto stage = TestFixture::Prepared(kSpec, params);
      stage->SetTargets(this->Designed(params));
      const Stereo y = TestFixture::FeedBlocks(*stage, NoiseAt(1.0, kBlock * 40));
      for (std::size_t i = 0; i < y.left.size(); ++i) {
        ASSERT_TRUE(std::isfinite(y.left[i]) && std::isfinite(y.right[i])) << spec.key;
      }
    }
  }
}

TYPED_TEST(StageContract, StaysFiniteWhileEverythingJumps) {
  auto stage = TestFixture::Prepared();
  std::minstd_rand generator(10);
  const Stereo y = TestFixture::Feed(
      *stage, NoiseAt(1.0, kBlock * 3000), [] { return kBlock; },
      [&](std::size_t) { stage->SetTargets(this->Designed(TestFixture::Random(generator))); });
  for (const float v : y.left) ASSERT_TRUE(std::isfinite(v));
  for (const float v : y.right) ASSERT_TRUE(std::isfinite(v));
}

TYPED_TEST(StageContract, DeclaresItsLatency) {
  for (const double rate : {8000.0, 44100.0, 48000.0, 96000.0, 192000.0, 384000.0}) {
    for (const std::size_t block : {16U, 64U, 1024U}) {
      auto stage = TestFixture::Prepared({.sample_rate_hz = rate, .block_frames = block});
      const std::size_t latency = stage->latency_frames();
      const std::size_t frames = (latency / block + 4) * block;
      Stereo x{.left = test::Impulse(frames, 3, 0.5F), .right = test::Impulse(frames, 3, 0.5F)};
      for (std::size_t at = 0; at < frames; at += block) {
        stage->Process({x.left.data() + at, x.right.data() + at, block});
      }
      const auto peak = std::max_element(
          x.left.begin(), x.left.end(), [](float a, float b) { return std::abs(a) < std::abs(b); });
      // An all-pass spreads an impulse: its peak may come a little later.
      std::size_t spread = 0;
      if constexpr (requires { TypeParam::kSpreadFrames; }) spread = TypeParam::kSpreadFrames;
      const auto at = static_cast<std::size_t>(peak - x.left.begin());
      EXPECT_GE(at, latency + 3) << rate;
      EXPECT_LE(at, latency + 3 + spread) << rate;
    }
  }
}

}  // namespace
}  // namespace auralis
