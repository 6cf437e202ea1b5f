#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "daemon/match_gain.h"
#include "dsp/adaptation.h"
#include "dsp/handover.h"
#include "dsp/signal_path.h"

namespace auralis {

// A signal path laid out by its structural values, and the designer whose targets it understands.
struct PreparedPath {
  // [control] Allocates. At rest, with `values` in force.
  PreparedPath(const ProcessSpec& spec, const SignalPath::Values& values,
               const Adaptation& adaptation,
               std::shared_ptr<const ImpulseResponse> response = nullptr);

  // What is structural in `values` is so here; else another path is needed. [control]
  bool IsLaidOutAs(const SignalPath::Values& values) const;

  SignalPath::Values laid_out_by;
  std::unique_ptr<SignalPath::Designer> designer;  // [control]
  std::unique_ptr<SignalPath> path;                // [rt] once it is handed over
};

// Goes from one signal path to another while the music plays: the new one runs beside the old one,
// unheard, until it has filled its delays and come to rest; then the old one's output is faded into
// the new one's. Each is held by its own limiter, so what lies between them is, too. Where their
// latencies differ the same music is heard twice for as long as the fade takes.
class PathSwitch {
 public:
  using Item = Handover<PreparedPath>::Item;

  void Prepare(const ProcessSpec& spec, const Item* first);  // [control]
  // Aim at `targets`, on that path; the last call counts. `targets` stays until the next call.
  // `match` is the path's own: one that comes in brings it along. [rt]
  void Follow(const Item* path, const SignalPath::Targets& targets,
              const MatchGain::Target& match = {}) noexcept;
  // `probe`, or nullptr, sees the path that is heard. [rt]
  void Process(StereoView io, const StageProbe* probe = nullptr) noexcept;
  // At the path followed last, without a fade: for when nothing is heard. [rt]
  void Jump() noexcept;
  void Shed(Shedding shedding) noexcept;  // [rt] holds for the paths to come, too
  // Of the path that is heard. [any]
  std::size_t latency_frames() const noexcept {
    return latency_frames_.load(std::memory_order_relaxed);
  }
  const SignalPath& heard() const noexcept { return *(*heard_)->path; }  // [rt]
  std::uint64_t non_finite_frames() const noexcept;                      // [rt]

 private:
  void Begin() noexcept;
  void End() noexcept;

  const Item* heard_ = nullptr;
  const Item* incoming_ = nullptr;  // while it warms up and fades in
  const Item* wanted_ = nullptr;
  const SignalPath::Targets* wanted_targets_ = nullptr;
  MatchGain heard_match_;
  MatchGain incoming_match_;
  MatchGain::Target wanted_match_;
  std::array<std::vector<float>, 2> incoming_block_;
  Shedding shedding_ = Shedding::kNothing;
  std::size_t rest_frames_ = 0;
  std::size_t fade_frames_ = 1;
  std::size_t warm_up_frames_ = 0;
  std::size_t elapsed_frames_ = 0;  // since the incoming path began
  std::uint64_t non_finite_before_ = 0;
  std::atomic<std::size_t> latency_frames_{0};
};

}  // namespace auralis
