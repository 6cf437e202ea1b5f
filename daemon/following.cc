#include "daemon/following.h"

namespace auralis {

void Following::SetSinkVolume(Engine& engine, float volume_db) {
  adaptation_.sink_volume_db = volume_db;
  engine.Adapt(adaptation_);
}

void Following::Publish(Engine& engine) {
  const SignalPath::Values targets = adapting_.Targets();
  adaptation_.bark_delta_db = adapting_.BarkDeltaDb();
  engine.Adapt(adaptation_);
  if (targets == published_) return;
  published_ = targets;
  engine.Publish(targets);
}

void Following::Hear(Engine& engine, const AnalysisFrame& frame) {
  adapting_.Hear(frame);
  Publish(engine);
  adaptation_.leveler_gain_db = levelling_.Hear(frame, published_);
  engine.Adapt(adaptation_);
  engine.Settle();
}

}  // namespace auralis
