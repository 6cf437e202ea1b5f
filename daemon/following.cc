#include "daemon/following.h"

#include <utility>

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

bool Following::Listens() const {
  constexpr std::size_t kAdaptive = SignalPath::IndexOf("master", "adaptive");
  constexpr std::size_t kLeveler = SignalPath::IndexOf("leveler", "enabled");
  return published_[kAdaptive] != 0.0F || published_[kLeveler] != 0.0F;
}

void Following::Hear(Engine& engine, const AnalysisFrame& frame) {
  if (!held_) {
    adapting_.Hear(frame);
    Publish(engine);
    adaptation_.leveler_gain_db = levelling_.Hear(frame, published_);
    engine.Adapt(adaptation_);
  }
  engine.Settle();
}

Sound Following::SoundOf(const ParamRegistry::Values& values, const Pinned& pinned,
                         float leveler_gain_db,
                         std::shared_ptr<const ImpulseResponse> response) const {
  Sound sound{.targets = adapting_.TargetsOf(values, pinned),
              .adaptation = adaptation_,
              .response = std::move(response)};
  sound.adaptation.bark_delta_db = adapting_.BarkDeltaDbOf(values);
  sound.adaptation.leveler_gain_db = leveler_gain_db;
  return sound;
}

float Following::LevelerGainDbOf(const ParamRegistry::Values& values, const Pinned& pinned) const {
  return levelling_.SettledDb(adapting_.TargetsOf(values, pinned));
}

void Following::SetLevelerGain(Engine& engine, float gain_db) {
  levelling_.Jump(gain_db);
  adaptation_.leveler_gain_db = gain_db;
  engine.Adapt(adaptation_);
}

}  // namespace auralis
