// What every stage owes the chain. The suite runs over ProductChain's own list, so a new stage is
// under contract the moment it is listed.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <memory>
#include <numbers>
#include <random>
#include <string>
#include <vector>

#include "dsp/denormals.h"
#include "dsp/param_law.h"
#include "dsp/product_chain.h"
#include "tests/support/measure.h"
#include "tests/support/rt_guard.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

template <class C>
struct StagesOf;
template <class... S>
struct StagesOf<Chain<S...>> {
  using Types = ::testing::Types<S...>;
};

struct StageName {
  template <class S>
  static std::string GetName(int) {
    return std::string(S::kModule);
  }
};

constexpr double kPi = std::numbers::pi;
constexpr double kRate = 48000.0;
constexpr std::size_t kBlock = 64;
constexpr ProcessSpec kSpec{.sample_rate_hz = kRate, .block_frames = kBlock};

struct Stereo {
  std::vector<float> left;
  std::vector<float> right;
};

Stereo NoiseAt(double amplitude, std::size_t frames) {
  return {.left = test::Noise(amplitude, frames, 31), .right = test::Noise(amplitude, frames, 32)};
}

template <class S>
class StageContract : public ::testing::Test {
 protected:
  using Params = typename S::Params;
  using Floats = std::array<float, S::kParams.size()>;

  using Designer = DesignerOf<S>;

  // On the heap: some stages are larger than a test's stack should carry.
  static std::unique_ptr<S> Prepared(const ProcessSpec& spec = kSpec) {
    auto stage = std::make_unique<S>();
    stage->Prepare(spec);
    return stage;
  }
  // What the control side makes of parameters.
  static TargetsOf<S> Designed(const Params& params) { return DesignerOf<S>(kSpec).Design(params); }
  static Params Defaults() { return DefaultParams<Params>(S::kParams); }
  static Params With(Params params, std::size_t row, float value) {
    auto floats = std::bit_cast<Floats>(params);
    floats[row] = value;
    return std::bit_cast<Params>(floats);
  }
  // The same with gains and Qs held where a chain of 32 bands does not ring for seconds: a click is
  // looked for, and what rings hides it.
  static Params Quiet(Params params) {
    auto floats = std::bit_cast<Floats>(params);
    for (std::size_t i = 0; i < floats.size(); ++i) {
      const std::string_view key = S::kParams[i].spec.key;
      if (key == "q") floats[i] = std::clamp(floats[i], 0.3F, 4.0F);
      if (key == "gain") floats[i] = std::clamp(floats[i], -12.0F, 12.0F);
    }
    return std::bit_cast<Params>(floats);
  }
  // Every parameter somewhere else in its range; choices and toggles at one of their values.
  static Params Random(std::minstd_rand& generator) {
    Floats floats{};
    for (std::size_t i = 0; i < floats.size(); ++i) {
      const ParamSpec& spec = S::kParams[i].spec;
      floats[i] = ValueAt(
          spec, static_cast<double>(generator()) / static_cast<double>(std::minstd_rand::max()));
    }
    return std::bit_cast<Params>(floats);
  }
  // The same with choices and toggles mostly where they are by default: of filters of every type in
  // series some block all that there is, and of silence nothing can be said.
  static Params Working(std::minstd_rand& generator) {
    auto floats = std::bit_cast<Floats>(Quiet(Random(generator)));
    for (std::size_t i = 0; i < floats.size(); ++i) {
      const ParamSpec& spec = S::kParams[i].spec;
      const bool choice = spec.scale == Scale::kChoice || spec.scale == Scale::kToggle;
      if (choice && generator() % 16 != 0) floats[i] = spec.def;
    }
    return std::bit_cast<Params>(floats);
  }
  // Calls `before(frame)` at each multiple of kBlock, then processes, cut where `cut` says.
  template <class Cut, class Before>
  static Stereo Feed(S& stage, Stereo x, Cut cut, Before before) {
    const ScopedFlushDenormals flush;
    for (std::size_t at = 0; at < x.left.size();) {
      if (at % kBlock == 0) before(at);
      const std::size_t to_boundary = kBlock - at % kBlock;
      const std::size_t frames = std::min({cut(), to_boundary, x.left.size() - at});
      stage.Process({x.left.data() + at, x.right.data() + at, frames});
      at += frames;
    }
    return x;
  }
  static Stereo FeedBlocks(S& stage, Stereo x) {
    return Feed(
        stage, std::move(x), [] { return kBlock; }, [](std::size_t) {});
  }
};

TYPED_TEST_SUITE(StageContract, StagesOf<ProductChain>::Types, StageName);

TYPED_TEST(StageContract, OutputDoesNotDependOnHowTheStreamIsCut) {
  const auto run = [](auto cut) {
    auto stage = TestFixture::Prepared();
    std::minstd_rand parameters(5);
    return TestFixture::Feed(*stage, NoiseAt(0.9, kBlock * 200), cut, [&](std::size_t frame) {
      if (frame % (kBlock * 7) == 0)
        stage->SetTargets(TestFixture::Designed(TestFixture::Working(parameters)));
    });
  };
  const Stereo whole = run([] { return kBlock; });
  std::minstd_rand cuts(6);
  const Stereo pieces = run([&] { return 1 + cuts() % kBlock; });
  EXPECT_EQ(whole.left, pieces.left);
  EXPECT_EQ(whole.right, pieces.right);
  EXPECT_GT(test::PeakOf(whole.left), 0.01) << "of silence this says nothing";
}

TYPED_TEST(StageContract, TouchesNeitherHeapNorLock) {
  auto stage = TestFixture::Prepared();
  Stereo x = NoiseAt(2.0, kBlock * 50);
  std::minstd_rand generator(7);
  std::vector<TargetsOf<TypeParam>> targets;
  for (int i = 0; i < 50; ++i)
    targets.push_back(TestFixture::Designed(TestFixture::Random(generator)));
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
        if (frame % 4800 == 0)
          stage->SetTargets(TestFixture::Designed(TestFixture::Random(generator)));
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
  const auto targets = TestFixture::Designed(TestFixture::Working(generator));
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
      auto stage = TestFixture::Prepared();
      stage->SetTargets(
          TestFixture::Designed(TestFixture::With(TestFixture::Defaults(), row, value)));
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
      [&](std::size_t) {
        stage->SetTargets(TestFixture::Designed(TestFixture::Random(generator)));
      });
  for (const float v : y.left) ASSERT_TRUE(std::isfinite(v));
  for (const float v : y.right) ASSERT_TRUE(std::isfinite(v));
}

TYPED_TEST(StageContract, DeclaresItsLatency) {
  for (const double rate : {8000.0, 44100.0, 48000.0, 96000.0, 192000.0, 384000.0}) {
    for (const std::size_t block : {16, 64, 1024}) {
      auto stage = TestFixture::Prepared({.sample_rate_hz = rate, .block_frames = block});
      const std::size_t latency = stage->latency_frames();
      const std::size_t frames = (latency / block + 4) * block;
      Stereo x{.left = test::Impulse(frames, 3, 0.5F), .right = test::Impulse(frames, 3, 0.5F)};
      for (std::size_t at = 0; at < frames; at += block) {
        stage->Process({x.left.data() + at, x.right.data() + at, block});
      }
      const auto peak = std::max_element(
          x.left.begin(), x.left.end(), [](float a, float b) { return std::abs(a) < std::abs(b); });
      EXPECT_EQ(static_cast<std::size_t>(peak - x.left.begin()), latency + 3) << rate;
    }
  }
}

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

TYPED_TEST(StageContract, ChangesDoNotClick) {
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
    for (const auto& [from, to] : {std::pair{spec.min, spec.max}, std::pair{spec.max, spec.min}}) {
      auto stage = TestFixture::Prepared();
      stage->SetTargets(
          TestFixture::Designed(TestFixture::With(TestFixture::Defaults(), row, from)));
      stage->Reset();
      Stereo x{.left = tone, .right = tone};
      const auto half = static_cast<std::ptrdiff_t>(4800);
      Stereo first{.left = {tone.begin(), tone.begin() + half},
                   .right = {tone.begin(), tone.begin() + half}};
      Stereo second{.left = {tone.begin() + half, tone.end()},
                    .right = {tone.begin() + half, tone.end()}};
      first = TestFixture::FeedBlocks(*stage, first);
      stage->SetTargets(TestFixture::Designed(TestFixture::With(TestFixture::Defaults(), row, to)));
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
TYPED_TEST(StageContract, RandomChangesDoNotClick) {
  constexpr int kChanges = 500;
  constexpr std::size_t kSpacing = kBlock * 75;  // 0.1 s
  constexpr std::size_t kSettle = kBlock * 60;
  std::minstd_rand generator(11);
  typename TestFixture::Designer designer(kSpec);
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
    const float value = ValueAt(
        spec, static_cast<double>(generator()) / static_cast<double>(std::minstd_rand::max()));
    params = TestFixture::Quiet(TestFixture::With(params, row, value));
    const std::size_t at = kBlock * (1 + generator() % 10);
    Stereo now = TestFixture::Feed(
        *stage, {tone, tone}, [] { return kBlock; },
        [&](std::size_t frame) {
          if (frame == at) stage->SetTargets(designer.Design(params));
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
