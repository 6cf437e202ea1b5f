#pragma once
// A compressor whose values stand still, from its input to its gain.

#include <array>
#include <cstddef>

#include "dsp/kernels/dynamics.h"
#include "dsp/kernels/group_plan.h"
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

// What recursions are to be known of before they run, for pieces of as many groups.
struct CompressorGroups {
  SectionPlan sidechain;
  PolePlan mean_square;
  PolePlan slow;
  FollowerPlan follower;
};
struct CompressorPlan {
  CompressorValues values;
  CompressorGroups wide;    // as many groups as the kernel has lanes
  CompressorGroups narrow;  // 4
};

struct CompressorState {
  float mean_square;
  ReductionState reduction;
  float mean_reduction_db;
  float largest_reduction_db;                // raised, never lowered
  std::array<float, 2> last_sidechain = {};  // what the side chain's last frame came to
};

struct CompressorKernels {
  // Before gains(), once for as long as values and side chain stay as they are. `sidechain` has one
  // section at most, the same for both channels. [rt]
  void (*plan)(const SvCascade& sidechain, const CompressorValues& values, CompressorPlan& plan);
  // gains[i] is what frame i is to be multiplied with. `sidechain` works on the detector's input
  // alone. [rt]
  void (*gains)(SvCascade& sidechain, const CompressorPlan& plan, CompressorState& state,
                const float* left, const float* right, std::size_t frames, float* gains);
  // Both channels times `gains`. [rt]
  void (*apply)(const float* gains, std::size_t frames, float* left, float* right);
};

// For the CPU this runs on. Call it in Prepare(), keep the result. [control]
CompressorKernels ResolveCompressorKernels();

}  // namespace auralis
