#include "daemon/callback_recorder.h"

#include <algorithm>
#include <limits>

namespace auralis {
namespace {

constexpr auto kSlice =
    std::chrono::nanoseconds(static_cast<std::int64_t>(1e9 * ipc::kBlackBoxSliceSeconds));

float MicrosecondsOf(std::chrono::nanoseconds time) noexcept {
  return std::chrono::duration<float, std::micro>(time).count();
}

void CountUp(std::uint16_t& counter, std::uint32_t more = 1) noexcept {
  constexpr std::uint32_t kMost = std::numeric_limits<std::uint16_t>::max();
  counter = static_cast<std::uint16_t>(std::min(kMost, counter + std::min(more, kMost)));
}

}  // namespace

void CallbackRecorder::Prepare(double sample_rate_hz) noexcept {
  sample_rate_hz_ = sample_rate_hz;
  slice_ = {};
  any_ = false;
}

void CallbackRecorder::Begin(Time now, std::size_t frames, std::uint32_t xruns,
                             bool after_pause) noexcept {
  if (!any_) slice_began_ = now;
  if (any_ && !after_pause) {
    const double buffer_us = 1e6 * static_cast<double>(frames_) / sample_rate_hz_;
    const float late_us = MicrosecondsOf(now - began_) - static_cast<float>(buffer_us);
    slice_.most_late_us = std::max(slice_.most_late_us, late_us);
    const bool late = static_cast<double>(late_us) > kLateBuffers * buffer_us;
    if (late && frames_ > 0) CountUp(slice_.late);
    if (xruns > 0) {
      // What we took ourselves makes the next callback late, too, so it is looked at first.
      CountUp(last_share_ > 1.0F ? slice_.xruns_own
              : late             ? slice_.xruns_late
                                 : slice_.xruns_device,
              xruns);
    }
  }
  began_ = now;
  frames_ = frames;
}

void CallbackRecorder::Mark(std::size_t stage, Time now) noexcept {
  if (stage < slice_.stage_us.size()) slice_.stage_us[stage] += MicrosecondsOf(now - marked_);
  marked_ = now;
}

float CallbackRecorder::End(Time now, Shedding shedding, RtStats& stats) noexcept {
  const float us = MicrosecondsOf(now - began_);
  const double buffer_us = 1e6 * static_cast<double>(frames_) / sample_rate_hz_;
  const float share = frames_ > 0 ? static_cast<float>(static_cast<double>(us) / buffer_us) : 0.0F;
  const bool first = slice_.callbacks == 0;
  const auto frames = static_cast<std::uint32_t>(frames_);
  slice_.least_frames = first ? frames : std::min(slice_.least_frames, frames);
  slice_.most_frames = std::max(slice_.most_frames, frames);
  slice_.least_us = first ? us : std::min(slice_.least_us, us);
  slice_.most_us = std::max(slice_.most_us, us);
  slice_.most_share = std::max(slice_.most_share, share);
  slice_.shedding = std::max(slice_.shedding, static_cast<std::uint32_t>(shedding));
  sum_us_ += static_cast<double>(us);
  sum_share_ += static_cast<double>(share);
  ++slice_.callbacks;
  slice_.frames += frames;
  if (share > 1.0F) CountUp(slice_.overloads);
  last_share_ = share;
  any_ = true;
  if (now - slice_began_ >= kSlice) Flush(now, stats);
  return share;
}

void CallbackRecorder::Flush(Time now, RtStats& stats) noexcept {
  slice_.began_ns = slice_began_.time_since_epoch().count();
  slice_.mean_us = static_cast<float>(sum_us_ / slice_.callbacks);
  slice_.mean_share = static_cast<float>(sum_share_ / slice_.callbacks);
  if (slice_.timed_blocks > 0) {
    for (float& stage : slice_.stage_us) stage /= static_cast<float>(slice_.timed_blocks);
  }
  if (!slices_.TryPush(slice_)) Count(stats.lost_slices);
  slice_ = {};
  sum_us_ = sum_share_ = 0.0;
  slice_began_ = now;
}

}  // namespace auralis
