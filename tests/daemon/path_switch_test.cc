// The engine goes over to another signal path while it plays.

#include "daemon/path_switch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "daemon/engine.h"
#include "tests/support/measure.h"
#include "tests/support/rt_guard.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

constexpr double kRate = 48000.0;
constexpr std::size_t kBlock = 64;
constexpr std::size_t kSecond = 750 * kBlock;

struct Stereo {
  std::vector<float> left;
  std::vector<float> right;
};

Stereo NoiseOf(double amplitude, std::size_t frames) {
  return {test::Noise(amplitude, frames, 21), test::Noise(amplitude, frames, 22)};
}

EngineOptions Options() {
  return {.sample_rate_hz = kRate, .block_frames = kBlock, .host_frames = kBlock, .fade_in = false};
}

void Set(SignalPath::Values& values, std::string_view module, std::string_view family,
         std::size_t number, std::string_view key, float value) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const ParamInfo& info = SignalPath::kParams[i];
    if (info.module == module && info.family == family && info.number == number &&
        info.spec.key == key) {
      values[i] = value;
    }
  }
}

SignalPath::Values With(Equalizer::Phase phase, float gain_db = 6.0F) {
  SignalPath::Values values = SignalPath::kDefaults;
  Set(values, "equalizer", "", 0, "phase", static_cast<float>(phase));
  Set(values, "equalizer", "band", 15, "gain", gain_db);
  return values;
}
constexpr auto kMinimum = Equalizer::Phase::kMinimum;
constexpr auto kLinear = Equalizer::Phase::kLinear;

void Feed(Engine& engine, const Stereo& x, Stereo& y, std::size_t at, std::size_t frames) {
  for (const std::size_t end = at + frames; at < end; at += kBlock) {
    const float* const input[2] = {x.left.data() + at, x.right.data() + at};
    float* const output[2] = {y.left.data() + at, y.right.data() + at};
    engine.Process({.input = input, .output = output, .frames = kBlock, .xruns = 0});
  }
}

double LargestDifference(const std::vector<float>& a, const std::vector<float>& b,
                         std::size_t from) {
  double largest = 0.0;
  for (std::size_t i = from; i < a.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
  }
  return largest;
}

TEST(PathSwitch, EndsWhereAStreamThatBeganSoWouldBe) {
  const Stereo x = NoiseOf(0.2, 2 * kSecond);
  for (const auto& [from, to] : {std::pair{kMinimum, kLinear}, std::pair{kLinear, kMinimum}}) {
    Stereo expected = x;
    Engine begun_so(Options(), With(to));
    Feed(begun_so, x, expected, 0, 2 * kSecond);
    Stereo y = x;
    Engine engine(Options(), With(from));
    Feed(engine, x, y, 0, kSecond / 2);
    engine.Publish(With(to));
    Feed(engine, x, y, kSecond / 2, 2 * kSecond - kSecond / 2);
    EXPECT_EQ(engine.latency_frames(), begun_so.latency_frames());
    EXPECT_LT(LargestDifference(y.left, expected.left, kSecond), 1e-6);
    EXPECT_LT(LargestDifference(y.right, expected.right, kSecond), 1e-6);
  }
}

TEST(PathSwitch, AddsTheLatencyOfLinearPhase) {
  Engine engine(Options(), With(kMinimum));
  const std::size_t before = engine.latency_frames();
  const Stereo x = NoiseOf(0.1, kSecond);
  Stereo y = x;
  engine.Publish(With(kLinear));
  EXPECT_EQ(engine.latency_frames(), before) << "until it is heard";
  Feed(engine, x, y, 0, kSecond);
  EXPECT_EQ(engine.latency_frames(), before + 2304);
}

// The music goes on: in every 10 ms there is about as much of it as ever, and never more than the
// ceiling lets through.
TEST(PathSwitch, NeitherInterruptsNorPassesTheCeiling) {
  const Stereo x = NoiseOf(2.0, 3 * kSecond);
  Stereo y = x;
  Engine engine(Options(), With(kMinimum));
  Feed(engine, x, y, 0, kSecond);
  engine.Publish(With(kLinear));
  Feed(engine, x, y, kSecond, kSecond);
  engine.Publish(With(kMinimum));
  Feed(engine, x, y, 2 * kSecond, kSecond);
  const auto rms = [&](std::size_t at, std::size_t frames) {
    double sum = 0.0;
    for (std::size_t i = at; i < at + frames; ++i) {
      sum += static_cast<double>(y.left[i]) * static_cast<double>(y.left[i]);
    }
    return std::sqrt(sum / static_cast<double>(frames));
  };
  const double usual = rms(kSecond / 2, kSecond / 2);
  double quietest = usual;
  for (std::size_t at = kSecond; at + 480 <= 3 * kSecond; at += 240) {
    quietest = std::min(quietest, rms(at, 480));
  }
  EXPECT_GT(test::Db(quietest / usual), -4.0);  // what is not alike adds up to 3 dB less
  EXPECT_LE(test::Db(test::PeakOf(y.left)), -1.0 + 1e-5);
}

// Sines of both paths may be out of step in the fade; but nothing above them comes up.
TEST(PathSwitch, DoesNotClick) {
  const auto tone = test::Sine(100.0, 0.1, kRate, 2 * kSecond);
  const auto high_passed = [](std::vector<float> x) {
    // Differences twice over: a 100 Hz sine is 75 dB down, a step is not.
    for (int i = 0; i < 2; ++i) {
      for (std::size_t n = x.size() - 1; n > 0; --n) x[n] -= x[n - 1];
    }
    return test::PeakOf(std::span(x).subspan(kSecond / 4));
  };
  auto faded = tone;
  for (std::size_t i = 0; i < faded.size(); ++i) {
    const float since_crest = static_cast<float>(i) - kSecond - 120.0F;
    faded[i] *= std::clamp(since_crest / (0.02F * 48000.0F), 0.0F, 1.0F);
  }
  for (const auto& [from, to] : {std::pair{kMinimum, kLinear}, std::pair{kLinear, kMinimum}}) {
    Stereo y{tone, tone};
    Engine engine(Options(), With(from));
    Feed(engine, {tone, tone}, y, 0, kSecond);
    engine.Publish(With(to));
    Feed(engine, {tone, tone}, y, kSecond, kSecond);
    const double db = test::Db(high_passed(y.left) / high_passed(faded));
    std::printf("another path: %.1f dB against a 20 ms fade\n", db);
    EXPECT_LT(db, 0.0);
  }
}

TEST(PathSwitch, TakesValuesWhileItIsOnItsWay) {
  const Stereo x = NoiseOf(0.2, 2 * kSecond);
  Stereo expected = x;
  Engine begun_so(Options(), With(kLinear, -9.0F));
  Feed(begun_so, x, expected, 0, 2 * kSecond);
  for (const std::size_t later : {std::size_t{0}, kBlock, 20 * kBlock, 80 * kBlock}) {
    Stereo y = x;
    Engine engine(Options(), With(kMinimum));
    Feed(engine, x, y, 0, 10 * kBlock);
    engine.Publish(With(kLinear));
    Feed(engine, x, y, 10 * kBlock, later);
    engine.Publish(With(kLinear, -9.0F));
    Feed(engine, x, y, 10 * kBlock + later, 2 * kSecond - 10 * kBlock - later);
    EXPECT_LT(LargestDifference(y.left, expected.left, kSecond), 1e-6) << later;
  }
}

TEST(PathSwitch, AStormEndsInTheLastChangeAndMakesFewPaths) {
  const Stereo x = NoiseOf(0.2, 4 * kSecond);
  Stereo y = x;
  Engine engine(Options(), With(kMinimum));
  std::size_t at = 0;
  std::size_t changes = 0;
  for (int i = 0; at < kSecond; ++i) {
    engine.Publish(With(i % 2 == 0 ? kLinear : kMinimum));
    ASSERT_LE(engine.kept_paths(), 2U);
    const std::size_t before = engine.latency_frames();
    Feed(engine, x, y, at, kBlock);
    if (engine.latency_frames() != before) ++changes;
    at += kBlock;
  }
  EXPECT_GT(changes, 2U);
  EXPECT_LT(changes, 13U) << "each takes 80 ms and more";
  engine.Publish(With(kLinear, 3.0F));
  while (at < 4 * kSecond) {
    engine.Settle();
    Feed(engine, x, y, at, kBlock);
    at += kBlock;
  }
  Stereo expected = x;
  Engine begun_so(Options(), With(kLinear, 3.0F));
  Feed(begun_so, x, expected, 0, 4 * kSecond);
  EXPECT_LT(LargestDifference(y.left, expected.left, 3 * kSecond), 1e-6);
}

TEST(PathSwitch, AdaptationReachesTheNewPath) {
  const auto tone = test::Sine(BarkCentreHz(8), 0.1, kRate, 2 * kSecond);
  Stereo y{tone, tone};
  Engine engine(Options(), SignalPath::kDefaults);
  Adaptation adaptation;
  adaptation.bark_delta_db[8] = 5.0F;
  engine.Adapt(adaptation);
  Feed(engine, {tone, tone}, y, 0, kSecond);
  engine.Publish(With(kLinear, 0.0F));
  Feed(engine, {tone, tone}, y, kSecond, kSecond);
  EXPECT_NEAR(test::Db(test::PeakOf(std::span(y.left).last(kSecond / 4)) / 0.1), 5.0, 0.1);
}

TEST(PathSwitch, TouchesNeitherHeapNorLock) {
  const Stereo x = NoiseOf(0.5, 2 * kSecond);
  Stereo y = x;
  Engine engine(Options(), With(kMinimum));
  engine.Publish(With(kLinear));
  {
    const test::RtGuard guard;
    Feed(engine, x, y, 0, kSecond);
  }
  engine.Publish(With(kMinimum));
  {
    const test::RtGuard guard;
    Feed(engine, x, y, kSecond, kSecond);
  }
  EXPECT_EQ(test::RtGuard::violations(), 0U);
}

}  // namespace
}  // namespace auralis
