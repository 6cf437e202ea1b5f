#include "dsp/kernels/band_split.h"

#include <gtest/gtest.h>
#include <hwy/highway.h>
#include <hwy/tests/hwy_gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <memory>
#include <numbers>
#include <string_view>
#include <vector>

#include "dsp/aligned_floats.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

constexpr std::size_t kFrames = 3000;

class BandSplitTest : public hwy::TestWithParamTarget {};
HWY_TARGET_INSTANTIATE_TEST_SUITE_P(BandSplitTest);

// What each band passes: low-pass, high-pass or all-pass, and of which crossover.
std::vector<std::string_view> PathsOf(std::size_t bands) {
  switch (bands) {
    case 2:
      return {"L0", "H0"};
    case 3:
      return {"L1L0", "L1H0", "H1A0"};
    case 4:
      return {"L1A2L0", "L1A2H0", "H1A0L2", "H1A0H2"};
    case 5:
      return {"L2A3L1L0", "L2A3L1H0", "L2A3H1A0", "H2A0A1L3", "H2A0A1H3"};
    default:
      return {"L2A3A4L1L0", "L2A3A4L1H0", "L2A3A4H1A0", "H2A0A1L3A4", "H2A0A1H3L4", "H2A0A1H3H4"};
  }
}

// A state-variable filter in double, whose corner may be another one at each frame.
class Reference {
 public:
  double Next(char kind, double x, double g) {
    constexpr double kDamping = std::numbers::sqrt2;
    for (std::size_t section = 0; section < (kind == 'A' ? 1U : 2U); ++section) {
      auto& [s1, s2] = state_[section];
      const double band = (g * (x - s2) + s1) / (1.0 + g * (g + kDamping));
      const double low = s2 + g * band;
      s1 = 2.0 * band - s1;
      s2 = 2.0 * low - s2;
      x = kind == 'L' ? low : kind == 'H' ? x - kDamping * band - low : x - 2.0 * kDamping * band;
    }
    return x;
  }

 private:
  std::array<std::array<double, 2>, 2> state_{};
};

// From where a programme is cut; or up to 0.45 of the sample rate.
struct Corners {
  float lowest, ratio;
};
constexpr Corners kUsual{0.003F, 4.0F};
constexpr Corners kHigh{0.4F, 2.0F};

float CornerAt(std::size_t crossover, std::size_t frame, bool moves, Corners corners = kUsual) {
  const float at_rest = corners.lowest * std::pow(corners.ratio, static_cast<float>(crossover));
  return moves ? at_rest * (1.0F + 0.3F * std::sin(0.01F * static_cast<float>(frame))) : at_rest;
}

// Worst difference from the double reference, of all bands and both channels.
double WorstError(std::size_t bands, bool moves, Corners corners) {
  const BandSplitKernels kernels = ResolveBandSplitKernels();
  const auto split = std::make_unique<BandSplit>();
  split->LayOut(bands);
  const std::array<std::vector<float>, 2> x = {test::Noise(0.5, kFrames, 5),
                                               test::Noise(0.5, kFrames, 6)};
  const std::size_t slots = BandSplit::Slots(bands);
  AlignedFloats rows(kFrames * 2 * slots);
  for (std::size_t at = 0; at < kFrames;) {
    const std::size_t frames = moves ? 1 : std::min<std::size_t>(37, kFrames - at);
    for (std::size_t c = 0; c + 1 < bands; ++c)
      split->SetCorner(c, CornerAt(c, at, moves, corners));
    kernels.split(*split, x[0].data() + at, x[1].data() + at, frames, rows.data() + at * 2 * slots);
    at += frames;
  }
  double worst = 0.0;
  const auto paths = PathsOf(bands);
  for (std::size_t b = 0; b < bands; ++b) {
    for (std::size_t ch = 0; ch < 2; ++ch) {
      std::array<Reference, BandSplit::kMostBands> filters;
      for (std::size_t i = 0; i < kFrames; ++i) {
        auto y = static_cast<double>(x[ch][i]);
        for (std::size_t step = 0; 2 * step < paths[b].size(); ++step) {
          const auto c = static_cast<std::size_t>(paths[b][2 * step + 1] - '0');
          y = filters[step].Next(paths[b][2 * step], y,
                                 static_cast<double>(CornerAt(c, i, moves, corners)));
        }
        const float ours = rows[(i * slots + BandSplit::SlotOf(bands, b)) * 2 + ch];
        worst = std::max(worst, std::abs(y - static_cast<double>(ours)));
      }
    }
  }
  return worst;
}

TEST_P(BandSplitTest, EveryBandIsWhatItsPathThroughTheTreePasses) {
  double worst = 0.0;
  for (std::size_t bands = 2; bands <= BandSplit::kMostBands; ++bands) {
    for (const Corners& corners : {kUsual, kHigh}) {
      for (const bool moves : {false, true}) {
        worst = std::max(worst, WorstError(bands, moves, corners));
      }
    }
  }
  std::printf("bands: within %.2g of double\n", worst);
  EXPECT_LT(worst, 1e-5);
}

TEST_P(BandSplitTest, DoesNotDependOnTheCut) {
  const BandSplitKernels kernels = ResolveBandSplitKernels();
  const auto x = test::Noise(0.5, kFrames, 7);
  for (std::size_t bands = 2; bands <= BandSplit::kMostBands; ++bands) {
    const std::size_t row = 2 * BandSplit::Slots(bands);
    std::vector<AlignedFloats> results;
    for (const std::size_t cut : {kFrames, std::size_t{1}, std::size_t{7}, std::size_t{64}}) {
      const auto split = std::make_unique<BandSplit>();
      split->LayOut(bands);
      for (std::size_t c = 0; c + 1 < bands; ++c) split->SetCorner(c, CornerAt(c, 0, false));
      AlignedFloats& rows = results.emplace_back(kFrames * row);
      for (std::size_t at = 0; at < kFrames; at += cut) {
        kernels.split(*split, x.data() + at, x.data() + at, std::min(cut, kFrames - at),
                      rows.data() + at * row);
      }
      EXPECT_EQ(rows, results.front()) << bands << ' ' << cut;
    }
  }
}

}  // namespace
}  // namespace auralis
