// From each shipped preset to each other one, in the real daemon, while music plays. On the virtual
// device: what is recorded there is what the daemon made, whatever else the machine does.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <span>
#include <string>
#include <vector>

#include "tests/support/measure.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"
#include "tests/system/auralisd.h"
#include "tests/system/stream_check.h"

namespace auralis::test {
namespace {

using namespace std::chrono_literals;

const std::vector<std::string> kPresets = {"adaptive", "bright", "flat",  "gentle", "live",
                                           "night",    "punchy", "voice", "warm"};

// Each one after each other one, once: a way round through all ordered pairs (Hierholzer).
std::vector<std::string> AllPairs() {
  const std::size_t count = kPresets.size();
  std::vector<std::size_t> next(count, 1);  // how far on the next one is
  std::vector<std::size_t> stack = {0};
  std::vector<std::string> way;
  while (!stack.empty()) {
    const std::size_t at = stack.back();
    if (next[at] < count) {
      stack.push_back((at + next[at]++) % count);
    } else {
      way.push_back(kPresets[at]);
      stack.pop_back();
    }
  }
  return way;
}

class PresetSwitch : public testing::Test {
 protected:
  // What is heard of the piece, over and over, while every pair of presets is gone through. Begins
  // where the first preset has settled.
  StereoSignal GoThroughAllPairs(const StereoSignal& piece, double pause_s) {
    WriteSoundFile(folder_ / "piece.wav", piece);
    const std::vector<std::string> way = AllPairs();
    EXPECT_EQ(way.size(), kPresets.size() * (kPresets.size() - 1) + 1);
    const Environment environment = {{"HOME", folder_.path().string()},
                                     {"XDG_RUNTIME_DIR", folder_.path().string()},
                                     {"XDG_CONFIG_HOME", folder_.path().string()}};
    Auralisd daemon(environment, {"--device", "virtual", "--preset", way.front(), "--play",
                                  folder_ / "piece.wav", "--loop", "--speed", "16", "--record",
                                  folder_ / "heard.wav"});
    const auto frames = [&] { return daemon.Status().at("frames").get<std::uint64_t>(); };
    const auto play = [&](double seconds) {
      const std::uint64_t until = frames() + static_cast<std::uint64_t>(seconds * kRateHz);
      Await(
          "music", [&] { return frames() >= until; }, 60s);
    };
    play(3.0);
    const auto begin = static_cast<std::ptrdiff_t>(frames());
    for (std::size_t i = 1; i < way.size(); ++i) {
      switches_.push_back({frames() - static_cast<std::uint64_t>(begin), way[i]});
      EXPECT_EQ(daemon.Ctl({"preset", "load", way[i]}).exit_code, 0) << way[i];
      play(pause_s);
    }
    EXPECT_EQ(daemon.Ctl({"quit"}).exit_code, 0);
    EXPECT_EQ(daemon.process().WaitFor(20s), 0) << daemon.log();
    StereoSignal heard = ReadSoundFile(folder_ / "heard.wav");
    for (Signal* channel : {&heard.left, &heard.right}) {
      channel->erase(channel->begin(), channel->begin() + begin);
      channel->resize(channel->size() - 9600);  // it fades out at the end
    }
    return heard;
  }
  // The one that had been asked for last at that frame.
  std::string PresetAt(std::size_t frame) const {
    std::string name = "the first";
    for (const Switch& one : switches_) {
      if (one.after_frames <= frame) name = one.preset;
    }
    return name;
  }

  struct Switch {
    std::uint64_t after_frames;
    std::string preset;
  };
  std::vector<Switch> switches_;
  TempDir folder_;
};

// A step of the signal would stand out in its second difference, against that of a tone as loud as
// it is there: presets bring theirs to other levels.
TEST_F(PresetSwitch, NoneOfTheShippedPresetsClicks) {
  constexpr double kToneHz = 200.0;
  constexpr std::size_t kPeriod = 240;
  const StereoSignal heard = GoThroughAllPairs(TonePair(kToneHz, 0.1, 5.0), 0.3);
  const std::span<const float> left(heard.left);
  const double of_a_tone = std::pow(2.0 * M_PI * kToneHz / kRateHz, 2.0);
  double sharpest = 0.0;
  std::string where;
  for (std::size_t at = kPeriod; at + 2 * kPeriod <= left.size(); at += kPeriod) {
    const double peak = PeakOf(left.subspan(at - kPeriod, 3 * kPeriod));
    double bend = 0.0;
    for (std::size_t i = at; i < at + kPeriod; ++i) {
      bend = std::max(
          bend, std::abs(static_cast<double>(left[i + 2]) - 2.0 * static_cast<double>(left[i + 1]) +
                         static_cast<double>(left[i])));
    }
    if (bend / (peak * of_a_tone) > sharpest) where = PresetAt(at);
    sharpest = std::max(sharpest, bend / (peak * of_a_tone));
  }
  std::cout << "sharpest bend " << sharpest << " times the tone's own, " << where << ", over "
            << static_cast<double>(left.size()) / kRateHz << " s\n";
  // A step of a hundredth of it would be 14 times.
  EXPECT_LT(sharpest, 4.0);
}

// K-weighting of BS.1770-4 at 48 kHz, as its tables have it.
class KWeighting {
 public:
  double Next(double x) { return High(Shelf(x)); }

 private:
  struct State {
    double one = 0.0;
    double two = 0.0;
  };
  static double Filter(State& s, double x, const std::array<double, 3>& b,
                       const std::array<double, 2>& a) {
    const double w = x - a[0] * s.one - a[1] * s.two;
    const double y = b[0] * w + b[1] * s.one + b[2] * s.two;
    s.two = s.one;
    s.one = w;
    return y;
  }
  double Shelf(double x) {
    return Filter(shelf_, x, {1.53512485958697, -2.69169618940638, 1.19839281085285},
                  {-1.69065929318241, 0.73248077421585});
  }
  double High(double x) {
    return Filter(high_, x, {1.0, -2.0, 1.0}, {-1.99004745483398, 0.99007225036621});
  }
  State shelf_;
  State high_;
};

// Of both channels together, in LUFS, of each hundredth of a second.
std::vector<double> PowersOfHundredths(const StereoSignal& signal) {
  std::array<KWeighting, 2> weighting;
  std::vector<double> powers(signal.left.size() / 480);
  for (std::size_t i = 0; i < 480 * powers.size(); ++i) {
    const double left = weighting[0].Next(static_cast<double>(signal.left[i]));
    const double right = weighting[1].Next(static_cast<double>(signal.right[i]));
    powers[i / 480] += (left * left + right * right) / 480.0;
  }
  return powers;
}

// Of steady noise, so that what changes is the presets' doing: the loudness of 200 ms against that
// of the 200 ms before.
TEST_F(PresetSwitch, HasNoStepInLoudness) {
  const std::vector<double> powers =
      PowersOfHundredths(GoThroughAllPairs(NoisePair(0.1, 5.0), 0.7));
  constexpr std::size_t kWindow = 20;
  const auto lufs = [&](std::size_t at) {
    double sum = 0.0;
    for (std::size_t i = at; i < at + kWindow; ++i) sum += powers[i];
    return -0.691 + 10.0 * std::log10(sum / kWindow);
  };
  double largest_lu = 0.0;
  std::size_t where = 20;
  for (std::size_t at = where; at + 2 * kWindow < powers.size(); ++at) {
    const double step_lu = std::abs(lufs(at + kWindow) - lufs(at));
    if (step_lu > largest_lu) where = at;
    largest_lu = std::max(largest_lu, step_lu);
  }
  std::cout << "largest step " << largest_lu << " LU, from " << lufs(where) << " to "
            << lufs(where + kWindow) << " LUFS, " << PresetAt(480 * where) << '\n';
  // At a switch less than 1 LU. The leveler may come down to a preset's target by 0.8 LU within 200
  // ms, and the matched gain goes back by 0.3 LU meanwhile.
  EXPECT_LE(largest_lu, 1.3);
}

}  // namespace
}  // namespace auralis::test
