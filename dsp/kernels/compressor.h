#pragma once
// A compressor whose values stand still, from its input to its gain.

#include <array>
#include <cstddef>

#include "dsp/kernels/dynamics.h"
#include "dsp/kernels/sv_cascade.h"

namespace auralis {

struct CompressorValues {
  float peak_share;  // of the detector's amplitude; the rest is RMS
  float rms_pole;    // feedback of the mean square
  float threshold_db;
  float slope;  // 1 - 1 / ratio
  float knee_db;
  float attack_pole;  // feedback; 0 follows at once
  float release_pole;
  float slow_pole;   // of a second release
  float slow_share;  // how far that one counts
  float mean_pole;   // of the reduction that is made up for
  float auto_makeup;
  float makeup_gain;
  float share;  // of the compressed signal beside the dry one
};

struct CompressorState {
  float mean_square;
  ReductionState reduction;
  float mean_reduction_db;
  float largest_reduction_db;                // raised, never lowered
  std::array<float, 2> last_sidechain = {};  // what the side chain's last frame came to
};

struct CompressorKernels {
  // gains[i] is what frame i is to be multiplied with. `sidechain` has one section at most, and
  // works on the detector's input alone. [rt]
  void (*gains)(SvCascade& sidechain, const CompressorValues& values, CompressorState& state,
                const float* left, const float* right, std::size_t frames, float* gains);
};

// For the CPU this runs on. Call it in Prepare(), keep the result. [control]
CompressorKernels ResolveCompressorKernels();

}  // namespace auralis
