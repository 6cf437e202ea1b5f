// Nothing clicks: no change of any parameter of any stage is louder than a fade.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numbers>
#include <random>
#include <string>
#include <vector>

#include "tests/dsp/stage_test.h"
#include "tests/support/measure.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

constexpr double kPi = std::numbers::pi;

template <class S>
class StageClick : public StageTest<S> {};
TYPED_TEST_SUITE(StageClick, StagesUnderTest, StageName);

// A click is energy where the programme has none. The programme is a 100 Hz sine; everything above
// 2 kHz that a change of one parameter brings is compared with a 20 ms linear fade between silence
// and that sine, which nobody calls a click.
double EnergyAbove2kHz(const std::vector<float>& x) {
  // Fourth-order high-pass, two Butterworth sections, in double.
  std::vector<double> y(x.begin(), x.end());
  const double g = std::tan(kPi * 2000.0 / kRate);
  for (const double q : {0.54119610, 1.30656296}) {
    const double k = 1.0 / q;
    const double a1 = 1.0 / (1.0 + g * (g + k));
    double s1 = 0.0;
    double s2 = 0.0;
    for (double& v : y) {
      const double v3 = v - s2;
      const double v1 = a1 * s1 + g * a1 * v3;
      const double v2 = s2 + g * a1 * s1 + g * g * a1 * v3;
      s1 = 2 * v1 - s1;
      s2 = 2 * v2 - s2;
      v = v - k * v1 - v2;
    }
  }
  double sum = 0.0;
  for (const double v : y) sum += v * v;
  return sum;
}

TYPED_TEST(StageClick, ChangesDoNotClick) {
  constexpr std::size_t kFrames = 9600;
  auto tone = test::Sine(100.0, 0.1, kRate, kFrames);
  // Its own start is no change of a parameter.
  for (std::size_t i = 0; i < 4000; ++i) {
    tone[i] *= static_cast<float>(0.5 - 0.5 * std::cos(kPi * static_cast<double>(i) / 4000.0));
  }
  auto faded = tone;
  for (std::size_t i = 0; i < kFrames; ++i) {
    faded[i] *= std::clamp((static_cast<float>(i) - 4800.0F) / 960.0F, 0.0F, 1.0F);
  }
  const double allowed_db = 10.0 * std::log10(EnergyAbove2kHz(faded));
  double worst_db = -400.0;
  std::string worst;
  for (std::size_t row = 0; row < TypeParam::kParams.size(); ++row) {
    const ParamSpec& spec = TypeParam::kParams[row].spec;
    if (spec.structural) continue;
    for (const auto& [from, to] : {std::pair{spec.min, spec.max}, std::pair{spec.max, spec.min}}) {
      auto stage = TestFixture::Prepared();
      stage->SetTargets(this->Designed(TestFixture::With(TestFixture::Defaults(), row, from)));
      stage->Reset();
      Stereo x{.left = tone, .right = tone};
      const auto half = static_cast<std::ptrdiff_t>(4800);
      Stereo first{.left = {tone.begin(), tone.begin() + half},
                   .right = {tone.begin(), tone.begin() + half}};
      Stereo second{.left = {tone.begin() + half, tone.end()},
                    .right = {tone.begin() + half, tone.end()}};
      first = TestFixture::FeedBlocks(*stage, first);
      stage->SetTargets(this->Designed(TestFixture::With(TestFixture::Defaults(), row, to)));
      second = TestFixture::FeedBlocks(*stage, second);
      std::vector<float> around = first.left;
      around.insert(around.end(), second.left.begin(), second.left.end());
      const float level = std::max(1.0F, static_cast<float>(test::PeakOf(around)) / 0.1F);
      for (float& v : around) v /= level;  // a boost makes its ramp larger, too
      const double db = 10.0 * std::log10(EnergyAbove2kHz(around) + 1e-40);
      if (db > worst_db) {
        worst_db = db;
        worst = std::string(TypeParam::kParams[row].family) + " " + std::string(spec.key);
      }
    }
  }
  std::printf("%s: loudest change (%s) %.1f dB against a 20 ms fade\n",
              std::string(TypeParam::kModule).c_str(), worst.c_str(), worst_db - allowed_db);
  EXPECT_LT(worst_db, allowed_db + 1.0) << worst;
}

// 500 changes of one parameter each, to a random value, at random moments, on a sine. What each
// brings above 2 kHz is compared with a 20 ms fade to the loudest level around it.
TYPED_TEST(StageClick, RandomChangesDoNotClick) {
  constexpr int kChanges = 500;
  constexpr std::size_t kSpacing = kBlock * 75;  // 0.1 s
  constexpr std::size_t kSettle = kBlock * 60;
  std::minstd_rand generator(11);
  auto params = TestFixture::Quiet(TestFixture::Defaults());
  auto stage = TestFixture::Prepared();
  const auto tone = test::Sine(100.0, 0.05, kRate, kSpacing);  // whole periods: it continues
  Stereo last{.left = tone, .right = tone};
  for (int i = 0; i < 4; ++i) last = TestFixture::FeedBlocks(*stage, {tone, tone});
  double worst_db = -400.0;
  std::string worst;
  for (int change = 0; change < kChanges; ++change) {
    const std::size_t row = generator() % TypeParam::kParams.size();
    const ParamSpec& spec = TypeParam::kParams[row].spec;
    if (spec.structural) continue;
    const float value = ValueAt(
        spec, static_cast<double>(generator()) / static_cast<double>(std::minstd_rand::max()));
    params = TestFixture::Quiet(TestFixture::With(params, row, value));
    const std::size_t at = kBlock * (1 + generator() % 10);
    Stereo now = TestFixture::Feed(
        *stage, {tone, tone}, [] { return kBlock; },
        [&](std::size_t frame) {
          if (frame == at) stage->SetTargets(this->Designed(params));
        });
    // The fade starts where the sine is highest, as a change may.
    // The change with the settled sine before it, and the settled sine after it taken away by the
    // ends' raised cosines.
    std::vector<float> around(last.left.end() - kSettle, last.left.end());
    around.insert(around.end(), now.left.begin(), now.left.end());
    for (std::size_t i = 0; i < kSettle; ++i) {
      const double fade = 0.5 - 0.5 * std::cos(kPi * static_cast<double>(i) / kSettle);
      around[i] *= static_cast<float>(fade);
    }
    // Of the loudest moment: what passes by on the way from one filter to another counts, too. A
    // click of that height would still stand 50 dB above the fade. Where filters take the sine 40
    // dB down, what is measured is the rounding of the sine that went in.
    const double level = std::max(test::PeakOf(around), 5e-4);
    last = std::move(now);
    std::vector<float> faded = tone;
    for (std::size_t i = 0; i < kSpacing; ++i) {
      faded[i] *= static_cast<float>(
          level / 0.05 * std::clamp((static_cast<double>(i) - 2040.0) / 960.0, 0.0, 1.0));
    }
    const double db = 10.0 * std::log10((EnergyAbove2kHz(around) + 1e-30) / EnergyAbove2kHz(faded));
    if (db > worst_db) {
      worst_db = db;
      worst = std::string(spec.key) + " in change " + std::to_string(change);
    }
  }
  std::printf("%s: loudest of %d random changes %.1f dB against a 20 ms fade (%s)\n",
              std::string(TypeParam::kModule).c_str(), kChanges, worst_db, worst.c_str());
  EXPECT_LT(worst_db, 1.5) << worst;  // two ramps may run at once: gain and DC block
}

// On silence nothing is heard of a change, ever (SilenceStaysSilence); and no change of anything
// makes a stage forget to come to rest (StaysFiniteWhileEverythingJumps, DecaysAfterALoudBurst).

}  // namespace
}  // namespace auralis
