// The codec's messages about adaptation.

#include <string>
#include <vector>

#include "ipc/codec_parts.h"

namespace auralis::ipc {
namespace {

Offset<wire::AdaptedZone> Pack(Builder& b, const AdaptedZone& m) {
  return wire::CreateAdaptedZoneDirect(b, m.name.c_str(), m.share, m.wanted, m.gain_db);
}
Offset<wire::AdaptedParameter> Pack(Builder& b, const AdaptedParameter& m) {
  return wire::CreateAdaptedParameterDirect(b, m.key.c_str(), m.set, m.aim, m.value,
                                            m.set_text.c_str(), m.text.c_str(), m.pinned,
                                            m.stage_on);
}
Offset<wire::Study> Pack(Builder& b, const Study& m) {
  return wire::CreateStudyDirect(b, m.state.c_str(), m.purpose.c_str(), m.path.c_str(), m.done,
                                 m.total, m.skipped, m.problem.c_str());
}
AdaptedZone Unpack(const wire::AdaptedZone& m) {
  return {.name = Text(m.name()), .share = m.share(), .wanted = m.wanted(), .gain_db = m.gain_db()};
}
AdaptedParameter Unpack(const wire::AdaptedParameter& m) {
  return {.key = Text(m.key()),
          .set = m.set(),
          .aim = m.aim(),
          .value = m.value(),
          .set_text = Text(m.set_text()),
          .text = Text(m.text()),
          .pinned = m.pinned(),
          .stage_on = m.stage_on()};
}
Study Unpack(const wire::Study* m) {
  if (m == nullptr) return {};
  return {.state = Text(m->state()),
          .purpose = Text(m->purpose()),
          .path = Text(m->path()),
          .done = m->done(),
          .total = m->total(),
          .skipped = m->skipped(),
          .problem = Text(m->problem())};
}
Adaptation Plain(const wire::Adaptation& m) {
  Adaptation a;
  a.doing = Text(m.doing());
  a.strength = m.strength();
  a.share = m.share();
  a.heard_s = m.heard_s();
  a.silent_s = m.silent_s();
  a.age_s = m.age_s();
  a.programmes = m.programmes();
  a.spectral = m.spectral();
  a.dynamic = m.dynamic();
  a.energy = m.energy();
  a.loudness_lufs = m.loudness_lufs();
  a.loudness_deviation_lu = m.loudness_deviation_lu();
  a.crest_db = m.crest_db();
  a.width = m.width();
  a.correlation = m.correlation();
  a.centroid_hz = m.centroid_hz();
  a.flatness = m.flatness();
  a.onsets_per_s = m.onsets_per_s();
  a.zones = UnpackList(m.zones(), [](const wire::AdaptedZone& one) { return Unpack(one); });
  a.band_gain_db = ipc::Unpack(m.band_gain_db());
  a.parameters =
      UnpackList(m.parameters(), [](const wire::AdaptedParameter& one) { return Unpack(one); });
  a.reference = Text(m.reference());
  a.study = Unpack(m.study());
  a.story = ipc::Unpack(m.story());
  return a;
}

}  // namespace

Offset<wire::GetAdaptation> Pack(Builder& b, const GetAdaptation&) {
  return wire::CreateGetAdaptation(b);
}

Offset<wire::Adapt> Pack(Builder& b, const Adapt& m) {
  return wire::CreateAdaptDirect(b, static_cast<wire::AdaptAction>(m.action), m.text.c_str());
}

Offset<wire::Adaptation> Pack(Builder& b, const Adaptation& m) {
  const auto pack = [&](const auto& one) { return Pack(b, one); };
  return wire::CreateAdaptation(
      b, b.CreateString(m.doing), m.strength, m.share, m.heard_s, m.silent_s, m.age_s, m.programmes,
      m.spectral, m.dynamic, m.energy, m.loudness_lufs, m.loudness_deviation_lu, m.crest_db,
      m.width, m.correlation, m.centroid_hz, m.flatness, m.onsets_per_s, PackList(b, m.zones, pack),
      b.CreateVector(m.band_gain_db), PackList(b, m.parameters, pack), b.CreateString(m.reference),
      Pack(b, m.study), b.CreateVectorOfStrings(m.story));
}

Request Unpack(const wire::GetAdaptation&) { return GetAdaptation{}; }

Request Unpack(const wire::Adapt& m) {
  return Adapt{.action = static_cast<Adapt::Action>(m.action()), .text = Text(m.text())};
}

Reply Unpack(const wire::Adaptation& m) { return Plain(m); }

Offset<wire::AdaptationNow> Pack(Builder& b, const AdaptationNow& m) {
  return wire::CreateAdaptationNow(b, Pack(b, m.adaptation), m.lost);
}

Event Unpack(const wire::AdaptationNow& m) {
  return AdaptationNow{m.adaptation() == nullptr ? Adaptation() : Plain(*m.adaptation()), m.lost()};
}

}  // namespace auralis::ipc
