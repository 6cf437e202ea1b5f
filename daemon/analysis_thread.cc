#include "daemon/analysis_thread.h"

#include <pthread.h>

#include <chrono>
#include <utility>

namespace auralis {

AnalysisThread::AnalysisThread(TapQueue& taps, double sample_rate_hz, Report report)
    : taps_(taps), report_(std::move(report)) {
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

void AnalysisThread::Run() {
  const auto period = std::chrono::nanoseconds(std::chrono::seconds(1)) / kReportsPerSecond;
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, period, [this] { return stop_; })) {
    lock.unlock();
    if (DrainTaps(taps_, analyzer_)) report_(analyzer_.Take());
    lock.lock();
  }
}

bool DrainTaps(TapQueue& taps, Analyzer& analyzer) {
  TapBlock block;
  bool any = false;
  while (taps.TryPop(block)) {
    const float* const input[2] = {block.input[0].data(), block.input[1].data()};
    const float* const output[2] = {block.output[0].data(), block.output[1].data()};
    analyzer.Push(block.position_frames, input, output, block.frames,
                  {.reductions_db = block.gain_reductions_db, .leveler_gain = block.leveler_gain});
    any = true;
  }
  return any;
}

}  // namespace auralis
