#pragma once

#include <array>
#include <cstddef>
#include <stop_token>

#include "daemon/match_gain.h"
#include "daemon/recent_sound.h"
#include "daemon/sound.h"
#include "dsp/stage.h"

namespace auralis {

// What comes of an excerpt: its loudness in LUFS (ITU-R BS.1770-4; -infinity for silence), and its
// highest sample.
struct Outcome {
  double lufs;
  float peak_dbfs;
};
struct Outcomes {
  Outcome first;
  Outcome second;
};
// Of two sounds, each through a signal path of its own, which has heard the excerpt once before, so
// that what takes its time has settled. The same frames of it are measured of both, gated. Ends
// early, with silence, where it is to stop. [any] some 400 ns a frame
Outcomes Compare(const ProcessSpec& spec, const Sound& first, const Sound& second,
                 const Excerpt& excerpt, const std::stop_token& stop = {});
// The gains with which both are equally loud: the louder one is lowered and none is raised, so that
// no peak goes over its limiter's ceiling. 0 where one of them is silent. [any]
struct MatchedGains {
  float first_db = 0.0F;
  float second_db = 0.0F;
};
MatchedGains LowerTheLouder(const Outcomes& outcomes);

// Of a switch: before it the first sound is heard, from `switch_frame` of the excerpt on the second
// one, with all that the path remembers of the first, or from rest where its layout is another. The
// same frames after the switch are measured of the first as if there had been none. [control]
struct SwitchOutcome {
  Outcomes settled;
  // By how much the first is louder than the second in each step of a MatchGain::Course.
  std::array<double, MatchGain::Course::kSteps> louder_db;
};
SwitchOutcome CompareSwitch(const ProcessSpec& spec, const Sound& first, const Sound& second,
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

// On the way there: as loud as the first in every step, by as much as that gain makes it so in the
// end.
std::array<float, MatchGain::Course::kSteps> MatchCourseDb(const SwitchOutcome& outcome,
                                                           float first_gain_db,
                                                           const SlowGain& second_gain);

}  // namespace auralis
