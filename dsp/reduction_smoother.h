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
    const bool settled = attack_.settled() && release_.settled() && slow_attack_.settled() &&
                         slow_release_.settled() && slow_share_.settled();
    if (settled) {
      Follow(reduction_db, frames, [this](Smoother Self::*smoother) {
        return [target = (this->*smoother).target()] { return target; };
      });
    } else {
      Follow(reduction_db, frames, [this](Smoother Self::*smoother) {
        return [moving = &(this->*smoother)] { return moving->Next(); };
      });
    }
  }

 private:
  using Self = ReductionSmoother;

  // `source` turns a smoother into what gives its value frame by frame.
  template <class Source>
  void Follow(float* reduction_db, std::size_t frames, Source source) noexcept {
    const auto attack = source(&Self::attack_);
    const auto release = source(&Self::release_);
    const auto slow_attack = source(&Self::slow_attack_);
    const auto slow_release = source(&Self::slow_release_);
    const auto slow_share = source(&Self::slow_share_);
    float fast = fast_;
    float slow = slow_;
    for (std::size_t i = 0; i < frames; ++i) {
      fast = Step(fast, reduction_db[i], attack(), release());
      slow = Step(slow, fast, slow_attack(), slow_release());
      reduction_db[i] = fast + slow_share() * std::max(0.0F, slow - fast);
    }
    fast_ = fast;
    slow_ = slow;
  }
  // The way to `asked` is short: both poles' results at once, and then one of them.
  static float Step(float now, float asked, float attack_pole, float release_pole) noexcept {
    const float left = now - asked;
    const float attacked = asked + attack_pole * left;
    const float released = asked + release_pole * left;
    return left < 0.0F ? attacked : released;
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
