#pragma once
// The soft clipper's curve, and what keeps its edges from aliasing: the mean of the curve on the
// straight way from one instant to the next (J. D. Parker, V. Zavalishin, E. Le Bivic, DAFx 2016).

#include <cstddef>

namespace auralis {

inline constexpr std::size_t kClipInstants = 8;  // in a frame
// Of the threshold t: from t on the slope falls, from 1 at t to 0 at t + 2 h, where h is this share
// of t; the curve ends at t + h.
inline constexpr float kClipKneeShare = 0.25F;

struct SoftClipKernels {
  // changes[p][i] = the mean of curve(x) - x on the way to instants[p][i] from the instant before
  // it: instants[p - 1][i], or the last of the frame before. So plane kClipInstants - 1 has one
  // value in front. `thresholds` hold one value a frame, above 0. True where there is any change.
  // [rt]
  bool (*mean_changes)(const float* const* instants, const float* thresholds, std::size_t frames,
                       float* const* changes);
};

// For the CPU this runs on. Call it in Prepare(), keep the result. [control]
SoftClipKernels ResolveSoftClipKernels();

}  // namespace auralis
