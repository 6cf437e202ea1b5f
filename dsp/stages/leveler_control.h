#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "dsp/stages/leveler.h"

namespace auralis {

// What gain the leveler is to have. It hears the loudness of 400 ms (BS.1770-4), keeps the last 30
// seconds in which there was any, and takes as the programme's loudness the larger of two: the mean
// over these, gated 10 LU below the ungated one (BS.1770-4 equation 7), and 0.8 LU less than the
// loudest three seconds. The gain moves toward target - loudness, so a part that was heard before
// never comes out more than 0.8 dB over the target, however quiet it was in between.
//
// Below -60 LUFS nothing moves and nothing is remembered: after a pause everything is as it was,
// and for some seconds the gain rises slowly. All time is counted in frames of the stream.
class LevelerControl {
 public:
  // [control] Forgets. `gain_db` is where to start from, 0 where nothing is known: it counts as ten
  // seconds of a programme that asked for it.
  void Prepare(double sample_rate_hz, float gain_db);
  // [control] `momentary_lufs` is the loudness before the stage, of the 400 ms that end at
  // `position_frames`. Any number of times a second; the result depends little on how many. Gives
  // the gain in dB, 0 where the leveler is off.
  float Update(std::uint64_t position_frames, float momentary_lufs, const Leveler::Params& params);

  // Where the gain goes to, for a programme that is louder by `louder_db` than what was heard;
  // gain_db() where nothing was. [control]
  float AimDb(const Leveler::Params& params, float louder_db = 0.0F) const noexcept;
  // Goes on from that gain. [control]
  void Jump(float gain_db) noexcept { gain_db_ = gain_db; }
  // Last result, or where it started. What to start from the next time. [control]
  float gain_db() const noexcept { return gain_db_; }
  bool frozen() const noexcept { return frozen_; }  // for want of a signal. [control]

 private:
  struct Reading {
    double mean_square;  // of 400 ms, as loudness
    double loudness_3s_lufs;
  };

  void Start(const Leveler::Params& params);
  void Remember(double momentary_lufs);
  double ProgrammeLufs() const noexcept;
  void Move(double aim_db, double seconds, double speed_db_per_s) noexcept;

  double sample_rate_hz_ = 48000.0;
  bool started_ = false;
  std::uint64_t position_frames_ = 0;
  double since_reading_s_ = 0.0;
  double since_pause_s_ = 0.0;  // heard since the last one
  bool frozen_ = true;
  std::vector<Reading> readings_;  // a ring, every 100 ms of signal
  std::size_t next_ = 0;
  std::size_t count_ = 0;
  float gain_db_ = 0.0F;
};

}  // namespace auralis
