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
  auto tone = test::Sine(100.0, 0.05, kRate, kFrames);
  // Its own start is no change of a parameter.
  for (std::size_t i = 0; i < 4000; ++i) {
    tone[i] *= static_cast<float>(0.5 - 0.5 * std::cos(kPi * static_cast<double>(i) / 4000.0));
  }
  auto faded = tone;
  for (std::size_t i = 0; i < kFrames; ++i) {
    faded[i] *= std::clamp((static_cast<float>(i) - 4800.0F) / 960.0F, 0.0F, 1.0F);
  }
  const double fade = EnergyAbove2kHz(faded);
  double worst_db = -400.0;
  std::string worst;
  for (std::size_t row = 0; row < TypeParam::kParams.size(); ++row) {
    const ParamSpec& spec = TypeParam::kParams[row].spec;
    if (spec.structural) continue;
    for (const auto& [from, to] : {std::pair{spec.min, spec.max}, std::pair{spec.max, spec.min}}) {
      // What the stage makes of the tone anyway is no click either.
      double anyway = 0.0;
      for (const float value : {from, to}) {
        auto steady = TestFixture::Prepared();
        steady->SetTargets(this->Designed(TestFixture::With(TestFixture::Defaults(), row, value)));
        steady->Reset();
        anyway +=
            EnergyAbove2kHz(TestFixture::FeedBlocks(*steady, {.left = tone, .right = tone}).left);
      }
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
      const float level = std::max(1.0F, static_cast<float>(test::PeakOf(around)) / 0.05F);
      for (float& v : around) v /= level;  // a boost makes its ramp larger, too
      const double db = 10.0 * std::log10(EnergyAbove2kHz(around) / (fade + anyway) + 1e-40);
      if (db > worst_db) {
        worst_db = db;
        worst = std::string(TypeParam::kParams[row].family) + " " + std::string(spec.key);
      }
    }
  }
  std::printf("%s: loudest change (%s) %.1f dB against a 20 ms fade\n",
              std::string(TypeParam::kModule).c_str(), worst.c_str(), worst_db);
  EXPECT_LT(worst_db, 0.0) << worst;
}

// A stage that a callback short of time goes without, and that comes back.
TYPED_TEST(StageClick, BeingShedAndComingBackDoNotClick) {
  if constexpr (Sheddable<TypeParam>) {
    constexpr std::size_t kPart = 75 * kBlock;  // 0.1 s
    const auto tone = test::Sine(100.0, 0.3, kRate, 4 * kPart);
    auto faded = tone;
    for (std::size_t i = 0; i < faded.size(); ++i) {
      faded[i] *= std::clamp((static_cast<float>(i) - 4800.0F) / 960.0F, 0.0F, 1.0F);
    }
    auto params = TestFixture::Defaults();
    for (std::size_t row = 0; row < TypeParam::kParams.size(); ++row) {
      const ParamSpec& spec = TypeParam::kParams[row].spec;
      if (spec.key == "enabled" || spec.key == "amount") {
        params = TestFixture::With(params, row, spec.max);
      }
      if (spec.key == "threshold") params = TestFixture::With(params, row, -18.0F);
    }
    const auto run = [&](auto shed_in) {
      auto stage = TestFixture::Prepared();
      stage->SetTargets(this->Designed(params));
      stage->Reset();
      return TestFixture::Feed(
                 *stage, {.left = tone, .right = tone}, [] { return kBlock; },
                 [&](std::size_t at) { stage->Shed(shed_in(at / kPart)); })
          .left;
    };
    const auto kept = run([](std::size_t) { return false; });
    const auto gone = run([](std::size_t) { return true; });
    const auto both = run([](std::size_t part) { return part == 1 || part == 3; });
    const auto db =
        10.0 * std::log10(EnergyAbove2kHz(both) / (2.0 * EnergyAbove2kHz(faded) +
                                                   EnergyAbove2kHz(kept) + EnergyAbove2kHz(gone)));
    std::printf("%s: %.1f dB against two fades and what it is anyway\n",
                std::string(TypeParam::kModule).c_str(), db);
    EXPECT_LT(db, 0.5);
    // And it is what it was: gone where it is shed, there where it is not.
    for (std::size_t i = 2 * kPart - kBlock; i < 2 * kPart; ++i) {
      ASSERT_NEAR(both[i], gone[i], 1e-4F);
      ASSERT_NEAR(both[i + kPart], kept[i + kPart], 0.02F);
    }
  }
}

// A stage that has settled on a 100 Hz sine, and what it does next.
template <class S>
class Settled {
 public:
  // Kept: what follows is measured with the settled sine in front.
  static constexpr std::size_t kWarmUp = kBlock * 225;  // 0.3 s
  static constexpr std::size_t kKept = kBlock * 60;
  static constexpr std::size_t kNext = kBlock * 150;  // 0.2 s

  explicit Settled(const TargetsOf<S>& targets) {
    stage_->Prepare(kSpec);
    stage_->SetTargets(targets);
    stage_->Reset();
    auto x = Tone(0, kWarmUp);
    for (std::size_t i = 0; i < kWarmUp / 2; ++i) {
      const double fade = 0.5 - 0.5 * std::cos(2.0 * kPi * static_cast<double>(i) / kWarmUp);
      x[i] *= static_cast<float>(fade);
    }
    const std::vector<float> y = Feed(x);
    kept_.assign(y.end() - kKept, y.end());
  }
  // The kept end, then what comes out while `targets` come in at frame `at`.
  std::vector<float> Change(std::size_t at, const TargetsOf<S>& targets) {
    std::vector<float> y = kept_;
    Append(y, Tone(kWarmUp, at));
    stage_->SetTargets(targets);
    Append(y, Tone(kWarmUp + at, kNext - at));
    return y;
  }
  // The same where nothing changes, and where the sine itself is taken back by a 20 ms ramp.
  std::vector<float> GoOn() {
    std::vector<float> y = kept_;
    Append(y, Tone(kWarmUp, kNext));
    return y;
  }
  std::vector<float> FadeInput() {
    auto x = Tone(kWarmUp, kNext);
    for (std::size_t i = 0; i < kNext; ++i) x[i] *= static_cast<float>(1.0 - Ramp(i));
    std::vector<float> y = kept_;
    Append(y, std::move(x));
    return y;
  }
  // The ramp's own: one output into another, and a sine of that amplitude.
  static std::vector<float> Crossed(std::vector<float> from, const std::vector<float>& to) {
    for (std::size_t i = 0; i < from.size(); ++i) {
      from[i] += static_cast<float>(RampAt(i)) * (to[i] - from[i]);
    }
    return from;
  }
  static std::vector<float> Faded(double amplitude) {
    auto y = test::Sine(100.0, amplitude, kRate, kKept + kNext);
    for (std::size_t i = 0; i < y.size(); ++i) y[i] *= static_cast<float>(RampAt(i));
    return y;
  }
  static double RampAt(std::size_t frame) { return frame < kKept ? 0.0 : Ramp(frame - kKept); }
  // From 0 to 1 in 20 ms, from where the sine is highest, as a change may come.
  static double Ramp(std::size_t next_frame) {
    return std::clamp((static_cast<double>(next_frame) - 1560.0) / 960.0, 0.0, 1.0);
  }

 private:
  static std::vector<float> Tone(std::size_t at, std::size_t frames) {
    return test::Sine(100.0, 0.05, kRate, frames,
                      2.0 * kPi * 100.0 * static_cast<double>(at) / kRate);
  }
  void Append(std::vector<float>& y, std::vector<float> x) {
    const std::vector<float> part = Feed(std::move(x));
    y.insert(y.end(), part.begin(), part.end());
  }
  std::vector<float> Feed(std::vector<float> left) {
    const ScopedFlushDenormals flush;
    auto right = left;
    for (std::size_t at = 0; at < left.size(); at += kBlock) {
      stage_->Process({left.data() + at, right.data() + at, kBlock});
    }
    return left;
  }

  std::unique_ptr<S> stage_ = std::make_unique<S>();
  std::vector<float> kept_;
};

// Above 2 kHz, without the ends.
double EnergyAround(std::vector<float> x) {
  constexpr std::size_t kEnds = kBlock * 45;
  for (std::size_t i = 0; i < kEnds; ++i) {
    const double fade = 0.5 - 0.5 * std::cos(kPi * static_cast<double>(i) / kEnds);
    x[i] *= static_cast<float>(fade);
    x[x.size() - 1 - i] *= static_cast<float>(fade);
  }
  return EnergyAbove2kHz(x);
}

// 500 changes at random moments, on a sine: of one parameter, to a random value or nearby, or,
// every fifth time, of all of them, as a preset does. What each brings above 2 kHz is compared with
// what a 20 ms ramp brings: of the old setting's output into the new one's, of the sine that goes
// in, and of a sine as loud as the loudest moment.
TYPED_TEST(StageClick, RandomChangesDoNotClick) {
  using Heard = Settled<TypeParam>;
  constexpr int kChanges = 500;
  std::minstd_rand generator(11);
  double worst_db = -400.0;
  std::string worst;
  for (int change = 0; change < kChanges; ++change) {
    const auto before = TestFixture::Working(generator);
    auto after = TestFixture::Working(generator);
    const std::size_t row = generator() % TypeParam::kParams.size();
    const ParamSpec& spec = TypeParam::kParams[row].spec;
    const bool preset = change % 5 == 0;
    if (!preset) {
      const double nudged = std::clamp(
          PositionOf(spec, TestFixture::FloatsOf(before)[row]) + (change % 2 == 0 ? 0.04 : -0.04),
          0.0, 1.0);
      const bool nearby = change % 5 < 3;
      after = TestFixture::With(before, row,
                                nearby ? ValueAt(spec, nudged) : TestFixture::FloatsOf(after)[row]);
    }
    const TargetsOf<TypeParam> from = this->Designed(before);
    const TargetsOf<TypeParam> to = this->Designed(after);
    const std::size_t at = kBlock * (1 + generator() % 10);
    const auto around = Heard(from).Change(at, to);
    // The last two only where the first is not enough: most changes are far below it.
    const double energy = EnergyAround(around) + 1e-30;
    double allowed = EnergyAround(Heard::Faded(std::max(test::PeakOf(around), 5e-4)));
    if (energy > 0.5 * allowed) {
      allowed = std::max({allowed, EnergyAround(Heard(from).FadeInput()),
                          EnergyAround(Heard(to).FadeInput()),
                          EnergyAround(Heard::Crossed(Heard(from).GoOn(), Heard(to).GoOn()))});
    }
    const double db = 10.0 * std::log10(energy / allowed);
    if (db > worst_db) {
      worst_db = db;
      worst = (preset ? "preset" : std::string(spec.key)) + " in change " + std::to_string(change);
    }
  }
  std::printf("%s: loudest of %d random changes %.1f dB against a 20 ms ramp (%s)\n",
              std::string(TypeParam::kModule).c_str(), kChanges, worst_db, worst.c_str());
  EXPECT_LT(worst_db, 1.5) << worst;  // two ramps may run at once: gain and DC block
}

// On silence nothing is heard of a change, ever (SilenceStaysSilence); and no change of anything
// makes a stage forget to come to rest (StaysFiniteWhileEverythingJumps, DecaysAfterALoudBurst).

}  // namespace
}  // namespace auralis
