#include "dsp/zero_latency_convolver.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <memory>
#include <random>
#include <vector>

#include "tests/dsp/stages/running_stage.h"
#include "tests/support/measure.h"
#include "tests/support/rt_guard.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

using test::Stereo;
using Path = PartitionedFilter::Path;

// A convolver, and the handover that its filters come from.
struct Rig {
  Handover<ConvolverFilter> filters;
  ZeroLatencyConvolver convolver;

  Rig(const ImpulseResponse& response, std::size_t longest_frames) {
    convolver.Prepare(longest_frames);
    convolver.SetFilter(filters.Make(response));
    convolver.Reset();
  }
  void Feed(Stereo& x, std::size_t from, std::size_t to, std::size_t cut) {
    for (std::size_t at = from; at < to; at += cut) {
      const std::size_t frames = std::min(cut, to - at);
      convolver.Process({x.left.data() + at, x.right.data() + at, frames});
    }
  }
};

// Falls off as a room's does, so that all of it is heard and none drowns the rest.
std::vector<float> Room(std::size_t frames, std::uint32_t seed) {
  auto room = test::Noise(1.0, frames, seed);
  const double decay = 5.0 / static_cast<double>(frames);
  for (std::size_t i = 0; i < frames; ++i) {
    room[i] *= static_cast<float>(std::exp(-decay * static_cast<double>(i)));
  }
  return room;
}

ImpulseResponse TrueStereo(std::size_t frames) {
  ImpulseResponse response;
  for (std::size_t path = 0; path < PartitionedFilter::kPaths; ++path) {
    response.paths[path] = Room(frames, static_cast<std::uint32_t>(50 + path));
  }
  return response;
}

double Direct(const std::vector<float>& x, const std::vector<float>& h, std::size_t at) {
  double sum = 0.0;
  for (std::size_t k = 0; k <= std::min(at, h.size() - 1) && !h.empty(); ++k) {
    sum += static_cast<double>(h[k]) * static_cast<double>(x[at - k]);
  }
  return sum;
}

TEST(ZeroLatencyConvolver, IsTheDirectConvolutionAtEveryLengthAndCut) {
  double worst_db = -400.0;
  for (const std::size_t length : {1U, 63U, 64U, 65U, 4800U, 65536U, 480000U}) {
    const ImpulseResponse response = TrueStereo(length);
    const std::size_t frames = length + 5000;
    const Stereo x{test::Noise(0.5, frames, 1), test::Noise(0.5, frames, 2)};
    // Where partitions meet, and anywhere.
    std::vector<std::size_t> at = {0,    1,    63,   64,   65,    127,   128,   1023,  1024, 1025,
                                   1535, 1536, 8191, 8192, 16383, 16384, 16385, 24575, 24576};
    std::erase_if(at, [=](std::size_t i) { return i >= frames; });
    std::minstd_rand random(9);
    while (at.size() < 60) at.push_back(random() % frames);
    for (const std::size_t cut : {16U, 64U, 1024U, 37U}) {
      if (length > 65536 && cut != 64) continue;
      Stereo y = x;
      Rig(response, length).Feed(y, 0, frames, cut);
      double error = 0.0;
      double power = 0.0;
      for (const std::size_t i : at) {
        const double left = Direct(x.left, response.paths[Path::kLeftLeft], i) +
                            Direct(x.right, response.paths[Path::kRightLeft], i);
        const double right = Direct(x.left, response.paths[Path::kLeftRight], i) +
                             Direct(x.right, response.paths[Path::kRightRight], i);
        error += std::pow(left - static_cast<double>(y.left[i]), 2.0) +
                 std::pow(right - static_cast<double>(y.right[i]), 2.0);
        power += left * left + right * right;
      }
      const double db = 10.0 * std::log10(error / power + 1e-40);
      worst_db = std::max(worst_db, db);
      EXPECT_LT(db, -120.0) << length << " frames, cut " << cut;
    }
  }
  std::printf("error of the convolution: %.1f dB beside its output\n", worst_db);
}

TEST(ZeroLatencyConvolver, DoesNotDependOnTheCut) {
  const ImpulseResponse response = TrueStereo(20000);
  const Stereo x{test::Noise(0.5, 40000, 1), test::Noise(0.5, 40000, 2)};
  Stereo whole = x;
  Rig(response, 20000).Feed(whole, 0, 40000, 40000);
  for (const std::size_t cut : {1U, 13U, 64U, 333U}) {
    Stereo y = x;
    Rig(response, 20000).Feed(y, 0, 40000, cut);
    EXPECT_EQ(y.left, whole.left) << cut;
    EXPECT_EQ(y.right, whole.right) << cut;
  }
}

TEST(ZeroLatencyConvolver, AnImpulseArrivesInItsOwnFrame) {
  const ImpulseResponse response = TrueStereo(3000);
  Stereo x{test::Impulse(4096), test::Silence(4096)};
  Rig(response, 3000).Feed(x, 0, 4096, 64);
  EXPECT_EQ(x.left[0], response.paths[Path::kLeftLeft][0]);
  EXPECT_LT(test::LargestDifference(std::span(x.left).first(3000), response.paths[Path::kLeftLeft]),
            1e-6);
  EXPECT_LT(
      test::LargestDifference(std::span(x.right).first(3000), response.paths[Path::kLeftRight]),
      1e-6);
}

// Before the fade the old one, after it the new one as if it had always been there, with all of its
// tail; in between no step.
TEST(ZeroLatencyConvolver, SwapsWithoutAGapOrAClick) {
  constexpr std::size_t kFrames = 48000;
  constexpr std::size_t kSwap = 20000;
  ImpulseResponse first = TrueStereo(5000);
  ImpulseResponse second = TrueStereo(20000);
  for (auto& path : second.paths) {
    for (float& tap : path) tap = -0.7F * tap;
  }
  const Stereo x{test::Sine(150.0, 0.05, 48000.0, kFrames),
                 test::Sine(150.0, 0.05, 48000.0, kFrames)};
  Stereo only_first = x;
  Rig(first, 20000).Feed(only_first, 0, kFrames, 64);
  Stereo only_second = x;
  Rig(second, 20000).Feed(only_second, 0, kFrames, 64);
  Stereo y = x;
  Rig rig(first, 20000);
  rig.Feed(y, 0, kSwap, 64);
  rig.convolver.SetFilter(rig.filters.Make(second));
  rig.Feed(y, kSwap, kFrames, 64);
  // Taken up at the next of the longest blocks, faded in from the one after that.
  constexpr std::size_t kBlock = ConvolverCut::kLongestFrames;
  const std::size_t begins = (kSwap + kBlock - 1) / kBlock * kBlock + kBlock;
  const std::size_t ends = begins + 2048;
  for (std::size_t i = 0; i < begins; ++i) ASSERT_EQ(y.left[i], only_first.left[i]) << i;
  EXPECT_LT(test::LargestDifference(std::span(y.left).subspan(ends),
                                    std::span(only_second.left).subspan(ends)),
            1e-5);
  const auto steepest = [](const std::vector<float>& z, std::size_t from, std::size_t to) {
    float step = 0.0F;
    for (std::size_t i = from + 1; i < to; ++i) step = std::max(step, std::abs(z[i] - z[i - 1]));
    return step;
  };
  EXPECT_LT(steepest(y.left, begins - 1000, ends + 1000),
            1.2F * std::max(steepest(only_first.left, begins, ends),
                            steepest(only_second.left, begins, ends)));
}

TEST(ZeroLatencyConvolver, FreesWhatItHasLeft) {
  Rig rig(TrueStereo(100), 5000);
  Stereo x{test::Noise(0.5, 64, 1), test::Noise(0.5, 64, 2)};
  for (int i = 0; i < 4000; ++i) {
    if (i % 23 == 0) rig.convolver.SetFilter(rig.filters.Make(TrueStereo(100)));
    rig.Feed(x, 0, 64, 64);
    for (float& sample : x.left) sample = 0.1F;
    for (float& sample : x.right) sample = 0.1F;
  }
  // Of 174 those that came while one was worked out and faded in are gone with it.
  EXPECT_LT(rig.filters.kept(), 20U);
}

TEST(ZeroLatencyConvolver, TouchesNeitherHeapNorLock) {
  Rig rig(TrueStereo(70000), 70000);
  const auto* const other = rig.filters.Make(TrueStereo(9000));
  Stereo x{test::Noise(0.5, 9600, 1), test::Noise(0.5, 9600, 2)};
  const test::RtGuard guard;
  rig.Feed(x, 0, 4800, 64);
  rig.convolver.SetFilter(other);
  rig.Feed(x, 4800, 9600, 64);
}

}  // namespace
}  // namespace auralis
