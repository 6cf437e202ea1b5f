// Every stage, every one of its parameters at both ends, first call, views of odd lengths, reset.

#include <memory>
#include <vector>

#include "tests/dsp/stage_test.h"
#include "tests/rt/rt_proof.h"

namespace auralis {
namespace {

template <class S>
class StageRealTime : public StageTest<S> {};
TYPED_TEST_SUITE(StageRealTime, StagesUnderTest, StageName);

// A stage as the chain prepares it, what it is told one after the other, and a signal.
template <class S>
struct Part {
  explicit Part(const ProcessSpec& spec)
      : designer(spec), stage(std::make_unique<S>()), block(spec.block_frames) {
    PrepareStage(*stage, spec, DefaultParams<typename S::Params>(S::kParams));
    for (auto* x : {&left, &right}) *x = test::Noise(2.0, spec.block_frames, 3);
  }

  void Aim(const typename S::Params& params) { targets.push_back(designer.Design(params)); }

  void Play() noexcept {
    const ScopedFlushDenormals flush;
    for (const TargetsOf<S>& one : targets) {
      stage->SetTargets(one);
      // In pieces, the last of which ends the block.
      for (std::size_t at = 0, frames = 1; at < block; at += frames, frames = 3 * frames) {
        frames = std::min(frames, block - at);
        stage->Process({left.data() + at, right.data() + at, frames});
      }
    }
    if constexpr (Sheddable<S>) {
      for (const bool shed : {true, false}) {
        stage->Shed(shed);
        for (int i = 0; i < 30; ++i) stage->Process({left.data(), right.data(), block});
      }
    }
    stage->Reset();
    stage->Process({left.data(), right.data(), block});
  }

  DesignerOf<S> designer;
  std::unique_ptr<S> stage;
  std::size_t block;
  std::vector<TargetsOf<S>> targets;
  std::vector<float> left;
  std::vector<float> right;
};

TYPED_TEST(StageRealTime, NeverAllocatesLocksCallsTheSystemOrFaults) {
  const auto prepare = [] {
    auto parts = std::make_shared<std::vector<std::unique_ptr<Part<TypeParam>>>>();
    std::minstd_rand generator(21);
    const auto add = [&](double rate, std::size_t block) -> Part<TypeParam>& {
      parts->push_back(std::make_unique<Part<TypeParam>>(
          ProcessSpec{.sample_rate_hz = rate, .block_frames = block}));
      return *parts->back();
    };
    Part<TypeParam>& usual = add(kRate, kBlock);
    const auto defaults = TestFixture::Defaults();
    for (std::size_t row = 0; row < TypeParam::kParams.size(); ++row) {
      const ParamSpec& spec = TypeParam::kParams[row].spec;
      if (spec.structural) continue;  // another path: tests/rt/engine_rt_test.cc
      usual.Aim(TestFixture::With(defaults, row, spec.min));
      usual.Aim(TestFixture::With(defaults, row, spec.max));
    }
    for (const double rate : {8000.0, 44100.0, 384000.0}) {
      for (const std::size_t block : {16, 1024}) {
        Part<TypeParam>& other = add(rate, block);
        for (int i = 0; i < 5; ++i) other.Aim(TestFixture::Random(generator));
      }
    }
    return test::RtScene{[parts] {
      for (const auto& part : *parts) part->Play();
    }};
  };
  const test::RtVerdict verdict = test::ProveRealTime(prepare);
  EXPECT_EQ(verdict.offence, "") << verdict.where;
}

}  // namespace
}  // namespace auralis
