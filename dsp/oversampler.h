#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "dsp/kernels/polyphase.h"

namespace auralis {

// One channel at eight times its rate, for a stage that adds something to a signal that only there
// can be worked out: Raise() gives the signal at eight instants of each frame, Lower() takes what
// is to be added at these instants, low-passes it and adds it to frames, kLatencyFrames
// late.
//
// Kaiser windows (J. F. Kaiser, 1974): images 80 dB down, what would fold back 100 dB; the band
// ends at 0.4 of the rate.
class Oversampler {
 public:
  static constexpr std::size_t kPhases = 8;
  static constexpr std::size_t kUpHalf = 16;    // frames to each side of an instant
  static constexpr std::size_t kDownHalf = 32;  // frames to each side of a frame
  static constexpr std::size_t kLatencyFrames = kUpHalf + kDownHalf;

  // A plane for each phase, one value a frame; what of them may be read in front is said where they
  // are given.
  using Planes = std::array<float*, kPhases>;

  void Prepare(std::size_t block_frames);  // [control]
  void Reset() noexcept;                   // [rt]
  // Largest magnitude of the frames that the next instants depend on, with `frames` more of
  // `input`, which are taken in. [rt]
  float Push(const float* input, std::size_t frames) noexcept;
  // The instants of these frames, kUpHalf frames ago; of the last phase one more is in front. [rt]
  const Planes& Raise(std::size_t frames) noexcept;
  // The last frame's alone: where nothing is wanted of these frames, so that those after them find
  // what is in front. [rt]
  void RaiseLast(std::size_t frames) noexcept;
  const Planes& instants() const noexcept { return instants_; }  // raised last. [rt]
  // Where additions at these instants are to be written. [rt]
  const Planes& additions() const noexcept { return additions_; }
  // The frames of kLatencyFrames ago. [rt]
  void CopyDelayed(float* output, std::size_t frames) const noexcept;
  // Adds to `output` what the additions are kLatencyFrames later. Where there are `any` all planes
  // have been written. Ends what Push() began. [rt]
  void Lower(bool any, float* output, std::size_t frames) noexcept;

  // How much louder than the loudest frame an instant can be. [any]
  float overshoot() const noexcept { return overshoot_; }

 private:
  static constexpr std::size_t kUpTaps = 2 * kUpHalf;
  static constexpr std::size_t kDownTaps = 2 * kDownHalf + 1;

  void MakeTaps();

  PolyphaseKernels kernels_{};
  std::vector<float> up_taps_;    // tap by tap, of every phase
  std::vector<float> down_taps_;  // phase by phase
  float overshoot_ = 1.0F;
  std::vector<float> input_;  // what the filters reach back to, then one block
  std::array<std::vector<float>, kPhases> instant_planes_;
  std::array<std::vector<float>, kPhases> addition_planes_;  // as input_
  Planes instants_{};
  Planes additions_{};
  std::size_t quiet_frames_ = 0;  // since the last addition
};

}  // namespace auralis
