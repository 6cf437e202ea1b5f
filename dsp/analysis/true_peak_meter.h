#pragma once

#include <array>
#include <cstddef>

#include "dsp/kernels/true_peak.h"

namespace auralis {

// The highest true peak of each channel since it was last asked (ITU-R BS.1770-4 annex 2).
class TruePeakMeter {
 public:
  void Prepare();  // [control] The signal begins after silence.
  // [any] Any number of frames; readings are the same however the stream is cut.
  void Push(const float* left, const float* right, std::size_t frames) noexcept;
  // [any] What comes next does not continue what was: no span across the gap is read.
  void Skip() noexcept;
  // [any] Linear, left and right; starts new maxima. The last 24 frames count for the next call,
  // because their spans are not complete.
  std::array<float, 2> Take() noexcept;

 private:
  static constexpr std::size_t kPieceFrames = 192;
  struct Channel {
    std::array<float, kTruePeakHistoryFrames + kPieceFrames> samples{};  // history, then the piece
    float peak = 0.0F;
  };
  void PushPiece(Channel& channel, const float* samples, std::size_t frames,
                 std::size_t unknown) const noexcept;

  TruePeakKernels kernels_{};
  std::array<Channel, 2> channels_;
  std::size_t unknown_frames_ = 0;  // readings to leave out, until the history is whole
};

}  // namespace auralis
