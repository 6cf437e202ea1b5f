#pragma once
// What a multiband compressor does to all its bands at once: bands are lanes of a vector. A row of
// signal is a left and a right for each of 4 or 8 slots, one of gains or levels one for each
// (kernels/band_split.h says which band lies where).

#include <array>
#include <cstddef>

#include "dsp/kernels/dynamics.h"

namespace auralis {

inline constexpr std::size_t kMostSlots = 8;
// How many floats beyond the last row kernels may read of signal, and write of gains.
inline constexpr std::size_t kBandPadding = 32;

using PerBand = std::array<float, kMostSlots>;

// What a band's compressor is told, each value on a straight way to the next; and what it knows.
struct alignas(64) BandDynamics {
  enum Value : std::size_t {
    kThresholdDb,
    kSlope,  // 1 - 1 / ratio
    kKneeDb,
    kMakeupGain,
    kAutoMakeup,  // share of the mean reduction that is made up for
    kPeakShare,   // of the detector's amplitude; the rest is RMS
    kAttackPole,  // feedback
    kReleasePole,
    kSlowPole,   // of a second release
    kSlowShare,  // how far that one counts
    kShare,      // of the compressed signal beside the dry one
    kLevel,      // of both
    kValues
  };
  std::array<PerBand, kValues> value;
  std::array<PerBand, kValues> step;  // added at each frame
  float rms_pole;
  float mean_pole;  // of the mean reduction
  PerBand mean_square;
  PerBand reduction_db;
  PerBand slow_reduction_db;
  PerBand mean_reduction_db;
  PerBand largest_reduction_db;  // raised, never lowered
};

struct BandKernels {
  // gains[frame * slots + slot] of each band by its level, the louder channel's. Values move by
  // their steps if `moving`. `slots` is 4 or 8; `rows` and `gains` start on a cache line. [rt]
  void (*compress)(const float* rows, std::size_t slots, std::size_t frames, bool moving,
                   BandDynamics& dynamics, float* gains);
  // The sum of all bands times their gains. Of eight slots the last two are never used. [rt]
  void (*sum)(const float* rows, const float* gains, std::size_t slots, std::size_t frames,
              float* left, float* right);
};

// For the CPU this runs on. Call it in Prepare(), keep the result. [control]
BandKernels ResolveBandKernels();

}  // namespace auralis
