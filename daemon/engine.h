#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "daemon/audio_device.h"
#include "daemon/block_adapter.h"
#include "daemon/callback_recorder.h"
#include "daemon/idle_gate.h"
#include "daemon/load_shedder.h"
#include "daemon/path_switch.h"
#include "daemon/rt_mailbox.h"
#include "daemon/rt_stats.h"
#include "daemon/sound.h"
#include "daemon/tap_queue.h"
#include "dsp/adaptation.h"
#include "dsp/signal_path.h"
#include "dsp/smoother.h"

namespace auralis {

struct EngineOptions {
  double sample_rate_hz = 48000.0;
  std::size_t block_frames = 64;
  // Blocks that go through the path together where no silence is among them: for who publishes
  // nothing meanwhile. The same bits, sooner, where a block is whole pieces (dsp/stage.h).
  std::size_t view_blocks = 1;
  std::size_t host_frames = 0;  // 0: varies or is unknown
  bool fade_in = true;          // a listener's stream starts from silence; a file's does not
  bool shed_load = false;       // goes without something before it is late; a file has time
  bool taps = true;             // whether somebody reads taps()
  double speed = 1.0;           // StreamFormat's: who reads taps() goes by the clock
  // What the callback is timed by; one that user space reads.
  CallbackRecorder::Time (*clock)() noexcept = &std::chrono::steady_clock::now;
};

// The callback's body: adapter, mailbox, signal path, fades, taps, counters. Everything the
// real-time thread runs is here and in dsp/.
class Engine : public AudioCallback {
 public:
  // [control] Allocates all that the stream will ever need. Values have master.intensity applied.
  Engine(const EngineOptions& options, const SignalPath::Values& values,
         const Adaptation& adaptation = {});

  // Goes on from where `before` is, which no thread may run any more: values, response and
  // counters; the position where the rate is the same, else from 0. Starts with a fade. [control]
  Engine(const EngineOptions& options, const Engine& before);

  void Process(const HostBuffer& buffer) noexcept override;  // [rt]
  // Frames from input to output: signal path plus adapter. It changes with structural values, and
  // grows once, by one block, if the host's buffers turn out not to be whole blocks. [any]
  std::size_t latency_frames() const noexcept override {
    return paths_.latency_frames() + adapter_.latency_frames();
  }

  // [control] Heard from the next block; structural values after some 0.1 s, one change at a time:
  // of those that come meanwhile the last is taken by Settle().
  void Publish(const SignalPath::Values& values);
  // Brings in structural values that had to wait. To be called now and then. [control]
  void Settle();
  // On top of the values published last. [control] heard from the next block
  void Adapt(const Adaptation& adaptation);
  // What `convolver` convolves with, at the stream's rate; nullptr for nothing. [control] fades in
  void SetResponse(std::shared_ptr<const ImpulseResponse> response);
  // What is published between the two reaches the callback at once. [control]
  void HoldBack() noexcept { held_back_ = true; }
  void LetGo() noexcept;
  Sound sound() const { return {values_, adaptation_, response_}; }  // [control] published last
  // On what leaves the signal path, unless it is bypassed, so that another setting is as loud. What
  // is raised is held at the limiter's ceiling. [control] heard from the next block, or with the
  // path that comes in
  void SetMatchGain(float gain_db);
  // Frees signal paths that the callback has left. Whether there was one. [control]
  bool FreeUnused() { return prepared_.FreeOld(); }
  // The same, for a setting that comes in; on the way the gain takes that course, in dB.
  void SetMatchGain(float gain_db, const std::array<float, MatchGain::Course::kSteps>& course_db);
  bool has_response() const noexcept { return response_ != nullptr; }  // [control]
  void FadeOut() noexcept { SetAudible(false); }  // [control] until SetAudible()
  // Fades in or out. [control] from the next block
  void SetAudible(bool audible) noexcept;
  // Silent from the next block on, until SetAudible(true): where nobody hears it anyway. [control]
  void Mute() noexcept;
  bool faded_out() const noexcept {  // [any]
    return faded_out_.load(std::memory_order_acquire);
  }

  bool idle() const noexcept override { return idle_gate_.idle(); }  // [any]

  // Signal paths in memory: the one that is heard, and one that is on its way in or out. [control]
  std::size_t kept_paths() const noexcept { return prepared_.kept(); }
  const RtStats& stats() const noexcept { return stats_; }     // [any]
  TapQueue& taps() noexcept { return taps_; }                  // [analysis] pops from it
  SliceRing& slices() noexcept { return recorder_.slices(); }  // [control] pops from it
  const EngineOptions& options() const noexcept { return options_; }

 private:
  struct RtState {
    const PathSwitch::Item* path;
    SignalPath::Targets targets;
    bool audible;
    bool at_once;  // without a fade, where it is not
    MatchGain::Target match;
    std::uint64_t revision;  // of all that but `audible`
  };

  const PathSwitch::Item* MakePath();
  void Send() noexcept;
  void SendRevision() noexcept;
  bool TakePublished() noexcept;  // whether it sounds otherwise
  void Follow() noexcept;
  void ProcessView(StereoView view) noexcept;
  // Of a view, from `done` on: the blocks up to the first silent one, or one that is silent.
  std::size_t RunFrames(StereoView view, std::size_t done) const noexcept;
  void ProcessBlocks(StereoView blocks) noexcept;
  void EndTiming(std::size_t frames) noexcept;
  void ProcessPath(StereoView blocks) noexcept;
  void BeginAfterPause(bool softly) noexcept;
  // Both while nothing is heard. What still rings, at the end.
  float JumpInSilence() noexcept;  // to what was published last
  float PlaySilence(std::size_t frames) noexcept;
  void BeginAfterLoss() noexcept;
  void RampIn(std::size_t unheard_frames) noexcept;
  void ApplyFade(StereoView blocks) noexcept;
  void BeginTap(StereoView input) noexcept;
  void EndTap(StereoView output) noexcept;

  EngineOptions options_;
  SignalPath::Values values_;                        // [control] published last
  Adaptation adaptation_;                            // [control]
  std::shared_ptr<const ImpulseResponse> response_;  // [control]
  Handover<PreparedPath> prepared_;                  // [control]
  RtState published_;                                // [control] what the mailbox holds
  float match_gain_db_ = 0.0F;                       // [control]
  bool held_back_ = false;                           // [control] the mailbox may be behind
  RtMailbox<RtState> mailbox_;
  BlockAdapter adapter_;
  std::uint64_t taken_revision_ = 0;  // [rt]
  IdleGate idle_gate_;
  PathSwitch paths_;
  Smoother fade_;
  Smoother resume_;
  std::size_t rest_frames_ = 0;
  std::size_t settle_frames_ = 0;
  bool begins_softly_ = false;
  std::size_t unheard_frames_ = 0;                  // before the ramp after a pause
  std::array<std::vector<float>, 2> tapped_input_;  // one block, kept while the chain overwrites it
  CallbackRecorder recorder_;
  LoadShedder shedder_;
  TapBlock tap_{};
  TapQueue taps_;
  std::uint64_t position_frames_ = 0;
  std::atomic<bool> faded_out_{false};
  std::uint64_t non_finite_before_ = 0;  // that other engines counted
  RtStats stats_;
};

}  // namespace auralis
