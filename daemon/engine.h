#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "daemon/audio_device.h"
#include "daemon/block_adapter.h"
#include "daemon/rt_mailbox.h"
#include "daemon/rt_stats.h"
#include "daemon/tap_queue.h"
#include "dsp/signal_path.h"
#include "dsp/smoother.h"

namespace auralis {

struct EngineOptions {
  double sample_rate_hz = 48000.0;
  std::size_t block_frames = 64;
  std::size_t host_frames = 0;  // 0: varies or is unknown
  bool fade_in = true;          // a listener's stream starts from silence; a file's does not
};

// The callback's body: adapter, mailbox, signal path, fades, taps, counters. Everything the
// real-time thread runs is here and in dsp/.
class Engine : public AudioCallback {
 public:
  // [control] Allocates all that the stream will ever need. Values have master.intensity applied.
  Engine(const EngineOptions& options, const SignalPath::Values& values);

  void Process(const HostBuffer& buffer) noexcept override;  // [rt]
  // Frames from input to output: signal path plus adapter. It grows once, by one block, if the
  // host's buffers turn out not to be whole blocks. [any]
  std::size_t latency_frames() const noexcept override {
    return path_.latency_frames() + adapter_.latency_frames();
  }

  void Publish(const SignalPath::Values& values);  // [control] heard from the next block
  // What adaptation adds to each critical band, in dB, on top of the values published last.
  // [control] heard from the next block
  void SetAdaptiveDelta(std::span<const float, kBarkBands> delta_db);
  void FadeOut() noexcept;           // [control] for good
  bool faded_out() const noexcept {  // [any]
    return faded_out_.load(std::memory_order_acquire);
  }

  const RtStats& stats() const noexcept { return stats_; }  // [any]
  TapQueue& taps() noexcept { return taps_; }               // [analysis] pops from it
  const EngineOptions& options() const noexcept { return options_; }

 private:
  struct RtState {
    SignalPath::Targets targets;
    bool fade_out;
  };

  void ProcessBlock(StereoView block) noexcept;
  void ApplyFade(StereoView block) noexcept;
  void BeginTap(StereoView input) noexcept;
  void EndTap(StereoView output) noexcept;

  EngineOptions options_;
  SignalPath::Designer designer_;  // [control]
  SignalPath::Values values_;      // [control] published last
  RtState published_;              // [control] what the mailbox holds
  RtMailbox<RtState> mailbox_;
  BlockAdapter adapter_;
  SignalPath path_;
  Smoother fade_;
  std::array<std::vector<float>, 2> tapped_input_;  // one block, kept while the chain overwrites it
  TapBlock tap_{};
  TapQueue taps_;
  std::uint64_t position_frames_ = 0;
  std::atomic<bool> faded_out_{false};
  RtStats stats_;
};

}  // namespace auralis
