#include "daemon/engine.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "tests/support/measure.h"
#include "tests/support/rt_guard.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

constexpr double kRate = 48000.0;

struct Stereo {
  std::vector<float> left;
  std::vector<float> right;
};

Stereo Music(std::size_t frames) {
  Stereo x{.left = test::Noise(0.7, frames, 11), .right = test::Noise(0.7, frames, 12)};
  const auto tone = test::Sine(220.0, 0.6, kRate, frames);
  for (std::size_t i = 0; i < frames; ++i) {
    x.left[i] += tone[i];
    x.right[i] -= 0.5F * tone[i];
  }
  return x;
}

Stereo RunEngine(Engine& engine, const Stereo& x, std::size_t host_frames) {
  Stereo y{.left = std::vector<float>(x.left.size()), .right = std::vector<float>(x.left.size())};
  for (std::size_t at = 0; at < x.left.size(); at += host_frames) {
    const float* const input[2] = {x.left.data() + at, x.right.data() + at};
    float* const output[2] = {y.left.data() + at, y.right.data() + at};
    const std::size_t frames = std::min(host_frames, x.left.size() - at);
    engine.Process({.input = input, .output = output, .frames = frames, .xruns = 0});
  }
  return y;
}

EngineOptions FileOptions(std::size_t host_frames) {
  return {
      .sample_rate_hz = kRate, .block_frames = 64, .host_frames = host_frames, .fade_in = false};
}

SignalPath::Values With(std::string_view module, std::string_view key, float value) {
  SignalPath::Values values = SignalPath::kDefaults;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const ParamInfo& info = SignalPath::kParams[i];
    if (info.module == module && info.family.empty() && info.spec.key == key) values[i] = value;
  }
  return values;
}

TEST(Engine, OutputDoesNotDependOnTheHostBuffer) {
  const Stereo x = Music(4096 * 12);
  const SignalPath::Values values = With("input", "gain", 9.0F);
  Engine reference(FileOptions(64), values);
  const Stereo expected = RunEngine(reference, x, 64);
  ASSERT_EQ(reference.latency_frames() + 64, Engine(FileOptions(13), values).latency_frames());
  for (const std::size_t host : {1U, 13U, 64U, 104U, 480U, 512U, 4096U}) {
    Engine engine(FileOptions(host), values);
    const Stereo y = RunEngine(engine, x, host);
    const std::size_t later = engine.latency_frames() - reference.latency_frames();
    EXPECT_EQ(later, host % 64 == 0 ? 0U : 64U);
    for (std::size_t i = later; i < x.left.size(); ++i) {
      ASSERT_EQ(y.left[i], expected.left[i - later]) << host << " at " << i;
      ASSERT_EQ(y.right[i], expected.right[i - later]) << host << " at " << i;
    }
  }
}

TEST(Engine, BypassIsBitExactApartFromTheDeclaredLatency) {
  const Stereo x = Music(64 * 480);
  for (const std::size_t host : {64U, 480U}) {
    Engine engine(FileOptions(host), With("master", "bypass", 1.0F));
    const Stereo y = RunEngine(engine, x, host);
    const std::size_t latency = engine.latency_frames();
    for (std::size_t i = latency; i < x.left.size(); ++i) {
      ASSERT_EQ(y.left[i], x.left[i - latency]);
      ASSERT_EQ(y.right[i], x.right[i - latency]);
    }
  }
}

TEST(Engine, PublishedValuesAreHeardWithinABlockAndTheirRamp) {
  Engine engine(FileOptions(64), SignalPath::kDefaults);
  const Stereo x{.left = std::vector<float>(9600, 0.25F), .right = std::vector<float>(9600, 0.25F)};
  RunEngine(engine, x, 64);
  engine.Publish(With("output", "gain", -6.0F));
  const Stereo y = RunEngine(engine, x, 64);
  const auto ramp_frames = static_cast<std::size_t>(0.020 * kRate);
  EXPECT_NEAR(test::Db(static_cast<double>(y.left[ramp_frames + 64]) / 0.25), -6.0, 0.001);
  EXPECT_EQ(y.left[ramp_frames + 64], y.left.back());
}

TEST(Engine, AdaptationLiftsABandOnTopOfWhatWasPublished) {
  Engine engine(FileOptions(64), SignalPath::kDefaults);
  const auto tone = test::Sine(BarkCentreHz(8), 0.1, kRate, 24000);
  engine.Publish(With("output", "gain", -2.0F));
  RunEngine(engine, {tone, tone}, 64);
  Adaptation adaptation;
  adaptation.bark_delta_db[8] = 5.0F;
  engine.Adapt(adaptation);
  const Stereo y = RunEngine(engine, {tone, tone}, 64);
  EXPECT_NEAR(test::Db(test::PeakOf(std::span(y.left).last(12000)) / 0.1), 3.0, 0.1);
}

// One thread plays, the other loads: nothing is freed that is still heard.
TEST(Engine, ResponsesComeAndGoWhileItPlays) {
  auto values = SignalPath::kDefaults;
  values[SignalPath::IndexOf("convolver", "enabled")] = 1.0F;
  values[SignalPath::IndexOf("convolver", "normalize")] = 0.0F;
  Engine engine(FileOptions(64), values);
  std::atomic<bool> stop{false};
  std::thread player([&] {
    const std::vector<float> x(640, 0.1F);
    while (!stop) RunEngine(engine, {.left = x, .right = x}, 64);
  });
  for (int i = 0; i < 200; ++i) {
    auto response = std::make_shared<ImpulseResponse>();
    const auto frames = static_cast<std::size_t>(1 + 997 * (i % 7));
    response->paths[PartitionedFilter::kLeftLeft].assign(frames, 0.5F / static_cast<float>(frames));
    response->paths[PartitionedFilter::kRightRight] = response->paths[PartitionedFilter::kLeftLeft];
    engine.SetResponse(i % 5 == 4 ? nullptr : response);
    if (i % 20 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  auto last = std::make_shared<ImpulseResponse>();
  last->paths[PartitionedFilter::kLeftLeft] = {0.25F};
  last->paths[PartitionedFilter::kRightRight] = {0.25F};
  engine.SetResponse(last);
  stop = true;
  player.join();
  // A response set just before is worked out and faded in, two of the longest blocks, before the
  // last one has its own one and a half.
  const std::vector<float> x(4 * ConvolverCut::kLongestFrames, 0.1F);
  const Stereo y = RunEngine(engine, {.left = x, .right = x}, 64);
  EXPECT_NEAR(y.left.back(), 0.025F, 1e-6F);
}

TEST(Engine, LiveStreamsStartFromSilence) {
  EngineOptions options = FileOptions(64);
  options.fade_in = true;
  Engine engine(options, SignalPath::kDefaults);
  const Stereo x{.left = std::vector<float>(9600, 0.5F), .right = std::vector<float>(9600, 0.5F)};
  const Stereo y = RunEngine(engine, x, 64);
  EXPECT_LT(std::abs(y.left[0]), 0.001F);
  float largest_step = 0.0F;
  for (std::size_t i = 1; i < y.left.size(); ++i) {
    // The step where the input first leaves the limiter's delay is scaled by the fade as well.
    largest_step = std::max(largest_step, std::abs(y.left[i] - y.left[i - 1]));
  }
  EXPECT_LT(largest_step, 0.05F);
  EXPECT_NEAR(y.left.back(), 0.5F, 1e-6F);
}

TEST(Engine, FadesOutToSilenceAndSaysSo) {
  Engine engine(FileOptions(64), SignalPath::kDefaults);
  const Stereo x{.left = std::vector<float>(9600, 0.5F), .right = std::vector<float>(9600, 0.5F)};
  RunEngine(engine, x, 64);
  EXPECT_FALSE(engine.faded_out());
  engine.FadeOut();
  engine.Publish(SignalPath::kDefaults);  // a later change of values does not bring it back
  const Stereo y = RunEngine(engine, x, 64);
  EXPECT_TRUE(engine.faded_out());
  EXPECT_EQ(y.left.back(), 0.0F);
  for (std::size_t i = 1; i < y.left.size(); ++i) {
    ASSERT_LE(y.left[i], y.left[i - 1] + 1e-6F);
    ASSERT_LT(y.left[i - 1] - y.left[i], 0.001F);
  }
}

TEST(Engine, MovingToBufferedFadesBackInAndGrowsTheLatency) {
  EngineOptions options = FileOptions(0);
  Engine engine(options, SignalPath::kDefaults);
  const std::size_t before = engine.latency_frames();
  const auto tone = test::Sine(100.0, 0.5, kRate, 48000);
  const Stereo x{.left = tone, .right = tone};
  Stereo y{.left = std::vector<float>(48000), .right = std::vector<float>(48000)};
  std::size_t call = 0;
  for (std::size_t at = 0; at < 48000;) {
    const std::size_t frames = std::min<std::size_t>(call++ == 200 ? 100 : 128, 48000 - at);
    const float* const input[2] = {x.left.data() + at, x.right.data() + at};
    float* const output[2] = {y.left.data() + at, y.right.data() + at};
    engine.Process({.input = input, .output = output, .frames = frames, .xruns = 0});
    at += frames;
  }
  EXPECT_EQ(engine.latency_frames(), before + 64);
  // A 100 Hz sine of 0.5 moves 0.0065 a frame; the move may not add a step worth hearing.
  for (std::size_t i = 1000; i < y.left.size(); ++i) {
    ASSERT_LT(std::abs(y.left[i] - y.left[i - 1]), 0.02F) << i;
  }
}

TEST(Engine, HandsEveryFrameOfInputAndOutputToTheTaps) {
  const Stereo x = Music(6400);
  EngineOptions options = FileOptions(256);
  options.block_frames = 256;  // longer than a tap: handed over in pieces
  Engine engine(options, SignalPath::kDefaults);
  const Stereo y = RunEngine(engine, x, 256);
  TapBlock tap;
  std::uint64_t position = 0;
  while (engine.taps().TryPop(tap)) {
    ASSERT_EQ(tap.position_frames, position);
    for (std::size_t i = 0; i < tap.frames; ++i) {
      ASSERT_EQ(tap.input[0][i], x.left[position + i]);
      ASSERT_EQ(tap.input[1][i], x.right[position + i]);
      ASSERT_EQ(tap.output[0][i], y.left[position + i]);
      ASSERT_EQ(tap.output[1][i], y.right[position + i]);
    }
    position += tap.frames;
  }
  EXPECT_EQ(position, 6400U);
  EXPECT_EQ(engine.stats().dropped_taps.load(), 0U);
}

TEST(Engine, AFullTapQueueLosesBlocksCountsThemAndLeavesTheAudioAlone) {
  const Stereo x = Music(48000 * 6);
  Engine drained(FileOptions(64), SignalPath::kDefaults);
  Engine stalled(FileOptions(64), SignalPath::kDefaults);
  Stereo expected{.left = {}, .right = {}};
  // Drained as it goes.
  for (std::size_t at = 0; at < x.left.size(); at += 4800) {
    const Stereo part{.left = {x.left.begin() + static_cast<std::ptrdiff_t>(at),
                               x.left.begin() + static_cast<std::ptrdiff_t>(at + 4800)},
                      .right = {x.right.begin() + static_cast<std::ptrdiff_t>(at),
                                x.right.begin() + static_cast<std::ptrdiff_t>(at + 4800)}};
    const Stereo y = RunEngine(drained, part, 64);
    expected.left.insert(expected.left.end(), y.left.begin(), y.left.end());
    TapBlock tap;
    while (drained.taps().TryPop(tap)) {
    }
  }
  const Stereo y = RunEngine(stalled, x, 64);
  EXPECT_EQ(drained.stats().dropped_taps.load(), 0U);
  EXPECT_GT(stalled.stats().dropped_taps.load(), 500U);
  EXPECT_EQ(y.left, expected.left);
}

TEST(Engine, CountsWhatHappens) {
  Engine engine(FileOptions(64), SignalPath::kDefaults);
  Stereo x = Music(640);
  x.left[5] = std::numeric_limits<float>::quiet_NaN();
  x.right[5] = std::numeric_limits<float>::infinity();
  x.right[70] = -std::numeric_limits<float>::infinity();
  const Stereo y = RunEngine(engine, x, 64);
  EXPECT_EQ(engine.stats().callbacks.load(), 10U);
  EXPECT_EQ(engine.stats().frames.load(), 640U);
  EXPECT_EQ(engine.stats().non_finite_frames.load(), 2U);
  for (const float v : y.left) ASSERT_TRUE(std::isfinite(v));
  for (const float v : y.right) ASSERT_TRUE(std::isfinite(v));
}

TEST(Engine, TheCallbackTouchesNeitherHeapNorLock) {
  for (const std::size_t host : {64U, 104U}) {
    Engine engine(FileOptions(host), SignalPath::kDefaults);
    const Stereo x = Music(host * 4000);  // long enough to fill the tap queue
    Stereo y = x;
    engine.Publish(With("input", "gain", 6.0F));
    {
      const test::RtGuard guard;
      for (std::size_t at = 0; at < x.left.size(); at += host) {
        const float* const input[2] = {x.left.data() + at, x.right.data() + at};
        float* const output[2] = {y.left.data() + at, y.right.data() + at};
        engine.Process({.input = input, .output = output, .frames = host, .xruns = 0});
      }
    }
    EXPECT_EQ(test::RtGuard::violations(), 0U);
    EXPECT_GT(engine.stats().dropped_taps.load(), 0U);
  }
}

// A block of 64 frames in one callback of a frame at 384 kHz cannot be done in 2.6 us; 4096 frames
// at 8 kHz leave half a second.
TEST(Engine, TimesItsCallbacks) {
  const auto stats_of = [](double rate, std::size_t frames, int callbacks) {
    Engine engine(
        EngineOptions{
            .sample_rate_hz = rate, .block_frames = 64, .host_frames = frames, .fade_in = false},
        SignalPath::kDefaults);
    const test::Signal noise = test::Noise(0.5, frames, 1);
    std::vector<float> out(2 * frames);
    const float* const input[2] = {noise.data(), noise.data()};
    float* const output[2] = {out.data(), out.data() + frames};
    for (int i = 0; i < callbacks; ++i) engine.Process({input, output, frames, 0});
    return std::pair(engine.stats().overloads.load(), engine.stats().load.load());
  };
  const auto [hurried_overloads, hurried_load] = stats_of(384000.0, 1, 6400);
  EXPECT_GE(hurried_overloads, 1U);
  EXPECT_LE(hurried_overloads, 6400U);
  EXPECT_GT(hurried_load, 0.0F);
  const auto [idle_overloads, idle_load] = stats_of(8000.0, 4096, 20);
  EXPECT_EQ(idle_overloads, 0U);
  EXPECT_GT(idle_load, 0.0F);
  EXPECT_LT(idle_load, 0.2F);
}

// --- Idle.

Stereo Silence(std::size_t frames) {
  return {.left = std::vector<float>(frames), .right = std::vector<float>(frames)};
}

// Suspended, it costs no bit: what comes after the pause is what would come after a shorter one.
TEST(EngineIdle, ResumesWithTheVeryFirstFrameAsIfTheSilenceHadBeenShorter) {
  const SignalPath::Values values = With("compressor", "enabled", 1.0F);
  Engine engine(FileOptions(64), values);
  Engine never_idle(FileOptions(64), values);
  const Stereo music = Music(64 * 200);
  RunEngine(engine, music, 64);
  RunEngine(never_idle, music, 64);
  std::size_t silent_frames = 0;
  while (!engine.idle()) {
    ASSERT_LT(silent_frames, static_cast<std::size_t>(30.0 * kRate));
    const Stereo out = RunEngine(engine, Silence(64), 64);
    if (!engine.idle()) silent_frames += 64;
  }
  EXPECT_GE(silent_frames, static_cast<std::size_t>(10.0 * kRate));
  RunEngine(never_idle, Silence(silent_frames), 64);
  const auto computed = engine.stats().frames.load();
  for (int i = 0; i < 1000; ++i) {
    const Stereo out = RunEngine(engine, Silence(64), 64);
    ASSERT_EQ(out.left, Silence(64).left);
  }
  EXPECT_TRUE(engine.idle());
  EXPECT_GT(engine.stats().frames.load(), computed);
  const Stereo after = RunEngine(engine, music, 64);
  const Stereo expected = RunEngine(never_idle, music, 64);
  EXPECT_FALSE(engine.idle());
  EXPECT_EQ(after.left, expected.left);
  EXPECT_EQ(after.right, expected.right);
}

TEST(EngineIdle, HandsNothingToTheAnalysisAndStandsStill) {
  Engine engine(FileOptions(64), SignalPath::kDefaults);
  TapBlock tap{};
  const auto drain = [&] {
    std::size_t taps = 0;
    while (engine.taps().TryPop(tap)) ++taps;
    return taps;
  };
  while (!engine.idle()) {
    RunEngine(engine, Silence(6400), 64);
    drain();
  }
  const std::uint64_t position = tap.position_frames;
  RunEngine(engine, Silence(64 * 5000), 64);
  EXPECT_EQ(drain(), 0U);
  RunEngine(engine, Music(64), 64);
  EXPECT_EQ(drain(), 1U);
  EXPECT_LE(tap.position_frames, position + 64);
}

// The echo of a response comes ten seconds late, through silence.
TEST(EngineIdle, WaitsForTheLastEcho) {
  constexpr double kLowRate = 8000.0;
  EngineOptions options = FileOptions(64);
  options.sample_rate_hz = kLowRate;
  Engine engine(options, With("convolver", "enabled", 1.0F));
  const auto length = static_cast<std::size_t>(9.9 * kLowRate);
  auto response = std::make_shared<ImpulseResponse>();
  for (const auto path : {PartitionedFilter::kLeftLeft, PartitionedFilter::kRightRight}) {
    response->paths[path].assign(length, 0.0F);
    response->paths[path].back() = 0.5F;
  }
  engine.SetResponse(response);
  RunEngine(engine, Silence(8000), 64);
  Stereo click = Silence(64);
  click.left[0] = click.right[0] = 0.5F;
  RunEngine(engine, click, 64);
  float loudest = 0.0F;
  for (std::size_t frames = 0; frames < length + 8000; frames += 6400) {
    for (const float x : RunEngine(engine, Silence(6400), 64).left) {
      if (frames > 8000) loudest = std::max(loudest, std::abs(x));
    }
  }
  EXPECT_GT(loudest, 0.01F);
}

TEST(EngineIdle, WhatIsSetMeanwhileIsInForceAtOnce) {
  Engine engine(FileOptions(64), SignalPath::kDefaults);
  while (!engine.idle()) RunEngine(engine, Silence(6400), 64);
  engine.Publish(With("output", "gain", -6.0F));
  RunEngine(engine, Silence(64), 64);
  EXPECT_FALSE(engine.idle());
  for (int i = 0; i < 2 && !engine.idle(); ++i) RunEngine(engine, Silence(48000 + 640), 64);
  EXPECT_TRUE(engine.idle());
  const Stereo quiet = RunEngine(
      engine, {.left = std::vector<float>(6400, 0.25F), .right = std::vector<float>(6400, 0.25F)},
      64);
  EXPECT_NEAR(quiet.left[6399], 0.25F * std::pow(10.0F, -0.3F), 1e-3F);
  EXPECT_NEAR(quiet.left[200], quiet.left[6399], 1e-3F);  // no ramp is left over
}

// --- After a pause of the device.

// From silence on.
float Steepest(const std::vector<float>& x) {
  float steepest = std::abs(x.at(0));
  for (std::size_t i = 1; i < x.size(); ++i)
    steepest = std::max(steepest, std::abs(x[i] - x[i - 1]));
  return steepest;
}

struct Before {
  std::uint32_t xruns = 0;
  bool pause = false;
  bool loss = false;
};

Stereo RunAfter(Engine& engine, const Stereo& x, const Before& before) {
  Stereo y = Silence(64);
  const float* const input[2] = {x.left.data(), x.right.data()};
  float* const output[2] = {y.left.data(), y.right.data()};
  engine.Process({.input = input,
                  .output = output,
                  .frames = 64,
                  .xruns = before.xruns,
                  .after_pause = before.pause,
                  .after_loss = before.loss});
  Stereo rest{.left = {x.left.begin() + 64, x.left.end()},
              .right = {x.right.begin() + 64, x.right.end()}};
  rest = RunEngine(engine, rest, 64);
  y.left.insert(y.left.end(), rest.left.begin(), rest.left.end());
  y.right.insert(y.right.end(), rest.right.begin(), rest.right.end());
  return y;
}

// A level of 0.5, and what is heard of the same after that.
Stereo LevelAfter(Engine& engine, const Before& before) {
  const Stereo level{.left = std::vector<float>(6400, 0.5F),
                     .right = std::vector<float>(6400, 0.5F)};
  RunEngine(engine, level, 64);
  return RunAfter(engine, level, before);
}

// Cut off in the middle and begun again later, the music comes out as it would have at a start:
// nothing of before, and the first frame as whole as the last.
TEST(EnginePause, TheFirstFrameAfterwardsIsWholeAndNothingOfBeforeIsHeard) {
  Engine engine(FileOptions(64), SignalPath::kDefaults);
  Engine fresh(FileOptions(64), SignalPath::kDefaults);
  Stereo music = Music(64 * 100);  // so soft that the limiter has nothing to let go of
  for (float& x : music.left) x *= 0.25F;
  for (float& x : music.right) x *= 0.25F;
  RunEngine(engine, music, 64);
  const Stereo after = RunAfter(engine, music, {.pause = true});
  const Stereo expected = RunEngine(fresh, music, 64);
  const std::size_t latency = fresh.latency_frames();
  ASSERT_GT(std::abs(expected.left[latency]), 0.01F);  // it begins at once
  for (std::size_t i = 0; i < after.left.size(); ++i) {
    ASSERT_NEAR(after.left[i], expected.left[i], 1e-4F) << i;
    ASSERT_NEAR(after.right[i], expected.right[i], 1e-4F) << i;
  }
}

TEST(EnginePause, WhatBeginsInTheMiddleBeginsSoftly) {
  Engine engine(FileOptions(64), SignalPath::kDefaults);
  const Stereo after = LevelAfter(engine, {.pause = true, .loss = true});
  EXPECT_LT(Steepest(after.left), 0.06F);  // at once it would be 0.5
  EXPECT_NEAR(after.left.back(), 0.5F, 1e-3F);
}

// Where a part of a block was collected before.
TEST(EnginePause, SoDoesWhatBeginsInTheMiddleOfABlock) {
  for (const Before& before :
       {Before{.pause = true, .loss = true}, Before{.xruns = 1, .loss = true}}) {
    Engine engine(FileOptions(64), SignalPath::kDefaults);
    const Stereo level{.left = std::vector<float>(6446, 0.5F),
                       .right = std::vector<float>(6446, 0.5F)};
    RunEngine(engine, level, 37);
    EXPECT_LT(Steepest(RunAfter(engine, level, before).left), 0.06F);
  }
}

// The listener had silence for what was lost.
TEST(EnginePause, SoDoesWhatComesAfterALostBuffer) {
  Engine engine(FileOptions(64), SignalPath::kDefaults);
  const Stereo after = LevelAfter(engine, {.xruns = 1, .loss = true});
  EXPECT_LT(Steepest(after.left), 0.06F);
  // The limiter's 96 frames of before, 2 ms of ramp, and not longer.
  EXPECT_NEAR(after.left[96 + 96 + 2], 0.5F, 1e-2F);
  EXPECT_EQ(engine.stats().xruns.load(), 1U);
}

// A server that reports a late cycle and waited for it lost nothing.
TEST(EnginePause, AnXrunWithoutLossIsCountedAndNotHeard) {
  Engine engine(FileOptions(64), SignalPath::kDefaults);
  const Stereo after = LevelAfter(engine, {.xruns = 1});
  for (const float y : after.left) ASSERT_NEAR(y, 0.5F, 1e-3F);
  EXPECT_EQ(engine.stats().xruns.load(), 1U);
}

TEST(Engine, MutedIsSilentAtOnceAndFadesInWhenItIsToBeHeard) {
  Engine engine(FileOptions(64), SignalPath::kDefaults);
  const Stereo level{.left = std::vector<float>(6400, 0.5F),
                     .right = std::vector<float>(6400, 0.5F)};
  RunEngine(engine, level, 64);
  engine.Mute();
  for (const float x : RunEngine(engine, level, 64).left) ASSERT_EQ(x, 0.0F);
  engine.SetAudible(true);
  const Stereo after = RunEngine(engine, level, 64);
  EXPECT_LT(Steepest(after.left), 0.001F);  // 50 ms are 2400 frames
  EXPECT_NEAR(after.left.back(), 0.5F, 1e-3F);
}

// What is chosen for what begins to play is in force from its first frame: values, and what takes
// another signal path.
TEST(EnginePause, WhatWasPublishedMeanwhileIsInForceFromTheFirstFrame) {
  auto chosen = SignalPath::kDefaults;
  chosen[SignalPath::IndexOf("output", "gain")] = -12.0F;
  auto other_path = chosen;
  other_path[SignalPath::IndexOf("clipper", "enabled")] = 1.0F;
  for (const SignalPath::Values& values : {chosen, other_path}) {
    for (const bool idle : {false, true}) {
      Engine engine(FileOptions(64), SignalPath::kDefaults);
      if (idle) {
        const std::vector<float> nothing(
            static_cast<std::size_t>(IdleGate::kSilenceSeconds * 48000) * 2);
        RunEngine(engine, {.left = nothing, .right = nothing}, 64);
        ASSERT_TRUE(engine.idle());
      } else {
        const std::vector<float> before(6400, 0.125F);
        RunEngine(engine, {.left = before, .right = before}, 64);
      }
      engine.Publish(values);
      const std::size_t latency = Engine(FileOptions(64), values).latency_frames();
      const std::vector<float> level(64 * (latency / 64 + 100), 0.125F);
      const Stereo after = RunAfter(engine, {.left = level, .right = level}, {.pause = true});
      const float steady = after.left.back();
      EXPECT_NEAR(steady, 0.125F * std::pow(10.0F, -12.0F / 20.0F), 1e-4F);
      const auto loudest = std::max_element(after.left.begin(), after.left.end());
      EXPECT_LE(*loudest, steady * 1.001F) << "frame " << loudest - after.left.begin();
      EXPECT_NEAR(after.left[latency], steady, 0.01F * steady);
    }
  }
}

// The same where the device never stopped, but silence was played: for long, or for a moment.
TEST(EngineIdle, WhatIsPublishedInSilenceIsInForceFromTheNextFrame) {
  auto chosen = SignalPath::kDefaults;
  chosen[SignalPath::IndexOf("output", "gain")] = -12.0F;
  for (const double seconds : {2.0 * IdleGate::kSilenceSeconds, 0.2}) {
    Engine engine(FileOptions(64), SignalPath::kDefaults);
    const std::vector<float> nothing(64 * static_cast<std::size_t>(seconds * 750.0));
    RunEngine(engine, {.left = nothing, .right = nothing}, 64);
    EXPECT_EQ(engine.idle(), seconds > 1.0);
    engine.Publish(chosen);
    const std::vector<float> level(6400, 0.125F);
    const Stereo after = RunEngine(engine, {.left = level, .right = level}, 64);
    EXPECT_LE(*std::max_element(after.left.begin(), after.left.end()), after.left.back() * 1.001F);
    EXPECT_NEAR(after.left.back(), 0.125F * std::pow(10.0F, -12.0F / 20.0F), 1e-4F);
  }
}

// A storm of changes in silence is no storm of jumps, each of which costs many blocks.
TEST(IdleGate, IsQuietOnlyATenthOfASecondAfterSoundOrChange) {
  IdleGate gate;
  gate.Prepare(48000.0);
  std::vector<float> block(480);
  const StereoView view{block.data(), block.data(), block.size()};
  const auto blocks_until_quiet = [&] {
    int blocks = 0;
    for (; !gate.is_quiet() && blocks < 100; ++blocks) {
      EXPECT_TRUE(gate.MustCompute(view));
      gate.Computed(view);
    }
    return blocks;
  };
  EXPECT_EQ(blocks_until_quiet(), 10);
  gate.Wake();
  EXPECT_EQ(blocks_until_quiet(), 10);
  block[7] = 1e-6F;
  gate.MustCompute(view);
  block[7] = 0.0F;
  EXPECT_EQ(blocks_until_quiet(), 10);
}

// --- As loud as another setting.

TEST(EngineMatch, TurnsWhatComesOutHoldsTheCeilingAndLeavesBypassAlone) {
  Engine engine(FileOptions(64), SignalPath::kDefaults);
  const auto settled = [&](float level) {
    return RunEngine(
               engine,
               {.left = std::vector<float>(9600, level), .right = std::vector<float>(9600, level)},
               64)
        .left.back();
  };
  EXPECT_NEAR(settled(0.25F), 0.25F, 1e-5F);
  engine.SetMatchGain(-6.0F);
  EXPECT_NEAR(settled(0.25F), 0.25F * 0.501187F, 1e-5F);
  engine.SetMatchGain(6.0F);
  EXPECT_NEAR(settled(0.25F), 0.25F * 1.995262F, 1e-5F);
  EXPECT_NEAR(settled(0.75F), 0.891251F, 1e-4F);  // the ceiling of -1 dB
  engine.Publish(With("master", "bypass", 1.0F));
  EXPECT_EQ(settled(0.25F), 0.25F);
}

TEST(EngineMatch, WhatIsHeldBackComesAtOnce) {
  Engine engine(FileOptions(64), SignalPath::kDefaults);
  const auto heard = [&] {
    return RunEngine(
               engine,
               {.left = std::vector<float>(9600, 0.25F), .right = std::vector<float>(9600, 0.25F)},
               64)
        .left.back();
  };
  EXPECT_NEAR(heard(), 0.25F, 1e-5F);
  engine.HoldBack();
  engine.Publish(With("output", "gain", -6.0F));
  engine.SetMatchGain(6.0F);
  EXPECT_NEAR(heard(), 0.25F, 1e-5F);
  engine.LetGo();
  EXPECT_NEAR(heard(), 0.25F, 1e-3F);
  engine.SetMatchGain(0.0F);
  EXPECT_NEAR(heard(), 0.25F * 0.501187F, 1e-3F);
}

// The gain belongs to the setting: while a path of another layout is on its way in, the old one
// keeps its own.
TEST(EngineMatch, ComesInWithThePathItIsFor) {
  Engine engine(FileOptions(64), SignalPath::kDefaults);
  const Stereo steady{.left = std::vector<float>(48000, 0.25F),
                      .right = std::vector<float>(48000, 0.25F)};
  RunEngine(engine, steady, 64);
  SignalPath::Values softer = With("equalizer", "phase", 1.0F);
  softer[SignalPath::IndexOf("output", "gain")] = -9.0F;
  engine.HoldBack();
  engine.Publish(softer);
  engine.SetMatchGain(9.0F);
  engine.LetGo();
  const std::size_t before = engine.latency_frames();
  for (const float v : RunEngine(engine, steady, 64).left) ASSERT_NEAR(v, 0.25F, 2e-3F);
  EXPECT_NE(engine.latency_frames(), before) << "the layout is the same: this says nothing";
}

}  // namespace
}  // namespace auralis
