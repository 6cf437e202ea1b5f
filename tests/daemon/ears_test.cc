// Whatever is set and whatever comes in: what goes out is a number, under the ceiling, and comes
// back to what it should be within a second after bad input ends.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "config/param_registry.h"
#include "config/preset.h"
#include "config/preset_library.h"
#include "daemon/engine.h"
#include "dsp/param_law.h"
#include "dsp/units.h"
#include "tests/support/measure.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

constexpr double kRate = 48000.0;
constexpr std::size_t kFrames = 1024;
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

// What no ear should hear unheld.
struct Input {
  const char* name;
  float (*at)(std::size_t i, float noise);
};
constexpr std::array<Input, 9> kInputs = {{
    {"noise", [](std::size_t, float x) { return x; }},
    {"+60 dBFS", [](std::size_t, float x) { return 1000.0F * x; }},
    {"+60 dBFS square", [](std::size_t i, float) { return i / 480 % 2 == 0 ? 1000.0F : -1000.0F; }},
    {"DC", [](std::size_t, float) { return 1.0F; }},
    {"+60 dBFS of DC", [](std::size_t, float) { return -1000.0F; }},
    {"NaN among noise", [](std::size_t i, float x) { return i % 7 == 0 ? kNan : x; }},
    {"infinite", [](std::size_t i, float) { return i % 2 == 0 ? kInfinity : -kInfinity; }},
    {"denormal", [](std::size_t i, float) { return i % 2 == 0 ? 1e-40F : -1e-41F; }},
    {"largest",
     [](std::size_t i, float) {
       return (i % 3 == 0 ? -1.0F : 1.0F) * std::numeric_limits<float>::max();
     }},
}};

struct Stereo {
  std::vector<float> left;
  std::vector<float> right;
};

Stereo Play(Engine& engine, const Stereo& x) {
  Stereo y{.left = std::vector<float>(x.left.size()), .right = std::vector<float>(x.left.size())};
  constexpr std::size_t kHost = 256;
  for (std::size_t at = 0; at < x.left.size(); at += kHost) {
    const float* const input[2] = {x.left.data() + at, x.right.data() + at};
    float* const output[2] = {y.left.data() + at, y.right.data() + at};
    engine.Process({.input = input,
                    .output = output,
                    .frames = std::min(kHost, x.left.size() - at),
                    .xruns = 0});
  }
  return y;
}

Stereo Make(const Input& input, std::size_t frames, std::uint32_t seed) {
  Stereo x{.left = test::Noise(1.0, frames, seed), .right = test::Noise(1.0, frames, seed + 1)};
  for (std::size_t i = 0; i < frames; ++i) {
    x.left[i] = input.at(i, x.left[i]);
    x.right[i] = input.at(i + 3, x.right[i]);
  }
  return x;
}

EngineOptions Options() {
  return {.sample_rate_hz = kRate, .block_frames = 64, .host_frames = 256, .fade_in = false};
}

// Anywhere in the ranges. `bypass` stays off: it hands the input through as it is, by its meaning.
SignalPath::Values Random(std::minstd_rand& chance) {
  ParamRegistry::Values values = SignalPath::kDefaults;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double at = static_cast<double>(chance()) / static_cast<double>(chance.max());
    values[i] = ValueAt(SignalPath::kParams[i].spec, at);
  }
  values[SignalPath::IndexOf("master", "bypass")] = 0.0F;
  return ParamRegistry::TargetsOf(values);
}

TEST(Ears, AThousandRandomPresetsInAStormStayFiniteAndUnderTheCeiling) {
  std::minstd_rand chance(3);
  SignalPath::Values values = Random(chance);
  Engine engine(Options(), values);
  const std::size_t ceiling = SignalPath::IndexOf("limiter", "ceiling");
  // Of a ramp and of two paths that fade into each other the higher one holds.
  std::array<float, 16> ceilings{};
  ceilings.fill(values[ceiling]);
  double closest_db = -400.0;
  for (std::size_t preset = 0; preset < 1000; ++preset) {
    values = Random(chance);
    engine.Publish(values);
    engine.Settle();
    ceilings[preset % ceilings.size()] = values[ceiling];
    const Input& input = kInputs[preset % kInputs.size()];
    const Stereo y = Play(engine, Make(input, kFrames, static_cast<std::uint32_t>(preset)));
    const float allowed = DbToGain(*std::max_element(ceilings.begin(), ceilings.end()));
    for (const auto* channel : {&y.left, &y.right}) {
      for (const float v : *channel) {
        ASSERT_TRUE(std::isfinite(v)) << input.name << ", preset " << preset;
      }
      const double over_db = test::Db(test::PeakOf(*channel) / static_cast<double>(allowed));
      closest_db = std::max(closest_db, over_db);
      ASSERT_LE(over_db, 0.01) << input.name << ", preset " << preset;
    }
  }
  std::printf("highest sample: %.4f dB against the ceiling\n", closest_db);
  EXPECT_GT(closest_db, -3.0) << "of silence this says nothing";
}

// The level of each tenth of a second, and where two differ.
double LargestDifferenceDb(const Stereo& a, const Stereo& b) {
  constexpr std::size_t kWindow = 4800;
  double largest = 0.0;
  for (std::size_t at = 0; at + kWindow <= a.left.size(); at += kWindow) {
    const auto level = [&](const std::vector<float>& x) {
      double sum = 0.0;
      for (std::size_t i = at; i < at + kWindow; ++i)
        sum += static_cast<double>(x[i]) * static_cast<double>(x[i]);
      return 10.0 * std::log10(sum / kWindow + 1e-20);
    };
    largest = std::max({largest, std::abs(level(a.left) - level(b.left)),
                        std::abs(level(a.right) - level(b.right))});
  }
  return largest;
}

std::vector<std::pair<std::string, SignalPath::Values>> ShippedPresets() {
  std::vector<std::pair<std::string, SignalPath::Values>> presets;
  for (const PresetFile& one : ListPresets()) {
    if (!one.shipped) continue;
    ParamRegistry registry;
    const auto error =
        registry.Apply(AssignmentsOf(LoadPreset(one.file)), ParamRegistry::Origin::kPreset);
    EXPECT_FALSE(error.has_value());
    presets.emplace_back(one.name, registry.Targets());
  }
  EXPECT_GE(presets.size(), 9U);
  return presets;
}

TEST(Ears, ASecondAfterBadInputItSoundsAsIfNothingHadBeen) {
  const Stereo music{.left = test::Noise(0.1, 96000, 51), .right = test::Noise(0.1, 96000, 52)};
  double worst_db = 0.0;
  for (const auto& [name, values] : ShippedPresets()) {
    Engine spared(Options(), values);
    Play(spared, {std::vector<float>(24000), std::vector<float>(24000)});
    Stereo expected = Play(spared, music);
    for (const Input& input : kInputs) {
      Engine engine(Options(), values);
      Play(engine, Make(input, 24000, 61));
      Stereo y = Play(engine, music);
      for (const float v : y.left) ASSERT_TRUE(std::isfinite(v)) << input.name;
      const auto later = [](const Stereo& x) {
        return Stereo{{x.left.begin() + 48000, x.left.end()},
                      {x.right.begin() + 48000, x.right.end()}};
      };
      const double db = LargestDifferenceDb(later(y), later(expected));
      worst_db = std::max(worst_db, db);
      // What is left is makeup that goes by the loudness of the last seconds, and the release of
      // `night`, which takes its time by design.
      EXPECT_LT(db, name == "night" ? 8.0 : 3.0) << name << " after " << input.name;
    }
  }
  std::printf("largest difference a second after bad input: %.3f dB\n", worst_db);
}

// A preset cannot jump in loudness: of the shipped ones any two are close, and on the way from one
// to the other nothing is louder than both.
TEST(Ears, BetweenShippedPresetsNothingIsLouderThanBoth) {
  const auto presets = ShippedPresets();
  const std::size_t frames = 24 * 4800;
  const Stereo music{.left = test::Noise(0.1, frames, 71), .right = test::Noise(0.1, frames, 72)};
  // Levels of 100 ms, A then B.
  const auto levels = [](const std::vector<float>& x, std::size_t from, std::size_t to) {
    std::vector<double> list;
    for (std::size_t at = from; at + 4800 <= to; at += 4800) {
      double sum = 0.0;
      for (std::size_t i = at; i < at + 4800; ++i)
        sum += static_cast<double>(x[i]) * static_cast<double>(x[i]);
      list.push_back(10.0 * std::log10(sum / 4800.0 + 1e-20));
    }
    return list;
  };
  double largest_step = 0.0;
  double largest_overshoot = 0.0;
  for (std::size_t a = 0; a < presets.size(); ++a) {
    const std::size_t b = (a + 1) % presets.size();
    Engine engine(Options(), presets[a].second);
    Stereo x{{music.left.begin(), music.left.begin() + 48000},
             {music.right.begin(), music.right.begin() + 48000}};
    const auto before = levels(Play(engine, x).left, 24000, 48000);
    engine.Publish(presets[b].second);
    x = {{music.left.begin() + 48000, music.left.end()},
         {music.right.begin() + 48000, music.right.end()}};
    const auto y = Play(engine, x).left;
    const auto way = levels(y, 0, 24000);
    const auto after = levels(y, 40000, y.size());
    const double from = *std::max_element(before.begin(), before.end());
    const double to = *std::max_element(after.begin(), after.end());
    const double highest = *std::max_element(way.begin(), way.end());
    largest_step = std::max(largest_step, std::abs(to - from));
    largest_overshoot = std::max(largest_overshoot, highest - std::max(from, to));
  }
  std::printf("between shipped presets: %.2f dB at most, on the way %.2f dB over both\n",
              largest_step, largest_overshoot);
  EXPECT_LT(largest_overshoot, 0.5);
}

}  // namespace
}  // namespace auralis
