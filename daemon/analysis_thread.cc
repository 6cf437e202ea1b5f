#include "daemon/analysis_thread.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace auralis {

AnalysisThread::AnalysisThread(TapQueue& taps, double sample_rate_hz, Report report,
                               RecentSound* recent)
    : taps_(taps), recent_(recent), report_(std::move(report)) {
  analyzer_.Prepare(sample_rate_hz);
  thread_ = std::thread([this] { Run(); });
  pthread_setname_np(thread_.native_handle(), "analysis");
}

AnalysisThread::~AnalysisThread() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void AnalysisThread::Wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  wake_.notify_one();
}

void AnalysisThread::Run() {
  using std::chrono::nanoseconds;
  constexpr nanoseconds kSecond = std::chrono::seconds(1);
  constexpr nanoseconds kClose = kSecond / kReportsPerSecond;
  constexpr nanoseconds kCalm = kSecond / kCalmReportsPerSecond;
  nanoseconds since_woken{0};
  nanoseconds since_sound{0};
  std::unique_lock lock(mutex_);
  while (!stop_) {
    nanoseconds patience = followed_ || since_woken < kSecond ? kClose : kCalm;
    if (since_sound >= kSecond) patience = kNapSeconds * kSecond;
    wake_.wait_for(lock, patience, [&] { return stop_ || (woken_ && patience > kClose); });
    if (stop_) return;
    since_woken += patience;
    since_sound += patience;
    if (std::exchange(woken_, false)) since_woken = since_sound = nanoseconds(0);
    lock.unlock();
    if (DrainTaps(taps_, analyzer_, recent_)) {
      since_sound = nanoseconds(0);
      report_(analyzer_.Take());
    }
    lock.lock();
  }
}

bool DrainTaps(TapQueue& taps, Analyzer& analyzer, RecentSound* recent) {
  TapBlock block;
  bool any = false;
  while (taps.TryPop(block)) {
    const float* const input[2] = {block.input[0].data(), block.input[1].data()};
    const float* const output[2] = {block.output[0].data(), block.output[1].data()};
    if (recent != nullptr) recent->Push(block.position_frames, input, block.frames);
    analyzer.Push(block.position_frames, input, output, block.frames,
                  {.reductions_db = block.gain_reductions_db, .leveler_gain = block.leveler_gain});
    any = true;
  }
  return any;
}

}  // namespace auralis
