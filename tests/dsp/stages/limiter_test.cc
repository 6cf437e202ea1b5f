#include "dsp/stages/limiter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "dsp/units.h"
#include "tests/support/measure.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

constexpr std::size_t kBlock = 64;

struct Stereo {
  std::vector<float> left;
  std::vector<float> right;
};

Limiter::Params Defaults() { return DefaultParams<Limiter::Params>(Limiter::kParams); }

struct Limited {
  Stereo out;
  std::size_t latency_frames;
  float largest_reduction_db;
};

Limited Limit(Stereo x, double rate, const Limiter::Params& params) {
  auto limiter = std::make_unique<Limiter>();
  limiter->Prepare({.sample_rate_hz = rate, .block_frames = kBlock}, params);
  limiter->SetTargets(params);
  limiter->Reset();
  float largest = 0.0F;
  for (std::size_t at = 0; at < x.left.size(); at += kBlock) {
    const std::size_t frames = std::min(kBlock, x.left.size() - at);
    limiter->Process({x.left.data() + at, x.right.data() + at, frames});
    largest = std::max(largest, limiter->gain_reduction_db());
  }
  return {.out = std::move(x),
          .latency_frames = limiter->latency_frames(),
          .largest_reduction_db = largest};
}

std::vector<std::pair<std::string, Stereo>> HardSignals(double rate) {
  const auto frames = static_cast<std::size_t>(rate * 0.25);
  std::vector<std::pair<std::string, Stereo>> signals;
  const auto both = [&](std::string name, const std::vector<float>& x) {
    signals.emplace_back(std::move(name), Stereo{.left = x, .right = x});
  };
  both("step to 0 dBFS", [&] {
    auto x = test::Silence(frames);
    std::fill(x.begin() + static_cast<std::ptrdiff_t>(frames / 2), x.end(), 1.0F);
    return x;
  }());
  both("impulse at +12 dBFS", test::Impulse(frames, frames / 2, 4.0F));
  signals.emplace_back("noise at +12 dBFS", Stereo{.left = test::Noise(4.0, frames, 41),
                                                   .right = test::Noise(4.0, frames, 42)});
  both("a quarter of the rate at 45 degrees",
       test::Sine(rate / 4.0, 1.4, rate, frames, std::numbers::pi / 4.0));
  both("997 Hz at +6 dBFS", test::Sine(997.0, 2.0, rate, frames));
  both("sweep at +6 dBFS", test::Sweep(20.0, std::min(20000.0, 0.45 * rate), 2.0, rate, frames));
  both("bursts", [&] {
    auto x = test::Sine(3000.0, 1.0, rate, frames);
    for (std::size_t i = 0; i < frames; ++i) {
      if (i / 700 % 3 != 1) x[i] *= 0.1F;
      if (i / 700 % 3 == 1 && i % 700 < 5) x[i] = (i % 2 == 0) ? 6.0F : -6.0F;
    }
    return x;
  }());
  signals.emplace_back("only the right side", Stereo{.left = test::Noise(0.2, frames, 43),
                                                     .right = test::Noise(8.0, frames, 44)});
  return signals;
}

TEST(Limiter, NoSampleEverExceedsTheCeiling) {
  for (const double rate : {8000.0, 44100.0, 48000.0, 96000.0, 192000.0}) {
    for (const float ceiling_db : {0.0F, -1.0F, -6.0F}) {
      for (const float true_peak : {0.0F, 1.0F}) {
        auto params = Defaults();
        params.ceiling_db = ceiling_db;
        params.true_peak = true_peak;
        const auto ceiling = static_cast<double>(DbToGain(ceiling_db));
        for (const auto& [name, x] : HardSignals(rate)) {
          const Limited y = Limit(x, rate, params);
          EXPECT_LE(test::PeakOf(y.out.left), ceiling) << name << " at " << rate;
          EXPECT_LE(test::PeakOf(y.out.right), ceiling) << name << " at " << rate;
          if (std::max(test::PeakOf(x.left), test::PeakOf(x.right)) > ceiling) {
            EXPECT_GT(y.largest_reduction_db, 0.0F) << name;
          }
        }
      }
    }
  }
}

// The clamp is a net that is not needed: what the gain makes of the delayed input already is what
// comes out.
TEST(Limiter, TheGainAloneHoldsTheCeiling) {
  constexpr double kRate = 48000.0;
  auto params = Defaults();
  params.true_peak = 0.0F;
  const double ceiling = std::pow(10.0, -1.0 / 20.0);
  for (const auto& [name, x] : HardSignals(kRate)) {
    const Limited y = Limit(x, kRate, params);
    std::size_t at_ceiling = 0;
    for (std::size_t i = y.latency_frames; i < x.left.size(); ++i) {
      const auto in_left = static_cast<double>(x.left[i - y.latency_frames]);
      const auto in_right = static_cast<double>(x.right[i - y.latency_frames]);
      const auto out_left = static_cast<double>(y.out.left[i]);
      const auto out_right = static_cast<double>(y.out.right[i]);
      // Linked channels share one gain; a clamped one would have a smaller one than the other.
      if (std::abs(in_left) > 0.01 && std::abs(in_right) > 0.01) {
        ASSERT_NEAR(out_left / in_left, out_right / in_right, 2e-6) << name << " at " << i;
      }
      if (std::max(std::abs(out_left), std::abs(out_right)) > ceiling * (1.0 - 1e-7)) ++at_ceiling;
    }
    // Where both channels are the same the link shows nothing; but a clamp leaves flat tops. (The
    // step and the quarter of the rate are nothing but flat tops.)
    if (x.left == x.right && !name.starts_with("step") && !name.starts_with("a quarter")) {
      EXPECT_LT(at_ceiling, x.left.size() / 100) << name;
    }
  }
}

TEST(Limiter, HoldsTheTruePeakToo) {
  for (const double rate : {44100.0, 48000.0, 96000.0}) {
    for (const auto& [name, x] : HardSignals(rate)) {
      const Limited y = Limit(x, rate, Defaults());
      const double over_db =
          test::Db(std::max(test::TruePeakOf(y.out.left), test::TruePeakOf(y.out.right))) + 1.0;
      std::printf("%6.0f Hz, %-36s true peak %+.3f dB from the ceiling\n", rate, name.c_str(),
                  over_db);
      EXPECT_LE(over_db, 0.1) << name << " at " << rate;
    }
  }
}

TEST(Limiter, BelowTheCeilingItIsAPureDelay) {
  for (const double rate : {44100.0, 48000.0, 384000.0}) {
    const auto tone = test::Sine(997.0, 0.44, rate, 20000);  // 6 dB below the ceiling
    const auto noise = test::Noise(0.4, 20000, 45);
    const Limited y = Limit({.left = tone, .right = noise}, rate, Defaults());
    EXPECT_EQ(y.latency_frames, MsToFrames(1.5, rate) + kTruePeakDelayFrames);
    for (std::size_t i = y.latency_frames; i < tone.size(); ++i) {
      ASSERT_EQ(y.out.left[i], tone[i - y.latency_frames]);
      ASSERT_EQ(y.out.right[i], noise[i - y.latency_frames]);
    }
    EXPECT_EQ(y.largest_reduction_db, 0.0F);
  }
}

TEST(Limiter, IsAPureDelayAgainAfterItHasLimited) {
  constexpr std::size_t kFrames = 48000 * 8;
  auto x = test::Noise(0.4, kFrames, 46);
  for (std::size_t i = 1000; i < 3000; ++i) x[i] *= 10.0F;
  const Limited y = Limit({.left = x, .right = x}, 48000.0, Defaults());
  EXPECT_GT(y.largest_reduction_db, 10.0F);
  for (std::size_t i = 48000 * 7; i < kFrames; ++i) {
    ASSERT_EQ(y.out.left[i], x[i - y.latency_frames]);
  }
}

// A burst, then a quiet tone that shows the gain: the reduction (1 - gain) falls to 37 % in the
// release time.
TEST(Limiter, ReleasesInItsTime) {
  constexpr double kRate = 48000.0;
  for (const float release_ms : {20.0F, 50.0F, 200.0F, 1000.0F}) {
    auto params = Defaults();
    params.release_ms = release_ms;
    params.adaptive_release = 0.0F;
    params.true_peak = 0.0F;
    std::vector<float> x(static_cast<std::size_t>(kRate * 4), 0.1F);
    std::fill(x.begin() + 4800, x.begin() + 9600, 2.0F);
    const Limited y = Limit({.left = x, .right = x}, kRate, params);
    const auto reduction = [&](std::size_t i) {
      return 1.0 - static_cast<double>(y.out.left[i]) / 0.1;
    };
    // Past the hold and the averages the decay is a plain exponential.
    const std::size_t start = 9600 + y.latency_frames + 200;
    const auto later = start + static_cast<std::size_t>(static_cast<double>(release_ms) * 48.0);
    EXPECT_NEAR(reduction(later) / reduction(start), std::exp(-1.0), 0.01) << release_ms;
  }
}

TEST(Limiter, LookaheadIsItsLatencyAndHoldsTheCeilingAtAnyLength) {
  constexpr double kRate = 48000.0;
  const auto ceiling = static_cast<double>(DbToGain(-1.0F));
  for (const float lookahead_ms : {0.5F, 1.0F, 5.0F, 10.0F}) {
    auto params = Defaults();
    params.lookahead_ms = lookahead_ms;
    params.true_peak = 0.0F;
    for (const auto& [name, x] : HardSignals(kRate)) {
      const Limited y = Limit(x, kRate, params);
      EXPECT_EQ(y.latency_frames,
                MsToFrames(static_cast<double>(lookahead_ms), kRate) + kTruePeakDelayFrames);
      EXPECT_LE(test::PeakOf(y.out.left), ceiling) << name << ' ' << lookahead_ms;
    }
  }
}

// Peaks after pauses of all lengths, in blocks of any: what is passed by is what would not have
// counted, and where a block ends does not matter.
TEST(Limiter, WhatComesOutDoesNotDependOnTheBlock) {
  constexpr std::size_t kFrames = 1024 * 150;
  for (const float true_peak : {0.0F, 1.0F}) {
    auto params = Defaults();
    params.true_peak = true_peak;
    params.release_ms = 10.0F;
    params.adaptive_release = 0.0F;
    auto left = test::Noise(0.25, kFrames, 47);
    auto right = test::Noise(0.25, kFrames, 48);
    for (std::size_t at = 500, pause = 10; at < kFrames; at += pause, pause += pause / 5 + 1) {
      left[at] = pause % 2 == 0 ? 2.0F : 0.9F;
      right[at] = pause % 3 == 0 ? -3.0F : 0.3F;
    }
    std::vector<Stereo> out;
    for (const std::size_t block : {16U, 64U, 1024U}) {
      auto limiter = std::make_unique<Limiter>();
      limiter->Prepare({.sample_rate_hz = 48000.0, .block_frames = block}, params);
      limiter->SetTargets(params);
      limiter->Reset();
      out.push_back({.left = left, .right = right});
      for (std::size_t at = 0; at < kFrames; at += block) {
        if (at == kFrames / 2 / 1024 * 1024) {
          params.ceiling_db = -3.0F;
          limiter->SetTargets(params);
        }
        limiter->Process({out.back().left.data() + at, out.back().right.data() + at, block});
      }
      params.ceiling_db = -1.0F;
      EXPECT_EQ(out.back().left, out.front().left) << block;
      EXPECT_EQ(out.back().right, out.front().right) << block;
    }
  }
}

// A ceiling that moves counts for the audio that came in with it, whether it rested long or not.
TEST(Limiter, HoldsACeilingThatMoves) {
  constexpr double kRate = 48000.0;
  auto params = Defaults();
  params.true_peak = 0.0F;
  Limiter limiter;
  limiter.Prepare({.sample_rate_hz = kRate, .block_frames = kBlock}, params);
  limiter.SetTargets(params);
  limiter.Reset();
  Smoother ceiling;
  ceiling.Prepare(kRate, 20.0F);
  ceiling.SnapTo(DbToGain(params.ceiling_db));
  std::vector<float> ceilings(MsToFrames(1.5, kRate), ceiling.target());
  const auto x = test::Noise(4.0, kBlock * 600, 49);
  std::size_t at_ceiling = 0;
  for (std::size_t block = 0; block < 600; ++block) {
    // Rests of 1 block to 100, most of them shorter than a ramp.
    for (const std::size_t start : {100U, 101U, 103U, 110U, 150U, 250U, 262U, 400U, 440U}) {
      if (block != start) continue;
      params.ceiling_db = start % 2 == 0 ? -9.0F : -1.0F;
      limiter.SetTargets(params);
      ceiling.SetTarget(DbToGain(params.ceiling_db));
    }
    std::vector<float> left(x.begin() + static_cast<std::ptrdiff_t>(block * kBlock),
                            x.begin() + static_cast<std::ptrdiff_t>((block + 1) * kBlock));
    auto right = left;
    limiter.Process({left.data(), right.data(), kBlock});
    for (std::size_t i = 0; i < kBlock; ++i) {
      ceilings.push_back(ceiling.Next());
      const float now = ceilings[block * kBlock + i];
      // The ramp's last bit is the compiler's: it may join its product and its difference.
      ASSERT_LE(std::abs(left[i]), 1.000001F * now) << block << ' ' << i;
      if (std::abs(left[i]) > 0.95F * now) ++at_ceiling;
    }
  }
  EXPECT_GT(at_ceiling, 600U) << "is not lower than it has to be";
}

// A bass 6 dB into limiting: releasing within each of its periods bends its wave.
TEST(Limiter, ASteadyBassIsNotBentWhereTheProgrammeDecides) {
  constexpr double kRate = 48000.0;
  const auto thd_db = [](double hz, float adaptive_release) {
    auto params = Defaults();
    params.adaptive_release = adaptive_release;
    const auto tone = test::Sine(hz, 2.0 * 0.8912509, kRate, 4 * 48000);
    const Limited y = Limit({.left = tone, .right = tone}, kRate, params);
    const std::span<const float> settled = std::span(y.out.left).last(48000);
    return test::Db(test::ResidualRms(settled, hz, kRate) * std::numbers::sqrt2 /
                    test::ToneAmplitude(settled, hz, kRate));
  };
  for (const double hz : {100.0, 1000.0}) {
    std::printf("%5.0f Hz 6 dB into limiting: THD %.1f dB, %.1f dB by programme\n", hz,
                thd_db(hz, 0.0F), thd_db(hz, 1.0F));
  }
  EXPECT_LT(thd_db(100.0, 1.0F), thd_db(100.0, 0.0F) - 6.0);
}

TEST(Limiter, GainMovesSmoothly) {
  // A quiet tone under one impulse: the gain may not step, or the tone would.
  constexpr double kRate = 48000.0;
  std::vector<float> x(9600, 0.1F);
  x[4800] = 4.0F;
  const Limited y = Limit({.left = x, .right = x}, kRate, Defaults());
  double largest_step = 0.0;
  for (std::size_t i = 200; i < 9600; ++i) {
    if (i == 4800 + y.latency_frames || i == 4801 + y.latency_frames) continue;  // the impulse
    largest_step = std::max(largest_step, std::abs(static_cast<double>(y.out.left[i]) -
                                                   static_cast<double>(y.out.left[i - 1])));
  }
  // 13 dB down over 72 frames by two cascaded averages: at most twice the mean slope.
  EXPECT_LT(largest_step, 2.2 * 0.1 * (1.0 - 0.223) / 72.0);
}

TEST(Limiter, ReportsTheReductionItMakes) {
  const auto tone = test::Sine(1000.0, 2.0 * 0.8912509, 48000.0, 48000);  // 6.02 dB over
  auto params = Defaults();
  params.true_peak = 0.0F;
  const Limited y = Limit({.left = tone, .right = tone}, 48000.0, params);
  EXPECT_NEAR(y.largest_reduction_db, 6.02F, 0.05F);
}

}  // namespace
}  // namespace auralis
