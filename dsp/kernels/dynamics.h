#pragma once
// What every dynamics stage computes for each frame: levels in dB, the soft-knee curve, gains.
//
// Logarithm and exponential are polynomials of our own, degree 7 and 5, fitted on Chebyshev nodes:
// within 1e-5 dB plus the rounding of the result in float, and 3e-7 of the gain. 0 dB is exactly 1.

#include <cstddef>

namespace auralis {

inline constexpr float kQuietestDb = -200.0F;  // what no signal at all reads

// Of a compressor that makes up for its own mean reduction.
inline constexpr float kMostAutoMakeupDb = 12.0F;
inline constexpr float kMakeupGateDb = -60.0F;  // below it nothing is learnt about the programme

// One value for each frame, so that they may move.
struct KneeCurve {
  const float* threshold_db;
  const float* slope;    // reduction by dB over the threshold: 1 - 1 / ratio
  const float* knee_db;  // width, at least 0
};

// How a reduction follows what is asked for: feedback of the attack's and the release's pole, and
// of a second follower's that counts by its share (dsp/reduction_smoother.h).
struct ReductionPoles {
  float attack;  // 0 follows at once
  float release;
  float slow_attack;
  float slow_release;
  float slow_share;
};
struct ReductionState {
  float fast_db = 0.0F;
  float slow_db = 0.0F;
};

struct DynamicsKernels {
  // power[i] = the louder channel's square, mean[i] the mean of those: pole * mean + (1 - pole) *
  // power from `mean_square` on, which is left where it ends. [rt]
  void (*level)(const float* left, const float* right, std::size_t frames, float pole,
                float& mean_square, float* power, float* mean);
  // power[i] = the square of peak_share * sqrt(power[i]) + (1 - peak_share) * sqrt(mean[i]). [rt]
  void (*mix_level)(const float* mean, float peak_share, std::size_t frames, float* power);
  // Reductions asked for become those that are there, in positive dB: one pole in dB, the attack's
  // while the reduction grows, the release's while it shrinks. Returns the largest. [rt]
  float (*follow)(const ReductionPoles& poles, ReductionState& state, std::size_t frames,
                  float* reduction_db);
  // db[i] = 10 log10(power[i]), held above kQuietestDb. `power` at least 0; they may be the same
  // buffer. [rt]
  void (*power_to_db)(const float* power, std::size_t frames, float* db);
  // gain[i] = 10^(db[i] / 20) for -600..600 dB; they may be the same buffer. [rt]
  void (*db_to_gain)(const float* db, std::size_t frames, float* gain);
  // How far the level is to be lowered, in dB, at least 0. With u = level - threshold and the width
  // W of the knee: 0 below -W/2, slope u above W/2, slope (u + W/2)^2 / 2W between. `reduction_db`
  // may be `level_db`. (D. Giannoulis, M. Massberg, J. D. Reiss, Digital Dynamic Range Compressor
  // Design, JAES 60, 2012, eq. 4) [rt]
  void (*reduction)(const float* level_db, const KneeCurve& curve, std::size_t frames,
                    float* reduction_db);
};

// For the CPU this runs on. Call it in Prepare(), keep the result. [control]
DynamicsKernels ResolveDynamicsKernels();

}  // namespace auralis
