#include "dsp/kernels/soft_clip.h"

#include <gtest/gtest.h>
#include <hwy/highway.h>
#include <hwy/tests/hwy_gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iostream>
#include <vector>

#include "tests/support/signals.h"

namespace auralis {
namespace {

constexpr std::size_t kFrames = 77;

class SoftClip : public hwy::TestWithParamTarget {};
HWY_TARGET_INSTANTIATE_TEST_SUITE_P(SoftClip);

double Change(double x, double threshold) {
  const double h = static_cast<double>(kClipKneeShare) * threshold;
  const double z = std::abs(x) - threshold;
  const double taken = z <= 0.0 ? 0.0 : z <= 2.0 * h ? z * z / (4.0 * h) : z - h;
  return x < 0.0 ? taken : -taken;
}

// By the midpoint rule on a thousand pieces: nothing of the closed form is in it.
double MeanChange(double from, double to, double threshold) {
  constexpr int kPieces = 1000;
  double sum = 0.0;
  for (int i = 0; i < kPieces; ++i) {
    sum += Change(from + (to - from) * (i + 0.5) / kPieces, threshold);
  }
  return sum / kPieces;
}

struct Instants {
  std::array<std::vector<float>, kClipInstants> planes;
  std::array<const float*, kClipInstants> pointers{};

  // Neighbours are `step` apart at most.
  Instants(double largest, double step) {
    const auto noise = test::Noise(step, kClipInstants * kFrames + 1, 17);
    for (std::size_t p = 0; p < kClipInstants; ++p) {
      planes[p].assign(kFrames + 1, 0.0F);
      pointers[p] = planes[p].data() + 1;
    }
    auto x = static_cast<float>(0.3 * largest);
    planes[kClipInstants - 1][0] = x;
    for (std::size_t i = 0; i < kFrames; ++i) {
      for (std::size_t p = 0; p < kClipInstants; ++p) {
        const float next = x + noise[i * kClipInstants + p];
        x = std::abs(next) <= static_cast<float>(largest) ? next : x;
        planes[p][i + 1] = x;
      }
    }
  }
  float Before(std::size_t p, std::size_t i) const {
    return p > 0 ? planes[p - 1][i + 1] : planes[kClipInstants - 1][i];
  }
};

TEST_P(SoftClip, ChangesAreTheMeanOfTheCurve) {
  const SoftClipKernels kernels = ResolveSoftClipKernels();
  double worst = 0.0;
  for (const double step : {3.0, 0.3, 1e-2, 1e-4, 1e-6, 1e-8}) {
    for (const float threshold : {0.9F, 0.5F, 0.063F}) {
      const Instants instants(2.0, step);
      const std::vector<float> thresholds(kFrames, threshold);
      std::array<std::vector<float>, kClipInstants> changes;
      std::array<float*, kClipInstants> pointers{};
      for (std::size_t p = 0; p < kClipInstants; ++p) {
        changes[p].assign(kFrames, 0.0F);
        pointers[p] = changes[p].data();
      }
      bool any = false;
      const bool told = kernels.mean_changes(instants.pointers.data(), thresholds.data(), kFrames,
                                             pointers.data());
      for (std::size_t p = 0; p < kClipInstants; ++p) {
        for (std::size_t i = 0; i < kFrames; ++i) {
          const double expected = MeanChange(static_cast<double>(instants.Before(p, i)),
                                             static_cast<double>(instants.pointers[p][i]),
                                             static_cast<double>(threshold));
          any = any || changes[p][i] != 0.0F;
          worst = std::max(worst, std::abs(static_cast<double>(changes[p][i]) - expected));
        }
      }
      EXPECT_EQ(told, any);
    }
  }
  std::cout << "mean of the clipper's curve: within " << worst << '\n';
  EXPECT_LT(worst, 3e-6);
}

TEST_P(SoftClip, BelowTheThresholdNothingChanges) {
  const SoftClipKernels kernels = ResolveSoftClipKernels();
  const Instants instants(0.5, 0.4);
  const std::vector<float> thresholds(kFrames, 0.5F);
  std::vector<float> change(kFrames, 1.0F);
  std::array<float*, kClipInstants> pointers{};
  pointers.fill(change.data());
  EXPECT_FALSE(
      kernels.mean_changes(instants.pointers.data(), thresholds.data(), kFrames, pointers.data()));
  EXPECT_TRUE(std::all_of(change.begin(), change.end(), [](float x) { return x == 0.0F; }));
}

}  // namespace
}  // namespace auralis
