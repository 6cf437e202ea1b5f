#pragma once

#include <memory>

#include "daemon/adapting.h"
#include "daemon/engine.h"
#include "daemon/levelling.h"
#include "daemon/sound.h"

namespace auralis {

// What becomes of a reading: adaptation and leveler take it in, and what they ask for is put in
// force. The daemon and the renderer of files both go through here, so that the same readings at
// the same places of the stream give the same sound. [control]
class Following {
 public:
  // Both must outlive this. `published` is what the engine was made with.
  Following(Adapting& adapting, Levelling& levelling, const SignalPath::Values& published)
      : adapting_(adapting),
        levelling_(levelling),
        adaptation_{.leveler_gain_db = levelling.gain_db()},
        published_(published) {}

  const Adaptation& adaptation() const noexcept { return adaptation_; }  // in force
  void SetSinkVolume(Engine& engine, float volume_db);
  // What people set and what adaptation makes of it.
  void Publish(Engine& engine);
  // Whether a reading can change anything: what the values now in force say.
  bool Listens() const;
  void Hear(Engine& engine, const AnalysisFrame& frame);

  // While two settings are compared neither adaptation nor leveler moves: what is heard of them
  // stays as it is.
  void Hold(bool held) noexcept { held_ = held; }
  // What the engine would be given for other values. `leveler_gain_db` is what goes with them.
  Sound SoundOf(const ParamRegistry::Values& values, const Pinned& pinned, float leveler_gain_db,
                std::shared_ptr<const ImpulseResponse> response) const;
  // Where the leveler would come to with them.
  float LevelerGainDbOf(const ParamRegistry::Values& values, const Pinned& pinned) const;
  // The leveler goes on from that gain.
  void SetLevelerGain(Engine& engine, float gain_db);

 private:
  Adapting& adapting_;
  Levelling& levelling_;
  Adaptation adaptation_;
  SignalPath::Values published_;
  bool held_ = false;
};

}  // namespace auralis
