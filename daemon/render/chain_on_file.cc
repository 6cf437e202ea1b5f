#include "daemon/render/chain_on_file.h"

#include <utility>

#include "daemon/analysis_thread.h"
#include "daemon/impulse_response_file.h"
#include "daemon/in_step.h"

namespace auralis::render {
namespace {

constexpr std::size_t kLongestView = 1024;

// Between two readings something may change.
std::size_t ViewBlocks(std::size_t block_frames, bool takes_readings) {
  const bool long_views = !takes_readings && block_frames % kPieceFrames == 0;
  return long_views ? kLongestView / block_frames : 1;
}

}  // namespace

ChainOnFile::ChainOnFile(const ChainSetup& setup, double sample_rate_hz, Hear hear)
    : registry_(setup.registry),
      levelling_(sample_rate_hz, {}),
      adapting_(loop_, registry_, sample_rate_hz, {}, [] {}),
      following_(adapting_, levelling_, registry_.Targets()),
      hear_(std::move(hear)),
      takes_readings_(hear_ || following_.Listens()),
      step_frames_(takes_readings_ ? StepFrames(sample_rate_hz, setup.block_frames) : kLongestView),
      engine_({.sample_rate_hz = sample_rate_hz,
               .block_frames = setup.block_frames,
               .view_blocks = ViewBlocks(setup.block_frames, takes_readings_),
               .host_frames = step_frames_,
               .fade_in = false,
               .taps = takes_readings_},
              registry_.Targets(), following_.adaptation()) {
  if (!setup.response.empty()) {
    engine_.SetResponse(LoadImpulseResponse(setup.response, sample_rate_hz).response);
  }
  analyzer_.Prepare(sample_rate_hz);
}

void ChainOnFile::Process(const float* const input[2], float* const output[2]) {
  engine_.Process({.input = input, .output = output, .frames = step_frames_, .xruns = 0});
  if (!takes_readings_ || !DrainTaps(engine_.taps(), analyzer_)) return;  // the latter: idle
  const AnalysisFrame frame = analyzer_.Take();
  following_.Hear(engine_, frame);
  if (hear_) hear_(frame);
}

std::uint64_t ChainOnFile::non_finite_frames() const noexcept {
  return engine_.stats().non_finite_frames.load(std::memory_order_relaxed);
}

}  // namespace auralis::render
