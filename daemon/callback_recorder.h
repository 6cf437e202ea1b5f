#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "daemon/rt_stats.h"
#include "daemon/slice_ring.h"
#include "dsp/shedding.h"
#include "dsp/stage_probe.h"
#include "ipc/black_box.h"

namespace auralis {

// Times callbacks and stages, and says why a buffer was lost. It is told the time, so that it can
// be tested with any. [rt] but for Prepare().
class CallbackRecorder {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // One block in so many has its stages timed: a reading of the clock for each of them is a few
  // hundredths of what the chain costs, and not every block needs to pay it.
  static constexpr std::uint32_t kTimedBlocks = 16;
  // A callback is late that begins one buffer later than one buffer after the last one.
  static constexpr double kLateBuffers = 1.0;

  void Prepare(double sample_rate_hz) noexcept;  // [control]

  // A callback of `frames` begins; the device lost `xruns` buffers before it. After a pause nothing
  // is late.
  void Begin(Time now, std::size_t frames, std::uint32_t xruns, bool after_pause = false) noexcept;
  // Before a block: true where its stages are to be timed, with Mark() after each.
  bool BeginBlock() noexcept { return blocks_++ % kTimedBlocks == 0; }
  void BeginStages(Time now) noexcept { marked_ = now; }
  void Mark(std::size_t stage, Time now) noexcept;
  void EndStages() noexcept { ++slice_.timed_blocks; }
  // The callback ends. Its time as a share of what there was for it; 0 for one without frames.
  float End(Time now, Shedding shedding, RtStats& stats) noexcept;

  SliceRing& slices() noexcept { return slices_; }

 private:
  void Flush(Time now, RtStats& stats) noexcept;

  double sample_rate_hz_ = 48000.0;
  SliceRing slices_;
  ipc::BlackBoxSlice slice_{};
  double sum_us_ = 0.0;
  double sum_share_ = 0.0;
  Time slice_began_{};
  Time began_{};  // the callback now
  Time marked_{};
  std::size_t frames_ = 0;   // of the callback now, or the last one
  float last_share_ = 0.0F;  // that the last callback took
  std::uint32_t blocks_ = 0;
  bool any_ = false;  // callbacks before
};

}  // namespace auralis
