#include "dsp/signal_path.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "tests/support/measure.h"
#include "tests/support/rt_guard.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

constexpr double kRate = 48000.0;
constexpr std::size_t kBlock = 64;

struct Stereo {
  std::vector<float> left;
  std::vector<float> right;
};

std::unique_ptr<SignalPath> Prepared() {
  auto path = std::make_unique<SignalPath>();
  path->Prepare({.sample_rate_hz = kRate, .block_frames = kBlock});
  return path;
}

Stereo Feed(SignalPath& path, Stereo x) {
  for (std::size_t at = 0; at < x.left.size(); at += kBlock) {
    path.Process({x.left.data() + at, x.right.data() + at, kBlock});
  }
  return x;
}

SignalPath::Targets Designed(const SignalPath::Values& values) {
  // It owns what targets point to.
  static SignalPath::Designer designer({.sample_rate_hz = kRate, .block_frames = kBlock});
  return designer.Design(values);
}

SignalPath::Values Bypassed() {
  auto values = SignalPath::kDefaults;
  values[SignalPath::IndexOf("master", "bypass")] = 1.0F;
  values[SignalPath::IndexOf("input", "gain")] = 12.0F;
  return values;
}

TEST(SignalPath, BypassIsTheInputBitForBitAtTheSameLatency) {
  auto path = Prepared();
  path->SetTargets(Designed(Bypassed()));
  path->Reset();
  const Stereo x{.left = test::Noise(3.0, 6400, 71), .right = test::Noise(3.0, 6400, 72)};
  const Stereo y = Feed(*path, x);
  const std::size_t latency = path->latency_frames();
  EXPECT_GT(latency, 0U);
  for (std::size_t i = latency; i < x.left.size(); ++i) {
    ASSERT_EQ(y.left[i], x.left[i - latency]);
    ASSERT_EQ(y.right[i], x.right[i - latency]);
  }
}

TEST(SignalPath, AtItsDefaultsItIsTheInputToo) {
  auto path = Prepared();
  const Stereo x{.left = test::Noise(0.4, 6400, 73), .right = test::Noise(0.4, 6400, 74)};
  const Stereo y = Feed(*path, x);
  const std::size_t latency = path->latency_frames();
  for (std::size_t i = latency; i < x.left.size(); ++i) {
    ASSERT_EQ(y.left[i], x.left[i - latency]);
    ASSERT_EQ(y.right[i], x.right[i - latency]);
  }
}

TEST(SignalPath, SwitchingBypassIsACrossfade) {
  auto path = Prepared();
  auto wet = Bypassed();
  wet[SignalPath::IndexOf("master", "bypass")] = 0.0F;
  wet[SignalPath::IndexOf("input", "gain")] = -12.0F;
  auto dry = wet;
  dry[SignalPath::IndexOf("master", "bypass")] = 1.0F;
  path->SetTargets(Designed(wet));
  path->Reset();
  const std::vector<float> ones(9600, 0.5F);
  Feed(*path, {.left = ones, .right = ones});
  path->SetTargets(Designed(dry));
  const Stereo y = Feed(*path, {.left = ones, .right = ones});
  // From -12 dB to 0 dB in 30 ms, in a straight line.
  const double from = 0.5 * std::pow(10.0, -12.0 / 20.0);
  constexpr double kRampFrames = 0.030 * kRate;
  for (std::size_t i = 0; i < y.left.size(); ++i) {
    const double along = std::min(1.0, static_cast<double>(i + 1) / kRampFrames);
    ASSERT_NEAR(y.left[i], from + along * (0.5 - from), 1e-5) << i;
  }
}

TEST(SignalPath, NonFiniteInputBecomesSilenceAndIsCounted) {
  for (const float poison :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
        -std::numeric_limits<float>::infinity()}) {
    auto path = Prepared();
    Stereo x{.left = test::Noise(0.8, 6400, 75), .right = test::Noise(0.8, 6400, 76)};
    Stereo clean = x;
    for (const std::size_t at : {0U, 100U, 101U, 3000U}) {
      x.left[at] = poison;
      clean.left[at] = 0.0F;
    }
    x.right[100] = poison;
    clean.right[100] = 0.0F;
    const Stereo y = Feed(*path, x);
    EXPECT_EQ(path->non_finite_frames(), 4U);
    auto reference = Prepared();
    const Stereo expected = Feed(*reference, clean);
    EXPECT_EQ(y.left, expected.left);
    EXPECT_EQ(y.right, expected.right);
  }
}

TEST(SignalPath, HugeFiniteInputIsNotTakenForNonFinite) {
  auto path = Prepared();
  const Stereo x{.left = std::vector<float>(640, 3e38F), .right = std::vector<float>(640, 3e38F)};
  const Stereo y = Feed(*path, x);
  EXPECT_EQ(path->non_finite_frames(), 0U);
  for (const float v : y.left) ASSERT_LE(std::abs(v), 1.0F);
}

TEST(SignalPath, TouchesNeitherHeapNorLock) {
  auto path = Prepared();
  std::vector<float> left(kBlock, 0.1F);
  std::vector<float> right(kBlock, 0.1F);
  const auto targets = Designed(Bypassed());
  {
    const test::RtGuard guard;
    path->SetTargets(targets);
    path->Process({left.data(), right.data(), kBlock});
    path->Reset();
  }
  EXPECT_EQ(test::RtGuard::violations(), 0U);
}

}  // namespace
}  // namespace auralis
