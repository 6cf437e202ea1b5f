#pragma once

#include <algorithm>
#include <cstddef>

#include "dsp/kernels/dynamics.h"
#include "dsp/smoother.h"

namespace auralis {

// Attack and release of a reduction in positive dB: one pole in dB, the attack's while the
// reduction grows, the release's while it shrinks (D. Giannoulis, M. Massberg, J. D. Reiss, 2012,
// smooth branching). With a second, slower one it releases as the programme asks: what was reduced
// for long comes back slowly, a short peak fast.
class ReductionSmoother {
 public:
  struct Targets {
    float attack_pole;  // feedback; 0 follows at once
    float release_pole;
    float slow_attack_pole;  // how long is long
    float slow_release_pole;
    float slow_share;  // 1: as the programme asks
  };

  void Prepare(double sample_rate_hz, float ramp_ms) {  // [control]
    kernels_ = ResolveDynamicsKernels();
    for (Smoother* smoother : {&attack_, &release_, &slow_attack_, &slow_release_, &slow_share_}) {
      smoother->Prepare(sample_rate_hz, ramp_ms);
    }
  }
  void Reset() noexcept {  // [rt]
    state_ = {};
    for (Smoother* smoother : {&attack_, &release_, &slow_attack_, &slow_release_, &slow_share_}) {
      smoother->SnapTo(smoother->target());
    }
  }
  // Times ramp, too: a reduction that lags behind would jump to where a faster one would be. [rt]
  void SetTargets(const Targets& targets) noexcept {
    attack_.SetTarget(targets.attack_pole);
    release_.SetTarget(targets.release_pole);
    slow_attack_.SetTarget(targets.slow_attack_pole);
    slow_release_.SetTarget(targets.slow_release_pole);
    slow_share_.SetTarget(targets.slow_share);
  }
  // In place. Returns the largest reduction. [rt]
  float Process(float* reduction_db, std::size_t frames) noexcept {
    const std::size_t moving = std::min(frames, frames_left());
    const float largest_moving = FollowMoving(reduction_db, moving);
    if (moving == frames) return largest_moving;
    return std::max(largest_moving,
                    kernels_.follow(poles(), state_, frames - moving, reduction_db + moving));
  }
  // Until all times stand still. [rt]
  std::size_t frames_left() const noexcept {
    return std::max({attack_.frames_left(), release_.frames_left(), slow_attack_.frames_left(),
                     slow_release_.frames_left(), slow_share_.frames_left()});
  }

  // Where all stand still, and what is remembered: for a kernel that does the same. [rt]
  ReductionPoles poles() const noexcept {
    return {.attack = attack_.target(),
            .release = release_.target(),
            .slow_attack = slow_attack_.target(),
            .slow_release = slow_release_.target(),
            .slow_share = slow_share_.target()};
  }
  ReductionState& state() noexcept { return state_; }

 private:
  float FollowMoving(float* reduction_db, std::size_t frames) noexcept {
    auto [fast, slow] = state_;
    float largest = 0.0F;
    for (std::size_t i = 0; i < frames; ++i) {
      fast = Step(fast, reduction_db[i], attack_.Next(), release_.Next());
      slow = Step(slow, fast, slow_attack_.Next(), slow_release_.Next());
      reduction_db[i] = fast + slow_share_.Next() * std::max(0.0F, slow - fast);
      largest = std::max(largest, reduction_db[i]);
    }
    state_ = {.fast_db = fast, .slow_db = slow};
    return largest;
  }
  // The way to `asked` is short: both poles' results at once, and then one of them.
  static float Step(float now, float asked, float attack_pole, float release_pole) noexcept {
    const float left = now - asked;
    const float attacked = asked + attack_pole * left;
    const float released = asked + release_pole * left;
    return left < 0.0F ? attacked : released;
  }

  DynamicsKernels kernels_{};
  Smoother attack_;
  Smoother release_;
  Smoother slow_attack_;
  Smoother slow_release_;
  Smoother slow_share_;
  ReductionState state_;
};

}  // namespace auralis
