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
    wanted_ = 0.0F;
    shed_ = false;
    share_.Prepare(sample_rate_hz, fade_ms);
    share_.SnapTo(0.0F);
  }
  void Reset() noexcept { share_.SnapTo(share_.target()); }  // [rt]
  // `aim()` moves toward the stage's new targets, `rest()` is there at once. On its way out a stage
  // keeps what it had, and from rest it starts where it is wanted: otherwise both would be heard
  // for the length of the fade. [rt]
  template <class Aim, class Rest>
  void SetTarget(float share, Aim aim, Rest rest) noexcept {
    const bool was_resting = share_.settled() && share_.target() == 0.0F;
    wanted_ = share;
    share_.SetTarget(shed_ ? 0.0F : share);
    if (was_resting) {
      rest();
    } else if (share > 0.0F) {
      aim();
    }
  }
  // Off for as long as it is shed, whatever is wanted; back to what is wanted then. [rt]
  void Shed(bool shed) noexcept {
    shed_ = shed;
    share_.SetTarget(shed_ ? 0.0F : wanted_);
  }
  // Until the share stands still, and where. [rt]
  std::size_t frames_left() const noexcept { return share_.frames_left(); }
  float target() const noexcept { return share_.target(); }
  // The shares of the next frames; this or Apply() once within `active`, for all of them. [rt]
  void Fill(float* shares, std::size_t frames) noexcept { share_.Fill(shares, frames); }
  // Both channels times `gain`, as far as the stage is heard. `scratch` is as long. [rt]
  void Apply(const float* gain, StereoView io, float* scratch) noexcept {
    Fill(scratch, io.frames);
    for (std::size_t i = 0; i < io.frames; ++i) {
      const float heard = 1.0F + scratch[i] * (gain[i] - 1.0F);
      io.left[i] *= heard;
      io.right[i] *= heard;
    }
  }

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
  float wanted_ = 0.0F;
  bool shed_ = false;
};

}  // namespace auralis
