#pragma once

#include <algorithm>
#include <cstddef>

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

  void Prepare(double sample_rate_hz, float ramp_ms) noexcept {  // [control]
    for (Smoother* smoother : {&attack_, &release_, &slow_attack_, &slow_release_, &slow_share_}) {
      smoother->Prepare(sample_rate_hz, ramp_ms);
    }
  }
  void Reset() noexcept {  // [rt]
    fast_ = slow_ = 0.0F;
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
  // In place. [rt]
  void Process(float* reduction_db, std::size_t frames) noexcept {
    float fast = fast_;
    float slow = slow_;
    for (std::size_t i = 0; i < frames; ++i) {
      fast = Follow(fast, reduction_db[i], attack_.Next(), release_.Next());
      slow = Follow(slow, fast, slow_attack_.Next(), slow_release_.Next());
      reduction_db[i] = fast + slow_share_.Next() * std::max(0.0F, slow - fast);
    }
    fast_ = fast;
    slow_ = slow;
  }

 private:
  // Below a millionth of a dB it is over: what decays for ever would never be 0.
  static float Follow(float now, float asked, float attack_pole, float release_pole) noexcept {
    const float next = asked + (asked > now ? attack_pole : release_pole) * (now - asked);
    return next < 1e-6F ? 0.0F : next;
  }

  Smoother attack_;
  Smoother release_;
  Smoother slow_attack_;
  Smoother slow_release_;
  Smoother slow_share_;
  float fast_ = 0.0F;
  float slow_ = 0.0F;
};

}  // namespace auralis
