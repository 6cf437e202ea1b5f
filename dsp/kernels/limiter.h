#pragma once
// What the limiter computes for each frame. Reductions are shares of the signal: 0 lets pass, 1
// takes all.

#include <array>
#include <cstddef>
#include <cstdint>

#include "dsp/block_maximum.h"
#include "dsp/history.h"
#include "dsp/stage.h"

namespace auralis {

// Reductions as whole numbers: 2^26 is all of the signal.
inline constexpr float kWholeReduction = 67108864.0F;

// A reduction below -140 dB is none.
inline constexpr float kNoReduction = 1e-7F;

// Frames that are released together, counted from the start of the stream: what comes out does not
// depend on how that is cut.
inline constexpr std::size_t kReleaseGroup = 16;
inline constexpr std::size_t kMostReleaseFrames = 64;  // that are worked out at a time

struct LimiterRelease {
  // Feedback a frame; may be set again while it runs. [rt]
  void SetPoles(float pole, float slow_pole) noexcept;
  // Without anything to release. [rt]
  void Reset() noexcept;
  // True when nothing has to be released: then only time passes. [rt]
  bool done() const noexcept;
  void Pass(std::size_t frames) noexcept;

  std::array<float, kReleaseGroup> powers;  // of the pole, from the first on
  float slow_power;                         // of the slow one, over a group
  float released;                           // and kNoReduction, at the end of the last whole group
  float slow_from;                          // goes from here to there
  float slow_to;                            // in the group at hand
  std::size_t at;                           // frames in it so far
  std::array<float, kReleaseGroup> held;    // and what they asked for
};

// Two moving averages, one after the other: sums of whole numbers, which are exact for ever.
class LimiterAverages {
 public:
  void Prepare(std::size_t first, std::size_t second);  // frames [control]
  void Reset() noexcept;                                // [rt]

  History<std::int32_t> values;
  History<double> sums;  // of the last `values`
  double sum;
  double sum_of_sums;
  double scale;  // of the latter: 1 / (both lengths kWholeReduction)
};

struct LimiterKernels {
  // Copies both channels and returns the largest magnitude in them. [rt]
  float (*take)(const float* left, const float* right, std::size_t frames, float* left_to,
                float* right_to);
  // reduction[i] = what brings peaks[i] * gain down to ceilings[i], at least 0. Returns the
  // largest. [rt]
  float (*ask)(const float* peaks, float gain, const float* ceilings, std::size_t frames,
               float* reduction);
  // The same of the samples themselves, the larger of both channels. [rt]
  float (*ask_samples)(const float* left, const float* right, const float* ceilings,
                       std::size_t frames, float* reduction);
  // A level of the sliding maximum. [rt]
  void (*largest)(const BlockMaximum::Step& step, std::size_t frames);
  // Releases and averages a reduction, in place: never less than reduction[i], rounded up to whole
  // numbers. It falls by the release, exactly to zero; a second one, a group late, rises by the
  // release, falls by the slow one, and counts by shares[i]. Both averages of that follow one
  // another. [rt]
  void (*smooth)(float* reduction, const float* shares, std::size_t frames, LimiterRelease& release,
                 LimiterAverages& averages);
  // Both channels times 1 - reduction, clamped to the ceiling. Returns the largest reduction. [rt]
  float (*apply)(const float* reduction, const float* ceilings, std::size_t frames,
                 const float* left, const float* right, StereoView out);
};

// For the CPU this runs on. Call it in Prepare(), keep the result. [control]
LimiterKernels ResolveLimiterKernels();

}  // namespace auralis
