#pragma once
// What the callback hands to the analysis thread: the chain's input and output, block by block.

#include <array>
#include <cstddef>
#include <cstdint>

#include "dsp/product_chain.h"

namespace auralis {

inline constexpr std::size_t kTapFrames = 64;  // longer blocks are handed over in pieces

struct TapBlock {
  std::uint64_t position_frames;  // of the first frame, counted from the stream's start
  std::uint32_t frames;           // 1 to kTapFrames
  ProductChain::Reductions gain_reductions_db;
  float leveler_gain;
  std::array<std::array<float, kTapFrames>, 2> input;  // left, right
  std::array<std::array<float, kTapFrames>, 2>
      output;  // aligned in time of arrival, not in content
};

}  // namespace auralis
