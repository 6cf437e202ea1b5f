#pragma once
// Inter-sample peaks by four-fold polyphase interpolation, ITU-R BS.1770-4 annex 2. The limiter and
// the true-peak meter share it, so that what one promises the other can confirm.
//
// The interpolator has 12 taps a phase, as the standard's, but its instants are the sample itself
// and 1/4, 1/2 and 3/4 of the way to the next. For a sine of any frequency up to 5/12 of the rate
// (20 kHz at 48 kHz) and any phase the reading is within 0.34 dB of the crest, and within 0.19 dB
// below a quarter of the rate; with the standard's table it is up to 0.48 dB off.

#include <cstddef>

namespace auralis {

// Frames that must be readable in front of the first one given.
inline constexpr std::size_t kTruePeakHistoryFrames = 11;

// Reading i tells of the waveform from frame i - 6 (with it) to frame i - 5 (without it). Audio
// that is to meet its own reading is delayed by this much; the reading then counts for the frame it
// meets and for the one after, because the crest lies between the two.
inline constexpr std::size_t kTruePeakDelayFrames = 6;

struct TruePeakKernels {
  // peaks[i] = the larger magnitude of both channels over the span above, for i in 0..frames-1.
  // `left` and `right` have kTruePeakHistoryFrames readable frames in front; `peaks` overlaps
  // neither. Any length; each reading depends on its 12 frames alone, never on the cut. [rt]
  void (*frame_peaks)(const float* left, const float* right, std::size_t frames, float* peaks);
  // The largest reading of one channel, 0 when `frames` is 0. Same history as above. [rt]
  float (*block_peak)(const float* samples, std::size_t frames);
};

// For the CPU this runs on. Call it in Prepare(), keep the result. [control]
TruePeakKernels ResolveTruePeakKernels();

}  // namespace auralis
