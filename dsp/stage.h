#pragma once
// The contract of every stage in the chain. tests/dsp/stage_contract_test.cc holds each one to it.

#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>

#include "dsp/param.h"

namespace auralis {

// Fixed for the life of a stream; a stage is prepared again when it changes.
struct ProcessSpec {
  double sample_rate_hz;     // 8000 to 384000
  std::size_t block_frames;  // a power of two, 16 to 1024: the length of every StereoView
};

// Two planar channels, processed in place. `frames` is at most ProcessSpec::block_frames.
struct StereoView {
  float* left;
  float* right;
  std::size_t frames;
};

// Three verbs, always the same ones: Prepare (may allocate, may throw), Reset (forgets the signal,
// keeps the settings, ends every ramp), Process (neither). State over time counts frames, never
// calls: what comes out must not depend on how the stream is cut into views.
template <class S>
concept Stage = std::is_trivially_copyable_v<typename S::Params> &&
    std::is_standard_layout_v<typename S::Params> &&
    requires(S stage, const S const_stage, const ProcessSpec& spec,
             const typename S::Params& params, StereoView io) {
  { S::kModule } -> std::convertible_to<std::string_view>;
  { S::kParams[0] } -> std::convertible_to<ParamRow>;
  stage.Prepare(spec);  // [control] values at their defaults, settled
  { stage.Reset() }
  noexcept;  // [rt]
  { stage.SetTargets(params) }
  noexcept;  // [rt] values in range; ramps toward them
  { stage.Process(io) }
  noexcept;  // [rt]
  // [any] after Prepare: how many frames later the input comes out. Constant until Prepare.
  { const_stage.latency_frames() }
  noexcept->std::same_as<std::size_t>;
};

// The values of a table at their defaults.
template <class P, std::size_t N>
constexpr P DefaultParams(const std::array<ParamRow, N>& rows) {
  std::array<float, N> values{};
  for (std::size_t i = 0; i < N; ++i) values[i] = rows[i].spec.def;
  return std::bit_cast<P>(values);
}

}  // namespace auralis
