#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "daemon/engine.h"
#include "daemon/loudness_match.h"
#include "daemon/recent_sound.h"

namespace auralis {

// Goes from one preset to another without a step in loudness: both are measured with what was heard
// last, off the callback; the new one comes in as loud as the old one and goes to its own loudness
// slowly. All [control].
class SoundSwitch {
 public:
  struct Hooks {
    std::function<Engine&()> engine;
  };
  explicit SoundSwitch(Hooks hooks) : hooks_(std::move(hooks)) {}

  // A stream begins at this rate; what was heard before is forgotten.
  void Listen(double sample_rate_hz);
  RecentSound& recent() { return *recent_; }

  // What changes between the two is one change for the listener, and comes in as loud as what it
  // replaces. Pairs may be nested.
  void Begin();
  void End();
  // Instead of End(): it comes in with that gain, and keeps it.
  void EndAt(float gain_db);
  // From the gain of now, slowly.
  void GoTo(float gain_db) { match_.Start(match_.gain_db(), gain_db); }
  // The last seconds of what was heard, up to ten, and a bit less at high rates.
  Excerpt Heard() const { return Heard(kRecentSeconds); }
  std::uint64_t position_frames() const { return position_frames_; }
  // The stream has come to this position.
  void Advance(std::uint64_t position_frames);
  float match_gain_db() const { return match_.gain_db(); }
  // True while the gain is on its way to where it rests.
  bool is_moving() const { return match_.gain_db() != match_.rest_db(); }

 private:
  static constexpr double kRecentSeconds = 10.0;

  Excerpt Heard(double seconds) const;
  void Land(std::optional<float> gain_db);
  SwitchOutcome Measure(const Sound& first, const Sound& second, const Excerpt& excerpt) const;

  Hooks hooks_;
  double sample_rate_hz_ = 48000.0;
  std::unique_ptr<RecentSound> recent_;
  SlowGain match_;
  std::uint64_t position_frames_ = 0;
  int depth_ = 0;
  Sound before_;
};

}  // namespace auralis
