#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "dsp/convolver_filter.h"
#include "dsp/handover.h"
#include "dsp/kernels/head_filter.h"
#include "dsp/kernels/polyphase.h"
#include "dsp/late_convolution.h"
#include "dsp/spectrum_line.h"
#include "dsp/stage.h"

namespace auralis {

// Convolution with responses of seconds and no latency (W. G. Gardner, Efficient convolution
// without input-output delay, JAES 43, 1995): the first 64 frames of the response directly, then
// partitions of 64 frames, of 512, of 8192. What a block of 512 or 8192 frames costs is spread over
// the ticks of 64 frames after it, so that no tick is much dearer than another. All in frames: the
// result does not depend on the cut.
//
// A new filter fades in over the old one, both on the same history: it sounds from its first frame
// as if it had always been there. The fade begins when its latest partitions have been worked out,
// one to two of the longest blocks after it was set.
class ZeroLatencyConvolver {
 public:
  using Item = Handover<ConvolverFilter>::Item;

  // [control] `longest_frames` is the longest response that any filter may have. Until the first
  // filter is set everything passes.
  void Prepare(std::size_t longest_frames);
  void Reset() noexcept;                        // [rt]
  void SetFilter(const Item* filter) noexcept;  // [rt] never nullptr
  void Process(StereoView io) noexcept;         // [rt]

 private:
  static constexpr std::size_t kTick = ConvolverCut::kNearFrames;
  static constexpr std::size_t kTicks = ConvolverCut::kLongestFrames / kTick;
  static constexpr std::size_t kFadeFrames = 2048;
  using Sum = LateConvolution::Sum;
  using Block = std::array<std::array<std::vector<float>, 2>, Sum::kSums>;  // by sum and channel

  void ProcessPart(StereoView io) noexcept;
  void AddHead(const ConvolverFilter& filter, Sum sum, std::size_t frames) noexcept;
  void AddParts(Sum sum, std::size_t frames) noexcept;
  void Tick() noexcept;
  void NextNear() noexcept;
  void StartLongest() noexcept;
  void RunLates() noexcept;
  std::size_t sums() const noexcept { return incoming_ != nullptr ? 2 : 1; }
  const ConvolverFilter& filter(std::size_t sum) const noexcept {
    return sum == Sum::kCurrent ? **current_ : **incoming_;
  }

  PolyphaseKernels kernels_{};
  HeadFilterKernel add_whole_head_ = nullptr;  // of a tick
  SpectrumLine near_;
  std::array<LateConvolution, ConvolverCut::kLates> lates_;
  std::array<std::vector<float>, 2> recent_;  // what the head reaches back to, then one tick
  Block out_;                                 // one tick
  Block near_out_;                            // the tick that is being played
  std::size_t tick_at_ = 0;                   // frames into the tick
  std::size_t tick_ = 0;                      // of the longest block
  const Item* current_ = nullptr;
  const Item* incoming_ = nullptr;
  const Item* wanted_ = nullptr;
  bool fades_ = false;  // the incoming filter is worked out and coming in
};

}  // namespace auralis
