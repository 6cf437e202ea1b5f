#pragma once
// Peaks between samples by eight-fold polyphase interpolation: ITU-R BS.1770-4 annex 2, with twice
// its instants and four times its taps. The limiter and the true-peak meter share it, so that what
// one promises the other can confirm.
//
// Each reading is of 48 frames: the instants half-way first, then those between, which are left
// with half of the band. For a sine of any phase it is within 0.13 dB of the crest up to 0.46 of
// the rate (22 kHz at 48 kHz); with the standard's table it is up to 0.5 dB off at 20 kHz. What
// lies still higher reads differently with every interpolator, for none ends there.

#include <cstddef>

namespace auralis {

// Frames that must be readable in front of the first one given.
inline constexpr std::size_t kTruePeakHistoryFrames = 47;

// Reading i tells of the waveform from frame i - 24 (with it) to frame i - 23 (without it). Audio
// that is to meet its own reading is delayed by this much; the reading then counts for the frame it
// meets and for the one after, because the crest lies between the two.
inline constexpr std::size_t kTruePeakDelayFrames = 24;

// No reading is more than this many times the loudest of its 48 frames.
inline constexpr float kTruePeakOvershoot = 3.0F;

// Nor more than this many times the loudest of what the second step finds it from: half-way
// instants and frames.
inline constexpr float kTruePeakStepOvershoot = 1.7F;

// `floor`, at least 0: readings of no more than that are not wanted.
struct TruePeakKernels {
  // peaks[i] = the larger magnitude of both channels over the span above, for i in 0..frames-1, or
  // anything up to `floor` where it is not above that. `left` and `right` have
  // kTruePeakHistoryFrames readable frames in front; `peaks` overlaps neither. Any length; each
  // reading depends on its 48 frames alone, never on the cut. [rt]
  void (*frame_peaks)(const float* left, const float* right, std::size_t frames, float floor,
                      float* peaks);
  // The largest reading of one channel, `floor` where none is above that. Same history as above.
  // [rt]
  float (*block_peak)(const float* samples, std::size_t frames, float floor);
  // The largest magnitude of the samples themselves, 0 when `frames` is 0. [rt]
  float (*sample_peak)(const float* samples, std::size_t frames);
};

// For the CPU this runs on. Call it in Prepare(), keep the result. [control]
TruePeakKernels ResolveTruePeakKernels();

}  // namespace auralis
