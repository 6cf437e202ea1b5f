#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>

#include "config/param_registry.h"
#include "daemon/engine.h"
#include "daemon/following.h"
#include "dsp/analysis/analyzer.h"

namespace auralis::render {

// What the chain is to do, the same for every file of a run.
struct ChainSetup {
  ParamRegistry registry;
  std::filesystem::path response = {};  // for `convolver`, absolute; "" for none
  std::size_t block_frames = 64;
};

// The daemon's engine, adaptation and leveler on one thread, a step at a time: what
// `auralisd --device virtual --play` plays, bit for bit (in_step.h says where readings are taken).
// Where neither adaptation nor leveler listens, and nobody else, no readings are taken and blocks
// go through together.
class ChainOnFile {
 public:
  using Hear = std::function<void(const AnalysisFrame&)>;

  // `hear` is told every reading. Throws FileError where the response cannot be loaded.
  ChainOnFile(const ChainSetup& setup, double sample_rate_hz, Hear hear = {});

  std::size_t latency_frames() const noexcept { return engine_.latency_frames(); }
  std::size_t step_frames() const noexcept { return step_frames_; }
  // step_frames() of both. Input and output must not overlap.
  void Process(const float* const input[2], float* const output[2]);
  std::uint64_t non_finite_frames() const noexcept;

 private:
  ParamRegistry registry_;
  boost::asio::io_context loop_;  // of what learns in the background; here nothing does
  Levelling levelling_;
  Adapting adapting_;
  Following following_;
  Hear hear_;
  bool takes_readings_;  // they cost as much as the whole chain
  std::size_t step_frames_;
  Engine engine_;
  Analyzer analyzer_;
};

}  // namespace auralis::render
