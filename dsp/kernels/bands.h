#pragma once
// What a multiband compressor does to all its bands at once: both channels of up to eight bands are
// lanes of one vector, and a frame of them is kBandLanes floats: the left channel's bands, then the
// right one's.

#include <array>
#include <cstddef>

#include "dsp/kernels/dynamics.h"

namespace auralis {

inline constexpr std::size_t kMostBands = 8;
inline constexpr std::size_t kBandLanes = 2 * kMostBands;

using PerBand = std::array<float, kMostBands>;
using PerLane = std::array<float, kBandLanes>;

// One crossover for every lane: two second-order sections in series, of Butterworth's damping and
// one corner, as state-variable filters (V. Zavalishin, The Art of VA Filter Design, ch. 4). What a
// lane takes of a section is x_share of its input, band_share of its band-pass and low_share of its
// low-pass output.
struct alignas(64) Crossover {
  struct Section {
    PerLane x_share;
    PerLane band_share;
    PerLane low_share;
    PerLane state1;
    PerLane state2;
  };
  std::array<Section, 2> sections;
};

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

// A crossover's corner, frame by frame: `g` = tan(pi f / rate), `a` = 1 / (1 + g (g + k)), k =
// sqrt(2).
struct CornerBlock {
  const float* g;
  const float* a;
};

struct BandKernels {
  // Each lane through its crossover, in place. `g` = tan(pi f / rate) and `a` = 1 / (1 + g (g +
  // k)), k = sqrt(2), frame by frame. [rt]
  void (*cross)(const float* g, const float* a, std::size_t frames, Crossover& crossover,
                float* lanes);
  // The same for two crossovers that follow each other. [rt]
  void (*cross_two)(const CornerBlock& first, const CornerBlock& second, std::size_t frames,
                    Crossover& first_crossover, Crossover& second_crossover, float* lanes);
  // gains[frame * kMostBands + band] of each band by its level, the louder channel's. Values move
  // by their steps if `moving`. [rt]
  void (*compress)(const float* lanes, std::size_t frames, bool moving, BandDynamics& dynamics,
                   float* gains);
  // The sum of all bands times their gains. [rt]
  void (*sum)(const float* lanes, const float* gains, std::size_t frames, float* left,
              float* right);
};

// For the CPU this runs on. Call it in Prepare(), keep the result. [control]
BandKernels ResolveBandKernels();

}  // namespace auralis
