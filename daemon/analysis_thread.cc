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
  constexpr std::chrono::nanoseconds kPeriod =
      std::chrono::nanoseconds(std::chrono::seconds(1)) / kReportsPerSecond;
  int empty_rounds = 0;
  std::unique_lock lock(mutex_);
  while (!stop_) {
    const bool naps = empty_rounds >= kReportsPerSecond;
    const auto patience =
        naps ? std::chrono::nanoseconds(std::chrono::seconds(kNapSeconds)) : kPeriod;
    wake_.wait_for(lock, patience, [&] { return stop_ || (naps && woken_); });
    if (stop_) return;
    if (std::exchange(woken_, false)) empty_rounds = 0;
    lock.unlock();
    const bool any = DrainTaps(taps_, analyzer_, recent_);
    if (any) report_(analyzer_.Take());
    lock.lock();
    empty_rounds = any ? 0 : std::min(empty_rounds + 1, kReportsPerSecond);
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
