#include "dsp/analysis/true_peak_meter.h"

#include <algorithm>
#include <cmath>

namespace auralis {

void TruePeakMeter::Prepare() {
  kernels_ = ResolveTruePeakKernels();
  channels_ = {};
  unknown_frames_ = 0;
}

void TruePeakMeter::Push(const float* left, const float* right, std::size_t frames) noexcept {
  while (frames > 0) {
    const std::size_t piece = std::min(frames, kPieceFrames);
    const std::size_t unknown = std::min(piece, unknown_frames_);
    PushPiece(channels_[0], left, piece, unknown);
    PushPiece(channels_[1], right, piece, unknown);
    unknown_frames_ -= unknown;
    left += piece;
    right += piece;
    frames -= piece;
  }
}

void TruePeakMeter::PushPiece(Channel& channel, const float* samples, std::size_t frames,
                              std::size_t unknown) const noexcept {
  float* piece = channel.samples.data() + kTruePeakHistoryFrames;
  std::copy_n(samples, frames, piece);
  // Samples whose spans are not read still are peaks themselves.
  for (std::size_t i = 0; i < unknown; ++i) {
    channel.peak = std::max(channel.peak, std::fabs(piece[i]));
  }
  // What cannot be louder than what is known already is not read.
  const float loudest =
      std::max(kernels_.sample_peak(channel.samples.data(), kTruePeakHistoryFrames),
               kernels_.sample_peak(samples, frames));
  if (loudest * kTruePeakOvershoot > channel.peak) {
    channel.peak = kernels_.block_peak(piece + unknown, frames - unknown, channel.peak);
  }
  std::copy_n(piece + frames - kTruePeakHistoryFrames, kTruePeakHistoryFrames,
              channel.samples.data());
}

void TruePeakMeter::Skip() noexcept {
  // The last frames' spans stay open, the samples themselves are known.
  for (Channel& channel : channels_) {
    for (std::size_t i = kTruePeakHistoryFrames - kTruePeakDelayFrames; i < kTruePeakHistoryFrames;
         ++i) {
      channel.peak = std::max(channel.peak, std::fabs(channel.samples[i]));
    }
  }
  unknown_frames_ = kTruePeakHistoryFrames;
}

std::array<float, 2> TruePeakMeter::Take() noexcept {
  const std::array<float, 2> peaks = {channels_[0].peak, channels_[1].peak};
  for (Channel& channel : channels_) channel.peak = 0.0F;
  return peaks;
}

}  // namespace auralis
