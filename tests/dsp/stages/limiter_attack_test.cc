// Signals that are made to get past the limiter: thousands of blocks that change their nature at
// every edge, and a search that changes a signal for as long as that brings a higher peak.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <memory>
#include <numbers>
#include <random>
#include <vector>

#include "dsp/stages/limiter.h"
#include "dsp/units.h"
#include "tests/support/measure.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

constexpr std::size_t kBlock = 64;
constexpr double kCeilingDb = -1.0;
constexpr double kLoudest = 15.85;  // +24 dBFS
constexpr std::array kRates = {44100.0, 48000.0, 96000.0};

class Attacker {
 public:
  explicit Attacker(std::uint32_t seed) : random_(seed) {}

  double Uniform(double low, double high) {
    return low + (high - low) * static_cast<double>(random_()) /
                     static_cast<double>(std::minstd_rand::max());
  }
  std::size_t Below(std::size_t count) { return random_() % count; }
  // One block of something, at any level up to +24 dBFS.
  void Add(std::vector<float>& x) {
    const double level = kLoudest * std::pow(10.0, -Uniform(0.0, 2.2));
    const double cycles = Uniform(0.0, 0.5);
    const double phase = Uniform(0.0, 2.0 * std::numbers::pi);
    const auto kind = Below(kKinds);
    const auto at = Below(kBlock);
    for (std::size_t i = 0; i < kBlock; ++i) {
      x.push_back(static_cast<float>(level * Sample(kind, i, at, cycles, phase)));
    }
  }

 private:
  static constexpr std::size_t kKinds = 11;

  double Sample(std::size_t kind, std::size_t i, std::size_t at, double cycles, double phase) {
    const auto n = static_cast<double>(i);
    const auto sine = [&](double c) { return std::sin(2.0 * std::numbers::pi * c * n + phase); };
    switch (kind) {
      case 0:
        return 0.0;
      case 1:  // step
        return i < at ? 0.0 : 1.0;
      case 2:  // impulse
        return i == at ? 1.0 : 0.0;
      case 3:  // a quarter of the rate at 45 degrees: its crests are between the samples
        return std::sin(0.5 * std::numbers::pi * n + 0.25 * std::numbers::pi);
      case 4:  // noise that was clipped
        return std::clamp(Uniform(-8.0, 8.0), -1.0, 1.0);
      case 5:
        return Uniform(-1.0, 1.0);
      case 6:
        return sine(cycles);
      case 7:  // bass
        return sine(0.02 * cycles);
      case 8:  // sweep through the whole band
        return sine(0.25 * n / kBlock);
      case 9:  // square
        return sine(cycles) < 0.0 ? -1.0 : 1.0;
      default:  // signs that an interpolator adds up half-way between two frames
        return (i < at) == (i % 2 == 0) ? 1.0 : -1.0;
    }
  }

  std::minstd_rand random_;
};

void Limit(Limiter& limiter, std::vector<float>& left, std::vector<float>& right) {
  for (std::size_t at = 0; at < left.size(); at += kBlock) {
    limiter.Process({left.data() + at, right.data() + at, kBlock});
  }
}

std::unique_ptr<Limiter> MakeLimiter(double rate) {
  auto limiter = std::make_unique<Limiter>();
  limiter->Prepare({.sample_rate_hz = rate, .block_frames = kBlock});
  return limiter;
}

double OverCeilingDb(const std::vector<float>& left, const std::vector<float>& right) {
  return test::Db(std::max(test::TruePeakOf(left), test::TruePeakOf(right))) - kCeilingDb;
}

TEST(LimiterAttack, TenThousandBlocksStayBelowTheCeiling) {
  constexpr std::size_t kBlocks = 10000;
  const auto ceiling = static_cast<double>(DbToGain(-1.0F));
  for (const double rate : kRates) {
    Attacker attacker(static_cast<std::uint32_t>(rate));
    std::vector<float> left;
    std::vector<float> right;
    for (std::size_t i = 0; i < kBlocks; ++i) {
      attacker.Add(left);
      attacker.Add(right);
    }
    Limit(*MakeLimiter(rate), left, right);
    EXPECT_LE(std::max(test::PeakOf(left), test::PeakOf(right)), ceiling) << rate;
    const double over_db = OverCeilingDb(left, right);
    std::printf("%5.0f Hz, %zu blocks: true peak %+.3f dB from the ceiling\n", rate, kBlocks,
                over_db);
    EXPECT_LE(over_db, 0.1) << rate;
  }
}

// Starts from a random signal and keeps every change that raises the peak.
TEST(LimiterAttack, ASearchFindsNoWayPast) {
  constexpr std::size_t kStarts = 6;
  constexpr std::size_t kChanges = 500;
  constexpr std::size_t kBlocks = 6;
  for (const double rate : kRates) {
    const auto limiter = MakeLimiter(rate);
    double worst_db = -100.0;
    for (std::uint32_t start = 0; start < kStarts; ++start) {
      Attacker attacker(static_cast<std::uint32_t>(rate) + start);
      std::vector<float> best;
      for (std::size_t i = 0; i < kBlocks; ++i) attacker.Add(best);
      best.resize(best.size() + 2 * kBlock, 0.0F);  // until it has come out
      double best_db = -100.0;
      for (std::size_t change = 0; change < kChanges; ++change) {
        std::vector<float> tried = best;
        const std::size_t at = attacker.Below(kBlocks * kBlock);
        const std::size_t count = 1 + attacker.Below(change % 2 == 0 ? 3 : 40);
        const auto factor = static_cast<float>(attacker.Uniform(-2.0, 2.0));
        for (std::size_t i = at; i < std::min(at + count, kBlocks * kBlock); ++i) {
          const auto fresh = static_cast<float>(attacker.Uniform(-kLoudest, kLoudest));
          tried[i] = change % 3 == 0 ? fresh : std::clamp(tried[i] * factor, -15.85F, 15.85F);
        }
        std::vector<float> left = tried;
        std::vector<float> right(left.size(), 0.0F);
        limiter->Reset();
        Limit(*limiter, left, right);
        const double over_db = test::Db(test::TruePeakOf(left)) - kCeilingDb;
        if (over_db > best_db) {
          best_db = over_db;
          best = std::move(tried);
        }
      }
      worst_db = std::max(worst_db, best_db);
    }
    std::printf("%5.0f Hz, after %zu changes: true peak %+.3f dB from the ceiling\n", rate,
                kStarts * kChanges, worst_db);
    EXPECT_LE(worst_db, 0.1) << rate;
  }
}

}  // namespace
}  // namespace auralis
