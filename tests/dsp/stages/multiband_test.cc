#include "dsp/stages/multiband.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdio>
#include <numbers>
#include <random>
#include <vector>

#include "dsp/denormals.h"
#include "tests/dsp/stages/running_stage.h"
#include "tests/support/measure.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

constexpr double kRate = 48000.0;
constexpr std::size_t kSecond = 48000;

using Running = test::RunningStage<Multiband>;

// At work, but on nothing: every ratio is 1.
Multiband::Params Idle(std::size_t bands) {
  auto params = DefaultParams<Multiband::Params>(Multiband::kParams);
  params.enabled = 1.0F;
  params.bands = static_cast<float>(bands);
  for (auto& band : params.band) {
    band.ratio = 1.0F;
    band.knee_db = 0.0F;
  }
  return params;
}

double Random(std::minstd_rand& random, double low, double high) {
  return low + (high - low) * static_cast<double>(random()) /
                   static_cast<double>(std::minstd_rand::max());
}

void RandomCorners(std::minstd_rand& random, Multiband::Params& params) {
  for (auto& crossover : params.crossovers) {
    crossover.frequency_hz = static_cast<float>(20.0 * std::pow(1000.0, Random(random, 0.0, 1.0)));
  }
}

double MagnitudeDb(const std::vector<float>& impulse_response, double hz, double rate) {
  const std::complex<double> turn = std::polar(1.0, -2.0 * std::numbers::pi * hz / rate);
  std::complex<double> phasor = 1.0;
  std::complex<double> sum = 0.0;
  for (const float sample : impulse_response) {
    sum += static_cast<double>(sample) * phasor;
    phasor *= turn;
  }
  return test::Db(std::abs(sum));
}

std::vector<float> ImpulseResponse(const Multiband::Params& params, double rate) {
  const ProcessSpec spec{.sample_rate_hz = rate, .block_frames = 64};
  Multiband::Designer designer(spec);
  auto stage = std::make_unique<Multiband>();
  stage->Prepare(spec, params);
  stage->SetTargets(designer.Design(params));
  stage->Reset();
  auto left = test::Impulse(static_cast<std::size_t>(rate * 0.7 / 64.0) * 64);
  std::vector<float> right(left.size(), 0.0F);
  for (std::size_t at = 0; at < left.size(); at += 64) {
    stage->Process({left.data() + at, right.data() + at, 64});
  }
  return left;
}

TEST(Multiband, SumsFlatWhereverItsCrossoversStand) {
  std::minstd_rand random(7);
  double worst_db = 0.0;
  for (const double rate : {8000.0, 44100.0, 48000.0, 192000.0}) {
    for (std::size_t bands = 2; bands <= Multiband::kBands; ++bands) {
      for (int trial = 0; trial < 3; ++trial) {
        auto params = Idle(bands);
        RandomCorners(random, params);
        const auto response = ImpulseResponse(params, rate);
        for (double hz = 20.0; hz < 0.49 * rate; hz *= 1.3) {
          worst_db = std::max(worst_db, std::abs(MagnitudeDb(response, hz, rate)));
        }
      }
    }
  }
  std::printf("sum of the bands: within %.4f dB\n", worst_db);
  EXPECT_LT(worst_db, 0.1);
}

// Linear and moving: what a sine and a cosine become is the real and the imaginary part of what
// becomes of a phasor, whose magnitude is to stay.
TEST(Multiband, SumsFlatWhileItsCrossoversMove) {
  double worst_db = 0.0;
  std::minstd_rand random(11);
  for (const double hz : {30.0, 100.0, 440.0, 1000.0, 3000.0, 12000.0}) {
    for (const std::size_t bands : {2U, 4U, 6U}) {
      auto params = Idle(bands);
      Multiband::Designer designer(Running::kSpec);
      auto stage = std::make_unique<Multiband>();
      stage->Prepare(Running::kSpec, params);
      auto cosine = test::Sine(hz, 0.5, kRate, 6 * kSecond, std::numbers::pi / 2.0);
      auto sine = test::Sine(hz, 0.5, kRate, 6 * kSecond);
      for (std::size_t at = 0; at < sine.size(); at += 64) {
        // From one end to the other, or somewhere else, before they have arrived.
        if (at % 19200 == 0) {
          RandomCorners(random, params);
          if (at % 38400 == 0)
            params.crossovers[0].frequency_hz = at % 76800 == 0 ? 20.0F : 20000.0F;
          stage->SetTargets(designer.Design(params));
        }
        stage->Process({cosine.data() + at, sine.data() + at, 64});
      }
      for (std::size_t i = kSecond / 2; i < sine.size(); ++i) {
        const double magnitude =
            std::hypot(static_cast<double>(cosine[i]), static_cast<double>(sine[i]));
        worst_db = std::max(worst_db, std::abs(test::Db(magnitude / 0.5)));
      }
    }
  }
  std::printf("while they glide: within %.3f dB\n", worst_db);
  EXPECT_LT(worst_db, 0.1);
}

// From 200 Hz to 2 kHz takes 0.5 s and some at 8 octaves a second and 0.02 a cycle; then the low
// band passes 600 Hz.
TEST(Multiband, CrossoversArriveWhereTheyAreSet) {
  auto params = Idle(2);
  params.crossovers[0].frequency_hz = 200.0F;
  params.band[0].solo = 1.0F;
  Multiband::Designer designer(Running::kSpec);
  auto stage = std::make_unique<Multiband>();
  stage->Prepare(Running::kSpec, params);
  auto left = test::Sine(600.0, 0.5, kRate, 2 * kSecond);
  auto right = left;
  for (std::size_t at = 0; at < left.size(); at += 64) {
    if (at == 24000) {
      params.crossovers[0].frequency_hz = 2000.0F;
      stage->SetTargets(designer.Design(params));
    }
    stage->Process({left.data() + at, right.data() + at, 64});
  }
  const auto heard_db = [&](std::size_t from, std::size_t frames) {
    return test::Db(test::ToneAmplitude(std::span(left).subspan(from, frames), 600.0, kRate) / 0.5);
  };
  const auto theory_db = [](double corner_hz) {
    const double ratio =
        std::tan(std::numbers::pi * 600.0 / kRate) / std::tan(std::numbers::pi * corner_hz / kRate);
    return -test::Db(1.0 + std::pow(ratio, 4.0));
  };
  EXPECT_NEAR(heard_db(4800, 19200), theory_db(200.0), 0.01);
  EXPECT_NEAR(heard_db(24000 + 38400, 19200), theory_db(2000.0), 0.01);
}

TEST(Multiband, RampsEndExactlyWhereTheyAreWanted) {
  auto params = Idle(3);
  Multiband::Designer designer(Running::kSpec);
  auto stage = std::make_unique<Multiband>();
  stage->Prepare(Running::kSpec, params);
  for (auto& band : params.band) band.mute = 1.0F;
  stage->SetTargets(designer.Design(params));
  auto left = test::Noise(0.5, 4096, 21);
  auto right = test::Noise(0.5, 4096, 22);
  for (std::size_t at = 0; at < left.size(); at += 64) {
    stage->Process({left.data() + at, right.data() + at, 64});
  }
  EXPECT_EQ(left.back(), 0.0F);
  EXPECT_EQ(right.back(), 0.0F);
}

TEST(Multiband, CutsWithLinkwitzAndRileysSlopes) {
  auto params = Idle(3);
  params.crossovers[0].frequency_hz = 300.0F;
  params.crossovers[1].frequency_hz = 3000.0F;
  const auto ratio = [](double hz, double corner_hz) {
    return std::pow(
        std::tan(std::numbers::pi * hz / kRate) / std::tan(std::numbers::pi * corner_hz / kRate),
        4.0);
  };
  for (std::size_t b = 0; b < 3; ++b) {
    for (auto& band : params.band) band.solo = 0.0F;
    params.band[b].solo = 1.0F;
    const auto response = ImpulseResponse(params, kRate);
    for (double hz = 40.0; hz < 20000.0; hz *= 1.5) {
      double gain = 1.0;
      if (b == 0) gain /= 1.0 + ratio(hz, 300.0);
      if (b == 1) gain *= ratio(hz, 300.0) / (1.0 + ratio(hz, 300.0));
      if (b < 2) gain /= 1.0 + ratio(hz, 3000.0);
      if (b == 2) gain *= ratio(hz, 3000.0) / (1.0 + ratio(hz, 3000.0));
      if (gain < 1e-4) continue;
      EXPECT_NEAR(MagnitudeDb(response, hz, kRate), test::Db(gain), 0.02) << b << ' ' << hz;
    }
  }
}

double FormulaDb(double level_db, double threshold_db, double ratio, double knee_db) {
  const double u = level_db - threshold_db;
  const double slope = 1.0 - 1.0 / ratio;
  if (u <= -knee_db / 2) return 0.0;
  if (u >= knee_db / 2) return slope * u;
  return slope * (u + knee_db / 2) * (u + knee_db / 2) / (2.0 * knee_db);
}

// A level that never changes: DC for the lowest band, half the rate for the highest.
std::vector<float> Steady(double level_db, std::size_t frames, bool highest) {
  const auto amplitude = static_cast<float>(std::pow(10.0, level_db / 20.0));
  std::vector<float> x(frames, amplitude);
  for (std::size_t i = 1; highest && i < frames; i += 2) x[i] = -amplitude;
  return x;
}

TEST(Multiband, EveryBandFollowsItsOwnCurve) {
  double worst_db = 0.0;
  for (const bool highest : {false, true}) {
    for (const float ratio : {2.0F, 4.0F, 100.0F}) {
      for (const float knee_db : {0.0F, 2.0F, 24.0F}) {
        auto params = Idle(2);
        params.detector = static_cast<float>(Compressor::Detector::kPeak);
        auto& band = params.band[highest ? 1 : 0];
        band.threshold_db = -20.0F;
        band.ratio = ratio;
        band.knee_db = knee_db;
        for (const double u : {-30.0, -12.0, -1.0, -0.5, 0.0, 0.5, 1.0, 12.0, 19.0}) {
          const double in_db = -20.0 + u;
          const auto y = Running(params).Feed(Steady(in_db, kSecond / 2, highest));
          const double reduction_db = in_db - test::Db(std::abs(static_cast<double>(y.back())));
          const double expected_db =
              FormulaDb(in_db, -20.0, static_cast<double>(ratio), static_cast<double>(knee_db));
          worst_db = std::max(worst_db, std::abs(reduction_db - expected_db));
        }
      }
    }
  }
  // A tone in the middle of a middle band, where the others are 80 dB down.
  for (const double u : {-10.0, -1.0, 0.0, 1.0, 10.0}) {
    auto params = Idle(3);
    params.crossovers[0].frequency_hz = 100.0F;
    params.crossovers[1].frequency_hz = 10000.0F;
    params.detector = static_cast<float>(Compressor::Detector::kRms);
    params.rms_ms = 250.0F;
    params.band[1].threshold_db = -20.0F;
    params.band[1].ratio = 4.0F;
    params.band[1].knee_db = 2.0F;
    const double amplitude = std::pow(10.0, (-20.0 + u) / 20.0) * std::numbers::sqrt2;
    const auto y = Running(params).Feed(test::Sine(1000.0, amplitude, kRate, 4 * kSecond));
    const double peak = test::PeakOf(std::span(y).last(kSecond / 2));
    const double expected_db = FormulaDb(-20.0 + u, -20.0, 4.0, 2.0);
    worst_db = std::max(worst_db, std::abs(-test::Db(peak / amplitude) - expected_db));
  }
  std::printf("static curves: within %.4f dB of the formula\n", worst_db);
  EXPECT_LT(worst_db, 0.05);
}

TEST(Multiband, AttackAndReleaseTakeTheirTimesHoweverTheStreamIsCut) {
  for (const bool highest : {false, true}) {
    auto params = Idle(2);
    params.detector = static_cast<float>(Compressor::Detector::kPeak);
    params.crossovers[0].frequency_hz = highest ? 20.0F : 20000.0F;
    auto& band = params.band[highest ? 1 : 0];
    band.threshold_db = -20.0F;
    band.ratio = 4.0F;
    band.attack_ms = 10.0F;
    band.release_ms = 100.0F;
    std::vector<float> x = Steady(-40.0, kSecond / 10, highest);
    const auto loud = Steady(-10.0, kSecond, highest);
    const auto quiet = Steady(-40.0, kSecond, highest);
    const std::size_t attack_at = x.size();
    const std::size_t release_at = attack_at + loud.size();
    x.insert(x.end(), loud.begin(), loud.end());
    x.insert(x.end(), quiet.begin(), quiet.end());
    for (const std::size_t cut : {1U, 16U, 37U, 64U, 104U, 128U, 256U, 441U, 512U, 1024U, 4096U}) {
      const auto y = Running(params).Feed(x, cut);
      const auto reduction = [&](std::size_t i) {
        return test::Db(std::abs(static_cast<double>(x[i]) / static_cast<double>(y[i])));
      };
      std::size_t attacked = attack_at + 48;  // past the bend of the low-pass
      while (reduction(attacked) < 0.632 * 7.5) ++attacked;
      std::size_t released = release_at + 48;
      while (reduction(released) > 0.368 * 7.5) ++released;
      EXPECT_NEAR(static_cast<double>(attacked - attack_at) / 48.0, 10.0, 0.5) << cut;
      EXPECT_NEAR(static_cast<double>(released - release_at) / 48.0, 100.0, 5.0) << cut;
    }
  }
}

TEST(Multiband, ALoudBandLeavesTheOthersAlone) {
  auto params = Idle(3);
  params.crossovers[0].frequency_hz = 200.0F;
  params.crossovers[1].frequency_hz = 2000.0F;
  for (auto& band : params.band) {
    band.threshold_db = -30.0F;
    band.ratio = 8.0F;
  }
  auto x = test::Sine(40.0, 0.5, kRate, 2 * kSecond);
  const auto treble = test::Sine(9000.0, 0.01, kRate, 2 * kSecond);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] += treble[i];
  const auto y = Running(params).Feed(x);
  const auto settled = std::span(y).last(kSecond);
  EXPECT_NEAR(test::Db(test::ToneAmplitude(settled, 9000.0, kRate) / 0.01), 0.0, 0.01);
  EXPECT_LT(test::Db(test::ToneAmplitude(settled, 40.0, kRate) / 0.5), -15.0);
}

TEST(Multiband, BothChannelsOfABandAreReducedAlike) {
  auto params = Idle(2);
  params.detector = static_cast<float>(Compressor::Detector::kPeak);
  params.band[0].threshold_db = -20.0F;
  params.band[0].ratio = 4.0F;
  const test::Stereo y =
      Running(params).Feed({Steady(-40.0, kSecond, false), Steady(-10.0, kSecond, false)});
  EXPECT_NEAR(-40.0 - test::Db(static_cast<double>(y.left.back())), 7.5, 0.01);
  EXPECT_NEAR(-10.0 - test::Db(static_cast<double>(y.right.back())), 7.5, 0.01);
}

TEST(Multiband, LookaheadDelaysTheAudioAndNotTheDetectors) {
  auto params = Idle(2);
  params.detector = static_cast<float>(Compressor::Detector::kPeak);
  params.crossovers[0].frequency_hz = 20000.0F;
  params.lookahead_ms = 10.0F;
  params.band[0].threshold_db = -20.0F;
  params.band[0].ratio = 4.0F;
  params.band[0].attack_ms = 2.0F;
  Running multiband(params);
  ASSERT_EQ(multiband.latency(), 480U);
  std::vector<float> x = Steady(-60.0, 4800, false);
  const auto loud = Steady(-10.0, 4800, false);
  x.insert(x.end(), loud.begin(), loud.end());
  const auto y = multiband.Feed(x, 441);
  params.band[0].enabled = 0.0F;
  const auto plain = Running(params).Feed(x, 441);
  EXPECT_LT(std::abs(y[4800 + 478]), 0.002F);
  // Five attack times ahead: but for exp(-5) it is all there when the first loud frame comes out.
  const double reduction_db = test::Db(static_cast<double>(plain[4800 + 481] / y[4800 + 481]));
  EXPECT_NEAR(reduction_db, 7.5 * (1.0 - std::exp(-5.0)), 0.2);  // the low-pass overshoots
  EXPECT_GT(plain[4800 + 481], 0.2F);
}

TEST(Multiband, MutesSolosMixesAndMakesUpByBand) {
  auto params = Idle(2);
  params.detector = static_cast<float>(Compressor::Detector::kPeak);
  params.band[0].threshold_db = -20.0F;
  params.band[0].ratio = 4.0F;
  const auto heard_db = [](const Multiband::Params& p, std::size_t seconds = 1) {
    return test::Db(std::abs(
        static_cast<double>(Running(p).Feed(Steady(-10.0, seconds * kSecond, false)).back())));
  };
  EXPECT_NEAR(heard_db(params), -17.5, 0.01);
  auto changed = params;
  changed.band[0].gain_db = 5.0F;
  EXPECT_NEAR(heard_db(changed), -12.5, 0.01);
  changed = params;
  changed.band[0].enabled = 0.0F;
  EXPECT_NEAR(heard_db(changed), -10.0, 0.001);
  changed = params;
  changed.mix = 0.25F;
  EXPECT_NEAR(heard_db(changed) + 10.0, test::Db(0.75 + 0.25 * std::pow(10.0, -7.5 / 20.0)), 0.01);
  changed = params;
  changed.auto_makeup = 1.0F;
  EXPECT_NEAR(heard_db(changed, 20), -10.0, 0.05);
  changed = params;
  // A high-pass is a difference: what is left of DC is its rounding.
  changed.band[0].mute = 1.0F;
  EXPECT_LT(heard_db(changed), -120.0);
  changed = params;
  changed.band[1].solo = 1.0F;
  EXPECT_LT(heard_db(changed), -120.0);
  changed.band[0].solo = 1.0F;
  EXPECT_NEAR(heard_db(changed), -17.5, 0.01);
}

TEST(Multiband, ReleasesLongReductionsSlowerIfTheProgrammeDecides) {
  const auto half_ms = [](double loud_s, bool by_programme) {
    auto params = Idle(2);
    params.detector = static_cast<float>(Compressor::Detector::kPeak);
    params.crossovers[0].frequency_hz = 20000.0F;
    params.adaptive_release = by_programme ? 1.0F : 0.0F;
    params.band[0].threshold_db = -20.0F;
    params.band[0].ratio = 4.0F;
    params.band[0].attack_ms = 1.0F;
    params.band[0].release_ms = 100.0F;
    Running multiband(params);
    multiband.Feed(Steady(-10.0, static_cast<std::size_t>(loud_s * kRate), false));
    const auto y = multiband.Feed(Steady(-40.0, 3 * kSecond, false));
    std::size_t i = 48;
    while (-40.0 - test::Db(static_cast<double>(y[i])) > 3.75) ++i;
    return static_cast<double>(i) / 48.0;
  };
  const double plain_ms = half_ms(5.0, false);
  EXPECT_NEAR(plain_ms, 100.0 * std::numbers::ln2, 3.0);
  EXPECT_NEAR(half_ms(0.02, true), plain_ms, 0.1 * plain_ms);
  EXPECT_GT(half_ms(5.0, true), 4.0 * plain_ms);
}

TEST(Multiband, ReportsTheReductionOfEachBand) {
  auto params = Idle(3);
  params.detector = static_cast<float>(Compressor::Detector::kPeak);
  params.band[0].threshold_db = -20.0F;
  params.band[0].ratio = 4.0F;
  Multiband::Designer designer(Running::kSpec);
  auto stage = std::make_unique<Multiband>();
  stage->Prepare(Running::kSpec, params);
  auto left = Steady(-10.0, 4096 * 12, false);
  auto right = left;
  for (std::size_t at = 0; at < left.size(); at += 4096) {
    stage->Process({left.data() + at, right.data() + at, 4096});
  }
  EXPECT_EQ(stage->bands(), 3U);
  EXPECT_NEAR(stage->gain_reduction_db(0), 7.5F, 0.01F);
  EXPECT_EQ(stage->gain_reduction_db(1), 0.0F);
  // Nor those that are not there.
  for (std::size_t band = 2; band < Multiband::kBands; ++band) {
    EXPECT_EQ(stage->gain_reduction_db(band), 0.0F) << band;
  }
}

TEST(Multiband, OffIsTheInputBitForBit) {
  auto params = Idle(4);
  params.enabled = 0.0F;
  params.lookahead_ms = 20.0F;
  Running multiband(params);
  EXPECT_EQ(multiband.latency(), 0U);
  const auto x = test::Noise(0.9, kSecond, 3);
  EXPECT_EQ(multiband.Feed(x), x);
}

}  // namespace
}  // namespace auralis
