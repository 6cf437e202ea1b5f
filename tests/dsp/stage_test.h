#pragma once
// The stages of the chain as the suites over all of them see them: the product's own list, so that
// a new stage is under test the moment it is listed.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "dsp/denormals.h"
#include "dsp/param_law.h"
#include "dsp/product_chain.h"
#include "tests/support/signals.h"

namespace auralis {

// Stages as structural parameters lay them out otherwise than by default.
struct LinearPhaseEqualizer : Equalizer {
  static constexpr std::string_view kModule = "equalizer_linear_phase";

  static Params Linear(Params params) {
    params.phase = static_cast<float>(Phase::kLinear);
    return params;
  }
  class Designer : public Equalizer::Designer {
   public:
    using Equalizer::Designer::Designer;
    const Targets& Design(const Params& params) {
      return Equalizer::Designer::Design(Linear(params));
    }
  };
  void Prepare(const ProcessSpec& spec) {
    Equalizer::Prepare(spec, Linear(DefaultParams<Params>(kParams)));
  }
};

struct ClipperOn : Clipper {
  static constexpr std::string_view kModule = "clipper_on";

  void Prepare(const ProcessSpec& spec) {
    auto params = DefaultParams<Params>(kParams);
    params.enabled = 1.0F;
    Clipper::Prepare(spec, params);
  }
};

struct MultibandOn : Multiband {
  static constexpr std::string_view kModule = "multiband_on";
  static constexpr std::size_t kSpreadFrames = 4;

  void Prepare(const ProcessSpec& spec) {
    auto params = DefaultParams<Params>(kParams);
    params.enabled = 1.0F;
    params.bands = 5.0F;
    Multiband::Prepare(spec, params);
  }
};

struct ExciterOn : Exciter {
  static constexpr std::string_view kModule = "exciter_on";

  void Prepare(const ProcessSpec& spec) {
    auto params = DefaultParams<Params>(kParams);
    params.enabled = 1.0F;
    Exciter::Prepare(spec, params);
  }
};

// With a second of a room.
struct ConvolverOn : Convolver {
  static constexpr std::string_view kModule = "convolver_on";

  class Designer : public Convolver::Designer {
   public:
    explicit Designer(const ProcessSpec& spec) : Convolver::Designer(spec) {
      auto room = std::make_shared<ImpulseResponse>();
      const auto frames = static_cast<std::size_t>(0.3 * spec.sample_rate_hz);
      for (const std::size_t path :
           {PartitionedFilter::kLeftLeft, PartitionedFilter::kRightRight}) {
        room->paths[path] = test::Noise(0.02, frames, static_cast<std::uint32_t>(path));
        for (std::size_t i = 0; i < frames; ++i) {
          room->paths[path][i] *=
              std::exp(-static_cast<float>(i) / (0.05F * static_cast<float>(spec.sample_rate_hz)));
        }
        room->paths[path][0] = 1.0F;
      }
      SetResponse(std::move(room));
    }
  };
  void Prepare(const ProcessSpec& spec) {
    auto params = DefaultParams<Params>(kParams);
    params.enabled = 1.0F;
    Convolver::Prepare(spec, params);
  }
};

template <class C>
struct StagesOf;
template <class... S>
struct StagesOf<Chain<S...>> {
  using Types =
      ::testing::Types<S..., LinearPhaseEqualizer, ClipperOn, MultibandOn, ExciterOn, ConvolverOn>;
};
using StagesUnderTest = StagesOf<ProductChain>::Types;

struct StageName {
  template <class S>
  static std::string GetName(int) {
    return std::string(S::kModule);
  }
};

inline constexpr double kRate = 48000.0;
inline constexpr std::size_t kBlock = 64;
inline constexpr ProcessSpec kSpec{.sample_rate_hz = kRate, .block_frames = kBlock};

struct Stereo {
  std::vector<float> left;
  std::vector<float> right;
};

inline Stereo NoiseAt(double amplitude, std::size_t frames) {
  return {.left = test::Noise(amplitude, frames, 31), .right = test::Noise(amplitude, frames, 32)};
}

template <class S>
class StageTest : public ::testing::Test {
 protected:
  using Params = typename S::Params;
  using Floats = std::array<float, S::kParams.size()>;

  // On the heap: some stages are larger than a test's stack should carry.
  static std::unique_ptr<S> Prepared(const ProcessSpec& spec = kSpec,
                                     const Params& params = Defaults()) {
    auto stage = std::make_unique<S>();
    PrepareStage(*stage, spec, params);
    return stage;
  }
  // What the control side makes of parameters; it lives as long as the test, for it may own what
  // targets point to.
  const TargetsOf<S>& Designed(const Params& params) { return designer_.Design(params); }
  static Params Defaults() { return DefaultParams<Params>(S::kParams); }
  static Floats FloatsOf(const Params& params) { return std::bit_cast<Floats>(params); }
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
      if (key == "gain" || key == "preamp") floats[i] = std::clamp(floats[i], -12.0F, 12.0F);
      // What dynamics do in their own time is no click.
      if (key == "attack" || key == "release") floats[i] = std::max(floats[i], 20.0F);
      if (key == "range") floats[i] = std::min(floats[i], 6.0F);
    }
    return std::bit_cast<Params>(floats);
  }
  // Every parameter somewhere else in its range; choices and toggles at one of their values. What
  // is structural stays: a prepared stage is never told otherwise.
  static Params Random(std::minstd_rand& generator) {
    Floats floats{};
    for (std::size_t i = 0; i < floats.size(); ++i) {
      const ParamSpec& spec = S::kParams[i].spec;
      const double at =
          static_cast<double>(generator()) / static_cast<double>(std::minstd_rand::max());
      floats[i] = spec.structural ? spec.def : ValueAt(spec, at);
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
  static Params SwitchedOn(Params params) {
    for (std::size_t i = 0; i < S::kParams.size(); ++i) {
      if (S::kParams[i].spec.key == "enabled" && !S::kParams[i].spec.structural) {
        params = With(params, i, 1.0F);
      }
    }
    return params;
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

 private:
  DesignerOf<S> designer_{kSpec};
};

}  // namespace auralis
