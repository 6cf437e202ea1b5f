#pragma once
// What the limiter computes for each frame. Reductions are shares of the signal: 0 lets pass, 1
// takes all.

#include <cstddef>

#include "dsp/moving_sum.h"

namespace auralis {

// Reductions as whole numbers: 2^30 is all of the signal.
inline constexpr float kWholeReduction = 1073741824.0F;

struct LimiterRelease {
  float pole;  // feedback of the release
  float slow_pole;
  float released = 0.0F;
  float slow = 0.0F;
};

struct LimiterAverages {
  MovingSum first;
  MovingSum second;
  double scale;  // of the second sum: 1 / (both lengths kWholeReduction)
};

struct LimiterKernels {
  // reduction[i] = what brings peaks[i] down to ceilings[i], at least 0. Returns the largest. [rt]
  float (*ask)(const float* peaks, const float* ceilings, std::size_t frames, float* reduction);
  // to[i] = the larger of from[i] and from[i - back]. Nothing overlaps. [rt]
  void (*larger)(const float* from, std::size_t back, std::size_t frames, float* to);
  // Releases and averages a reduction, in place: never less than reduction[i], rounded up to whole
  // numbers. It falls by the release, exactly to zero; a second one rises by the release, falls by
  // the slow one, and counts by shares[i]. Both averages of that follow one another. [rt]
  void (*smooth)(float* reduction, const float* shares, std::size_t frames, LimiterRelease& release,
                 LimiterAverages& averages);
  // Both channels times 1 - reduction, clamped to the ceiling. Returns the largest reduction. [rt]
  float (*apply)(const float* reduction, const float* ceilings, std::size_t frames, float* left,
                 float* right);
};

// For the CPU this runs on. Call it in Prepare(), keep the result. [control]
LimiterKernels ResolveLimiterKernels();

}  // namespace auralis
