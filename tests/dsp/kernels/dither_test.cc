#include "dsp/kernels/dither.h"

#include <gtest/gtest.h>
#include <hwy/highway.h>
#include <hwy/tests/hwy_gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "tests/support/signals.h"

namespace auralis {
namespace {

class DitherKernelsTest : public hwy::TestWithParamTarget {};
HWY_TARGET_INSTANTIATE_TEST_SUITE_P(DitherKernelsTest);

constexpr float kSteps16 = 32768.0F;
constexpr float kSteps24 = 8388608.0F;

std::vector<std::int32_t> Rounded(const std::vector<float>& samples, std::size_t channels,
                                  float steps, std::size_t cut_frames) {
  const DitherKernels kernels = ResolveDitherKernels();
  DitherState state;
  std::vector<std::int32_t> rounded(samples.size());
  const std::size_t cut = cut_frames * channels;
  for (std::size_t at = 0; at < samples.size(); at += cut) {
    const std::size_t count = std::min(cut, samples.size() - at);
    kernels.round(samples.data() + at, count, channels, steps, state, rounded.data() + at);
  }
  return rounded;
}

struct Error {
  double mean = 0.0;
  double square = 0.0;
  double beside = 0.0;  // its product with that of the sample before, and of the frame before
  double before = 0.0;
};

Error ErrorOf(const std::vector<float>& samples, float steps) {
  const auto rounded = Rounded(samples, 2, steps, 64);
  Error error;
  const auto n = static_cast<double>(samples.size() - 2);
  const auto at = [&](std::size_t i) {
    return rounded[i] - static_cast<double>(samples[i]) * static_cast<double>(steps);
  };
  for (std::size_t i = 2; i < samples.size(); ++i) {
    error.mean += at(i) / n;
    error.square += at(i) * at(i) / n;
    error.beside += at(i) * at(i - 1) / n;
    error.before += at(i) * at(i - 2) / n;
  }
  return error;
}

// Rounding's 1/12 and a triangle's 1/6 of a step squared, wherever between two steps it lies, and
// nothing of one sample's error in another's.
TEST_P(DitherKernelsTest, ErrorIsIndependentOfTheSound) {
  for (const double beyond : {0.0001234, 0.25, 0.4999}) {
    const auto sample = static_cast<float>((1000.0 + beyond) / static_cast<double>(kSteps16));
    const Error error = ErrorOf(std::vector<float>(400000, sample), kSteps16);
    EXPECT_NEAR(error.mean, 0.0, 0.004) << beyond;
    EXPECT_NEAR(error.square, 0.25, 0.003) << beyond;
    EXPECT_NEAR(error.beside, 0.0, 0.003) << beyond;
    EXPECT_NEAR(error.before, 0.0, 0.003) << beyond;
  }
}

// A float of half scale and more has one digit, or none, beyond the 24.
TEST_P(DitherKernelsTest, LoudSamplesOf24BitsGetTheSameNoise) {
  for (const double steps : {4194304.5, 2097152.25, 1.5}) {
    const auto sample = static_cast<float>(steps / static_cast<double>(kSteps24));
    const Error error = ErrorOf(std::vector<float>(400000, sample), kSteps24);
    EXPECT_NEAR(error.mean, 0.0, 0.004) << steps;
    EXPECT_NEAR(error.square, 0.25, 0.003) << steps;
  }
}

TEST_P(DitherKernelsTest, DoesNotDependOnTheCut) {
  for (const std::size_t channels : {1U, 2U}) {
    auto samples = test::Noise(0.4, 3000 * channels, 11);
    for (std::size_t i = 500 * channels; i < 2200 * channels; ++i) samples[i] = 0.0F;
    const auto whole = Rounded(samples, channels, kSteps16, 3000);
    for (const std::size_t cut : {1U, 7U, 64U, 1000U}) {
      EXPECT_EQ(Rounded(samples, channels, kSteps16, cut), whole) << cut;
    }
  }
}

// Each channel by itself: nothing is added to what lies on the steps from the start, and what is
// added later ends kDitherRestFrames after the last sample that does not.
TEST_P(DitherKernelsTest, LeavesAloneWhatLiesOnTheSteps) {
  constexpr std::size_t kFrames = 4000;
  constexpr std::size_t kOff = 1500;  // where the left channel is between two steps, once
  std::vector<float> samples(2 * kFrames);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i] = static_cast<float>(i % 777) / kSteps16;
  }
  samples[2 * kOff] += 0.5F / kSteps16;
  const auto rounded = Rounded(samples, 2, kSteps16, 13);
  std::size_t changed = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const bool noise = i % 2 == 0 && i / 2 >= kOff && i / 2 < kOff + kDitherRestFrames;
    if (noise) {
      changed += rounded[i] != static_cast<std::int32_t>(i % 777) ? 1 : 0;
    } else {
      ASSERT_EQ(rounded[i], static_cast<std::int32_t>(i % 777)) << i;
    }
  }
  EXPECT_NEAR(static_cast<double>(changed), 0.25 * kDitherRestFrames, 60.0);
}

TEST_P(DitherKernelsTest, StaysWithinTheFormat) {
  for (const float steps : {kSteps16, kSteps24}) {
    const auto end = static_cast<std::int32_t>(steps);
    std::vector<float> samples;
    for (int i = 0; i < 1000; ++i) {
      for (const float sample : {1.00001F, -1.00001F, 1e9F, -1e9F, 0.999999F, -0.999999F}) {
        samples.push_back(sample);
      }
    }
    for (const std::int32_t one : Rounded(samples, 2, steps, 64)) {
      EXPECT_LE(one, end - 1);
      EXPECT_GE(one, -end);
      EXPECT_GT(std::abs(static_cast<double>(one)), 0.99 * static_cast<double>(end));
    }
  }
}

}  // namespace
}  // namespace auralis
