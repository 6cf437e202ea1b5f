#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "daemon/recent_sound.h"
#include "daemon/tap_queue.h"
#include "dsp/analysis/analyzer.h"

namespace auralis {

// Hands everything that waits in `taps` to `analyzer`, and what entered the chain to `recent`,
// where there is one. True when there was something. [analysis]
bool DrainTaps(TapQueue& taps, Analyzer& analyzer, RecentSound* recent = nullptr);

// Drains the taps, measures, and reports. The callback never waits for it and never wakes it: it
// looks into the queue by itself, kReportsPerSecond times a second while somebody follows the
// readings and for a second after it was woken, kCalmReportsPerSecond times where nobody does, and
// every kNapSeconds where it found nothing for a second; the queue holds as much.
class AnalysisThread {
 public:
  static constexpr int kReportsPerSecond = 60;
  static constexpr int kCalmReportsPerSecond = 10;
  static constexpr int kNapSeconds = 2;
  using Report = std::function<void(const AnalysisFrame&)>;

  // [control] Starts at once. `report` is called on [analysis].
  // What entered the chain goes to `recent`, too, where there is one. All must outlive this.
  AnalysisThread(TapQueue& taps, double sample_rate_hz, Report report,
                 RecentSound* recent = nullptr);
  ~AnalysisThread();  // [control] ends and joins
  void Wake();        // [control] something may come of what was done; ends a calm wait or a nap
  // Whether somebody makes use of every report; from the next one on. [any]
  void Follow(bool closely) noexcept { followed_.store(closely, std::memory_order_relaxed); }
  AnalysisThread(const AnalysisThread&) = delete;
  AnalysisThread& operator=(const AnalysisThread&) = delete;

 private:
  void Run();

  TapQueue& taps_;
  RecentSound* recent_;
  Analyzer analyzer_;
  Report report_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  bool woken_ = false;
  std::atomic<bool> followed_ = true;
  std::thread thread_;
};

}  // namespace auralis
