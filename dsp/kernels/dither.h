#pragma once
// Rounds to whole steps with triangular dither of two steps' width, which makes the error's mean
// and power independent of the music (S. P. Lipshitz, R. A. Wannamaker, J. Vanderkooy, Quantization
// and Dither, JAES 40, 1992). Noise is a hash of the sample's number, so that it is the same at
// every start, for every instruction set and every cut.

#include <array>
#include <cstddef>
#include <cstdint>

namespace auralis {

// So many frames in a row that lie on the steps end a channel's noise, until one does not.
inline constexpr std::uint32_t kDitherRestFrames = 1024;

struct DitherState {
  std::uint32_t samples = 0;  // since the start, of all channels; begins anew after 2^32
  std::array<std::uint32_t, 2> exact_frames = {kDitherRestFrames, kDitherRestFrames};
};

struct DitherKernels {
  // rounded[i] = samples[i] in steps of 1 / steps, -steps to steps - 1. `samples` are interleaved,
  // whole frames of one or two channels; `steps` is a power of two up to 2^23. [rt]
  void (*round)(const float* samples, std::size_t count, std::size_t channels, float steps,
                DitherState& state, std::int32_t* rounded);
};

// For the CPU this runs on. [control]
DitherKernels ResolveDitherKernels();

}  // namespace auralis
