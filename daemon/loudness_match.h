#pragma once

#include <cstddef>

#include "daemon/recent_sound.h"
#include "daemon/sound.h"
#include "dsp/stage.h"

namespace auralis {

// What comes of an excerpt: its loudness in LUFS (ITU-R BS.1770-4, gated; -infinity for silence),
// and its highest sample.
struct Outcome {
  double lufs;
  float peak_dbfs;
};
struct Outcomes {
  Outcome first;
  Outcome second;
};
// Of two sounds, each through a signal path of its own from rest. The same frames of the excerpt
// are measured of both, after the first `lead_frames`, in which the paths settle. [control] some
// 100 ns a frame and sound
Outcomes Compare(const ProcessSpec& spec, const Sound& first, const Sound& second,
                 const Excerpt& excerpt, std::size_t lead_frames);

// Of a switch: before it the first sound is heard, from `switch_frame` of the excerpt on the second
// one, with all that the path remembers of the first, or from rest where its layout is another. The
// same frames after the switch are measured of the first as if there had been none. [control]
Outcomes CompareSwitch(const ProcessSpec& spec, const Sound& first, const Sound& second,
                       const Excerpt& excerpt, std::size_t switch_frame);

// The gain behind its signal path with which the second is as loud as the first with
// `first_gain_db`. It raises no further than the second's peaks leave room below `ceiling_dbfs`,
// and lowers by no more than kMostCutDb; 0 where one of them is silent.
inline constexpr float kMostCutDb = 24.0F;
float MatchGainDb(const Outcomes& outcomes, float first_gain_db, float ceiling_dbfs);

// A gain that goes to where it is to rest so slowly that it is no step.
class SlowGain {
 public:
  static constexpr float kDbPerS = 1.5F;  // 0.3 LU within 200 ms

  // At once; it goes to `rest_db` from there.
  void Start(float gain_db, float rest_db = 0.0F) {
    gain_db_ = gain_db;
    rest_db_ = rest_db;
  }
  // When another `seconds` of the stream have gone by.
  void Advance(double seconds);
  float gain_db() const { return gain_db_; }
  float rest_db() const { return rest_db_; }

 private:
  float gain_db_ = 0.0F;
  float rest_db_ = 0.0F;
};

}  // namespace auralis
