#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "dsp/analysis/analysis_frame.h"
#include "dsp/product_chain.h"

namespace auralis {

// What the chain did to these frames.
struct ChainGains {
  ProductChain::Reductions reductions_db{};
  float leveler_gain = 1.0F;
};

// Everything measured about the chain's input and output. Same purity as the stages: no thread, no
// clock, no file. Push() allocates nothing.
class Analyzer {
 public:
  Analyzer();
  ~Analyzer();
  // [control] Allocates, and forgets what it heard.
  void Prepare(double sample_rate_hz);
  // [analysis] `frames` of input and output, left and right. `position_frames` is the stream
  // position of the first of them; a gap since the last call is taken as lost, not as silence.
  void Push(std::uint64_t position_frames, const float* const input[2],
            const float* const output[2], std::size_t frames, const ChainGains& gains);
  // [analysis] The readings now; starts new "since the last frame" maxima.
  AnalysisFrame Take();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace auralis
