#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "daemon/tap_queue.h"
#include "dsp/analysis/analyzer.h"

namespace auralis {

// Hands everything that waits in `taps` to `analyzer`. True when there was something. [analysis]
bool DrainTaps(TapQueue& taps, Analyzer& analyzer);

// Drains the taps, measures, and reports. The callback never waits for it and never wakes it: it
// looks into the queue kReportsPerSecond times a second by itself.
class AnalysisThread {
 public:
  static constexpr int kReportsPerSecond = 60;
  using Report = std::function<void(const AnalysisFrame&)>;

  // [control] Starts at once. `report` is called on [analysis]. `taps` must outlive this.
  AnalysisThread(TapQueue& taps, double sample_rate_hz, Report report);
  ~AnalysisThread();  // [control] ends and joins
  AnalysisThread(const AnalysisThread&) = delete;
  AnalysisThread& operator=(const AnalysisThread&) = delete;

 private:
  void Run();

  TapQueue& taps_;
  Analyzer analyzer_;
  Report report_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace auralis
