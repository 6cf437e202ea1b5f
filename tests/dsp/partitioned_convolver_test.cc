#include "dsp/partitioned_convolver.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

#include "dsp/kernels/simd_target.h"
#include "tests/support/measure.h"
#include "tests/support/rt_guard.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

constexpr double kRate = 48000.0;
constexpr float kFadeMs = 20.0F;
constexpr PartitionLayout kLayout{.partition_frames = 64, .partitions = 5};

using Responses = std::array<std::vector<float>, PartitionedFilter::kPaths>;
using Filters = Handover<PartitionedFilter>;

Responses RandomResponses(unsigned seed, double amplitude = 0.05) {
  Responses responses;
  for (auto& response : responses) {
    response = test::Noise(amplitude, kLayout.length_frames(), ++seed);
  }
  return responses;
}

const Filters::Item* Make(Filters& filters, const Responses& r) {
  return filters.Make(PartitionedFilter(kLayout, {r[0], r[1], r[2], r[3]}));
}

// Sum of both inputs through their responses, `latency` frames late, in double.
std::vector<float> Expected(const std::vector<float>& left, const std::vector<float>& from_left,
                            const std::vector<float>& right, const std::vector<float>& from_right,
                            std::size_t latency) {
  std::vector<float> y(left.size());
  for (std::size_t n = latency; n < y.size(); ++n) {
    double sum = 0.0;
    for (std::size_t k = 0; k <= n - latency; ++k) {
      if (k < from_left.size()) {
        sum += static_cast<double>(from_left[k]) * static_cast<double>(left[n - latency - k]);
      }
      if (k < from_right.size()) {
        sum += static_cast<double>(from_right[k]) * static_cast<double>(right[n - latency - k]);
      }
    }
    y[n] = static_cast<float>(sum);
  }
  return y;
}

struct Stereo {
  std::vector<float> left;
  std::vector<float> right;
};

Stereo Feed(PartitionedConvolver& convolver, Stereo x, std::size_t cut) {
  for (std::size_t at = 0; at < x.left.size(); at += cut) {
    const std::size_t frames = std::min(cut, x.left.size() - at);
    convolver.Process({x.left.data() + at, x.right.data() + at, frames});
  }
  return x;
}

Stereo NoiseOf(std::size_t frames) {
  return {test::Noise(0.5, frames, 71), test::Noise(0.5, frames, 72)};
}

TEST(PartitionedConvolver, IsAConvolutionOnePartitionLate) {
  const Stereo x = NoiseOf(2000);
  const Responses r = RandomResponses(40);
  using Path = PartitionedFilter::Path;
  const auto left = Expected(x.left, r[Path::kLeftLeft], x.right, r[Path::kRightLeft], 64);
  const auto right = Expected(x.left, r[Path::kLeftRight], x.right, r[Path::kRightRight], 64);
  for (const std::string& target : SupportedSimdTargets()) {
    ASSERT_TRUE(ChooseSimdTarget(target));
    for (const std::size_t cut : {1U, 13U, 64U, 100U, 1024U}) {
      Filters filters;
      PartitionedConvolver convolver;
      convolver.Prepare(kLayout, kFadeMs, kRate, Make(filters, r));
      EXPECT_EQ(convolver.latency_frames(), 64U);
      const Stereo y = Feed(convolver, x, cut);
      EXPECT_LT(test::LargestDifference(y.left, left), 1e-6) << target << ' ' << cut;
      EXPECT_LT(test::LargestDifference(y.right, right), 1e-6) << target << ' ' << cut;
    }
    ChooseSimdTarget("auto");
  }
}

TEST(PartitionedConvolver, AnEmptyResponseLetsNothingThrough) {
  const Stereo x = NoiseOf(1000);
  Responses r = RandomResponses(50);
  r[PartitionedFilter::kRightLeft].clear();
  r[PartitionedFilter::kRightRight].clear();
  r[PartitionedFilter::kLeftRight].clear();
  Filters filters;
  PartitionedConvolver convolver;
  convolver.Prepare(kLayout, kFadeMs, kRate, Make(filters, r));
  const Stereo y = Feed(convolver, x, 64);
  EXPECT_LT(test::LargestDifference(y.left, Expected(x.left, r[0], {}, {}, 64)), 1e-6);
  EXPECT_EQ(y.right, std::vector<float>(1000));
}

TEST(PartitionedConvolver, ADelayIsBitExact) {
  const Stereo x = NoiseOf(1500);
  for (const std::size_t partitions : {0U, 1U, 4U}) {
    Filters filters;
    PartitionedConvolver convolver;
    convolver.Prepare(kLayout, kFadeMs, kRate,
                      filters.Make(PartitionedFilter::Delay(partitions, 1.0F)));
    const Stereo y = Feed(convolver, x, 37);
    const std::size_t late = 64 * (partitions + 1);
    EXPECT_TRUE(std::equal(x.left.begin(), x.left.end() - static_cast<std::ptrdiff_t>(late),
                           y.left.begin() + static_cast<std::ptrdiff_t>(late)));
    EXPECT_TRUE(std::equal(x.right.begin(), x.right.end() - static_cast<std::ptrdiff_t>(late),
                           y.right.begin() + static_cast<std::ptrdiff_t>(late)));
  }
}

// Each frame of the fade lies where its share says, between the two filters' own outputs on the
// whole history.
TEST(PartitionedConvolver, FadesFromOneFilterToTheNext) {
  const Stereo x = NoiseOf(6400);
  const Responses one = RandomResponses(60);
  const Responses other = RandomResponses(70);
  const auto before = Expected(x.left, one[0], x.right, one[1], 64);
  const auto after = Expected(x.left, other[0], x.right, other[1], 64);
  Filters filters;
  PartitionedConvolver convolver;
  convolver.Prepare(kLayout, kFadeMs, kRate, Make(filters, one));
  Stereo y = x;
  for (std::size_t at = 0; at < 6400; at += 64) {
    if (at == 3200) convolver.SetFilter(Make(filters, other));
    convolver.Process({y.left.data() + at, y.right.data() + at, 64});
  }
  constexpr std::size_t kStart = 3200 + 64;  // the partition recorded when the filter came
  constexpr std::size_t kFade = 15 * 64;     // 20 ms
  for (std::size_t i = 0; i < 6400; ++i) {
    const double u =
        std::clamp((static_cast<double>(i) - static_cast<double>(kStart)) / kFade, 0.0, 1.0);
    const double share = u * u * (3.0 - 2.0 * u);
    const double expected =
        (1.0 - share) * static_cast<double>(before[i]) + share * static_cast<double>(after[i]);
    ASSERT_NEAR(static_cast<double>(y.left[i]), expected, 1e-6) << i;
  }
}

TEST(PartitionedConvolver, TakesTheLastOfManyFilters) {
  const Stereo x = NoiseOf(6400);
  Filters filters;
  PartitionedConvolver convolver;
  convolver.Prepare(kLayout, kFadeMs, kRate, filters.Make(PartitionedFilter::Delay(0, 1.0F)));
  Responses last;
  Stereo y = x;
  for (std::size_t at = 0; at < 6400; at += 64) {
    if (at < 2560) {
      last = RandomResponses(static_cast<unsigned>(80 + at));
      convolver.SetFilter(Make(filters, last));
    }
    {
      const test::RtGuard guard;
      convolver.Process({y.left.data() + at, y.right.data() + at, 64});
    }
  }
  EXPECT_EQ(test::RtGuard::violations(), 0U);
  const auto expected = Expected(x.left, last[0], x.right, last[1], 64);
  double worst = 0.0;
  for (std::size_t i = 2560 + 64 + 2 * 15 * 64; i < 6400; ++i) {
    worst = std::max(worst, std::abs(static_cast<double>(y.left[i] - expected[i])));
  }
  EXPECT_LT(worst, 1e-6);
  filters.Make(PartitionedFilter::Delay(0, 1.0F));
  EXPECT_EQ(filters.kept(), 2U);  // that one and the one in use
}

TEST(Handover, KeepsWhatMayBeInUseAndFreesTheRest) {
  struct Counted {
    explicit Counted(int& alive) : alive_(alive) { ++alive_; }
    ~Counted() { --alive_; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    int& alive_;
  };
  int alive = 0;
  {
    Handover<Counted> handover;
    const auto* first = handover.Make(alive);
    first->Reach();
    const auto* second = handover.Make(alive);
    handover.Make(alive);
    EXPECT_EQ(alive, 3) << "the callback may still come to the second";
    second->Reach();
    const auto* fourth = handover.Make(alive);
    EXPECT_EQ(alive, 3) << "the first is left for good";
    fourth->Reach();
    handover.Make(alive);
    EXPECT_EQ(alive, 2) << "the third was left out";
  }
  EXPECT_EQ(alive, 0);
}

}  // namespace
}  // namespace auralis
