#pragma once
// The contract of every stage in the chain. tests/dsp/stage_contract_test.cc holds each one to it.

#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>

#include "dsp/param.h"
#include "dsp/shedding.h"

namespace auralis {

// Fixed for the life of a stream; a stage is prepared again when it changes.
struct ProcessSpec {
  double sample_rate_hz;     // 8000 to 384000
  std::size_t block_frames;  // a power of two, 16 to 1024: the length of the longest StereoView
};

// Two planar channels, processed in place. `frames` is at most ProcessSpec::block_frames.
struct StereoView {
  float* left;
  float* right;
  std::size_t frames;
};

// What crosses from the control side to the callback. Most stages take their parameters as they
// are. One that has to work them out first (design a filter, solve for gains) declares
//   struct Targets;   // trivially copyable
//   class Designer {
//     explicit Designer(const ProcessSpec& spec);     // [control]
//     const Targets& Design(const Params& params);    // [control] may take its time, may remember
//   };
// so that nothing of that work is done in the callback.
template <class P>
class AsTheyAre {
 public:
  explicit AsTheyAre(const ProcessSpec&) {}
  const P& Design(const P& params) { return params; }
};

template <class S>
struct StageDesign {
  using Targets = typename S::Params;
  using Designer = AsTheyAre<typename S::Params>;
};
template <class S>
requires requires {
  typename S::Targets;
  typename S::Designer;
}
struct StageDesign<S> {
  using Targets = typename S::Targets;
  using Designer = typename S::Designer;
};
template <class S>
using TargetsOf = typename StageDesign<S>::Targets;
template <class S>
using DesignerOf = typename StageDesign<S>::Designer;

// A stage with structural parameters (ParamSpec) is prepared with them.
template <class S>
void PrepareStage(S& stage, const ProcessSpec& spec, const typename S::Params& params) {
  if constexpr (requires { stage.Prepare(spec, params); }) {
    stage.Prepare(spec, params);
  } else {
    stage.Prepare(spec);
  }
}

// A cut between two pieces of so many frames changes no bit, see Stage.
inline constexpr std::size_t kPieceFrames = 64;

// Three verbs, always the same ones: Prepare (may allocate, may throw), Reset (forgets the signal,
// keeps the settings, ends every ramp), Process (neither). State over time counts frames, never
// calls: what comes out must not depend on how the stream is cut into views. A stage that sums up
// groups of frames from the start of a view on rounds them otherwise in another cut; it declares
//   static constexpr double kCutError;  // of the output's peak
// and owes the same to so much alone. Cut between pieces (kPieceFrames) it is the same to the bit:
// what is played in blocks and rendered in long views does not differ.
template <class S>
concept Stage = std::is_trivially_copyable_v<typename S::Params> &&
    std::is_standard_layout_v<typename S::Params> && std::is_trivially_copyable_v<TargetsOf<S>> &&
    requires(S stage, const S const_stage, const ProcessSpec& spec, const TargetsOf<S>& targets,
             DesignerOf<S> designer, const typename S::Params& params, StereoView io) {
  { S::kModule } -> std::convertible_to<std::string_view>;
  { S::kParams[0] } -> std::convertible_to<ParamRow>;
  { designer.Design(params) } -> std::same_as<const TargetsOf<S>&>;  // [control]
  PrepareStage(stage, spec, params);  // [control] other values at their defaults, settled
  { stage.Reset() }
  noexcept;  // [rt]
  { stage.SetTargets(targets) }
  noexcept;  // [rt] values in range; ramps toward them
  { stage.Process(io) }
  noexcept;  // [rt]
  // [any] after Prepare: how many frames later the input comes out. Constant until Prepare.
  { const_stage.latency_frames() }
  noexcept->std::same_as<std::size_t>;
};

template <class S>
constexpr double CutError() {
  if constexpr (requires { S::kCutError; }) return S::kCutError;
  return 0.0;
}

// A stage that a callback short of time can do without: from `kShedAt` on, with the fade that its
// switch has, and back.
template <class S>
concept Sheddable = requires(S stage, bool shed) {
  { S::kShedAt } -> std::convertible_to<Shedding>;
  { stage.Shed(shed) }
  noexcept;  // [rt]
};

// The values of a table at their defaults.
template <class P, std::size_t N>
constexpr P DefaultParams(const std::array<ParamRow, N>& rows) {
  std::array<float, N> values{};
  for (std::size_t i = 0; i < N; ++i) values[i] = rows[i].spec.def;
  return std::bit_cast<P>(values);
}

}  // namespace auralis
