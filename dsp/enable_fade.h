#pragma once

#include <algorithm>
#include <cstddef>

#include "dsp/smoother.h"
#include "dsp/stage.h"

namespace auralis {

// A stage's switch: how much of its effect is heard, from 0 to 1, over the length of a fade. A
// stage that is off and has faded rests: it costs nothing and starts afresh when it is switched on.
// Where it comes to rest is counted in frames, so what it did before does not depend on the cut.
class EnableFade {
 public:
  void Prepare(double sample_rate_hz, float fade_ms) noexcept {  // [control] off
    share_.Prepare(sample_rate_hz, fade_ms);
    share_.SnapTo(0.0F);
  }
  void Reset() noexcept { share_.SnapTo(share_.target()); }                                 // [rt]
  void SetTarget(float share) noexcept { share_.SetTarget(share); }                         // [rt]
  bool is_resting() const noexcept { return share_.settled() && share_.target() == 0.0F; }  // [rt]
  // The shares of the next frames; to be called within `active`, for all of them. [rt]
  void Fill(float* shares, std::size_t frames) noexcept { share_.Fill(shares, frames); }

  // Splits `io` where the stage comes to rest: `active(StereoView)` takes the frames before, then
  // `rest()` forgets the signal, and `idle(StereoView)` takes the others. [rt]
  template <class Active, class Rest, class Idle>
  void Process(StereoView io, Active active, Rest rest, Idle idle) noexcept {
    if (share_.target() == 0.0F) {
      const std::size_t frames = std::min(share_.frames_left(), io.frames);
      if (frames > 0) {
        active(StereoView{io.left, io.right, frames});
        if (share_.settled()) rest();
        io = {io.left + frames, io.right + frames, io.frames - frames};
      }
      if (io.frames > 0) idle(io);
      return;
    }
    active(io);
  }

 private:
  Smoother share_;
};

}  // namespace auralis
