#include "dsp/stages/convolver.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "tests/support/measure.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

constexpr ProcessSpec kSpec{.sample_rate_hz = 48000.0, .block_frames = 64};

Convolver::Params On() {
  auto params = DefaultParams<Convolver::Params>(Convolver::kParams);
  params.enabled = 1.0F;
  params.normalize = 0.0F;
  return params;
}

std::shared_ptr<const ImpulseResponse> Echo(float direct, std::size_t late, float echo) {
  auto response = std::make_shared<ImpulseResponse>();
  std::vector<float> taps(late + 1, 0.0F);
  taps[0] = direct;
  taps[late] = echo;
  response->paths[PartitionedFilter::kLeftLeft] = taps;
  response->paths[PartitionedFilter::kRightRight] = taps;
  return response;
}

struct Rig {
  Convolver::Designer designer{kSpec};
  std::unique_ptr<Convolver> stage = std::make_unique<Convolver>();

  explicit Rig(const Convolver::Params& params,
               std::shared_ptr<const ImpulseResponse> response = nullptr) {
    designer.SetResponse(std::move(response));
    stage->Prepare(kSpec, params);
    stage->SetTargets(designer.Design(params));
    stage->Reset();
  }
  std::vector<float> Feed(std::vector<float> left) {
    auto right = left;
    for (std::size_t at = 0; at < left.size(); at += 64) {
      const std::size_t frames = std::min<std::size_t>(64, left.size() - at);
      stage->Process({left.data() + at, right.data() + at, frames});
    }
    return left;
  }
};

TEST(Convolver, WithoutAResponseItIsTheInputBitForBit) {
  const auto x = test::Noise(0.9, 9600, 3);
  auto params = On();
  params.mix = 0.3F;
  params.gain_db = -20.0F;
  EXPECT_EQ(Rig(params).Feed(x), x);
  params.enabled = 0.0F;
  EXPECT_EQ(Rig(params, Echo(0.5F, 100, 0.5F)).Feed(x), x);
}

TEST(Convolver, MixesAndAmplifiesWhatItConvolves) {
  auto params = On();
  params.gain_db = -6.0F;
  params.mix = 0.25F;
  const auto y = Rig(params, Echo(0.5F, 3000, -0.8F)).Feed(test::Impulse(4096));
  const double wet = 0.25 * std::pow(10.0, -6.0 / 20.0);
  EXPECT_NEAR(y[0], 0.75 + 0.5 * wet, 1e-6);
  EXPECT_NEAR(y[3000], -0.8 * wet, 1e-6);
}

// A flat gain, a first-order slope, and an echo: pink noise is as loud after them as before.
TEST(Convolver, NormalizedItLeavesPinkNoiseAsLoud) {
  auto params = On();
  params.normalize = 1.0F;
  std::vector<float> pink = test::Noise(0.3, 48000, 11);
  // P. Kellet's filter: within 0.05 dB of pink from 9.2 Hz to half the rate at 44.1 kHz.
  double b[6] = {};
  for (float& sample : pink) {
    const auto white = static_cast<double>(sample);
    b[0] = 0.99886 * b[0] + white * 0.0555179;
    b[1] = 0.99332 * b[1] + white * 0.0750759;
    b[2] = 0.96900 * b[2] + white * 0.1538520;
    b[3] = 0.86650 * b[3] + white * 0.3104856;
    b[4] = 0.55000 * b[4] + white * 0.5329522;
    b[5] = -0.7616 * b[5] - white * 0.0168980;
    sample = static_cast<float>(0.1 * (b[0] + b[1] + b[2] + b[3] + b[4] + b[5] + white * 0.5362));
  }
  auto slope = std::make_shared<ImpulseResponse>();
  for (const std::size_t path : {PartitionedFilter::kLeftLeft, PartitionedFilter::kRightRight}) {
    for (int i = 0; i < 200; ++i)
      slope->paths[path].push_back(3.0F * std::pow(0.9F, static_cast<float>(i)));
  }
  for (const auto& response : {Echo(0.1F, 10, 0.0F), Echo(20.0F, 700, 15.0F),
                               std::shared_ptr<const ImpulseResponse>(slope)}) {
    const auto y = Rig(params, response).Feed(pink);
    EXPECT_NEAR(test::Db(test::RmsOf(y) / test::RmsOf(pink)), 0.0, 0.7);
  }
}

TEST(Convolver, TakesTheLongestResponseAndNoMoreMemoryWhenOff) {
  const std::size_t longest = 480000;
  Rig rig(On(), Echo(0.0F, longest - 1, 1.0F));
  const auto y = rig.Feed(test::Impulse(longest + 64));
  EXPECT_NEAR(y[longest - 1], 1.0F, 1e-5F);
}

TEST(Convolver, AResponseThatIsTakenOutFadesToTheInput) {
  Rig rig(On(), Echo(0.25F, 500, 0.5F));
  rig.Feed(test::Noise(0.5, 9600, 4));
  rig.designer.SetResponse(nullptr);
  rig.stage->SetTargets(rig.designer.Design(On()));
  rig.Feed(test::Noise(0.5, 3 * ConvolverCut::kLongestFrames, 5));
  const auto x = test::Noise(0.5, 9600, 6);
  EXPECT_EQ(rig.Feed(x), x);
}

}  // namespace
}  // namespace auralis
