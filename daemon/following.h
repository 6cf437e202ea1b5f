#pragma once

#include "daemon/adapting.h"
#include "daemon/engine.h"
#include "daemon/levelling.h"

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
  void Hear(Engine& engine, const AnalysisFrame& frame);

 private:
  Adapting& adapting_;
  Levelling& levelling_;
  Adaptation adaptation_;
  SignalPath::Values published_;
};

}  // namespace auralis
