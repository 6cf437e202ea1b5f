// The codec's messages about MIDI controllers.

#include <algorithm>

#include "ipc/codec.h"
#include "ipc/codec_parts.h"

namespace auralis::ipc {
namespace {

constexpr std::size_t kMostPresets = 128;  // programmes there are

Offset<wire::MidiControl> Pack(Builder& b, const MidiControl& m) {
  const auto text = [&](const std::string& one) { return b.CreateSharedString(one); };
  return wire::CreateMidiControl(
      b, text(m.source), text(m.target), text(m.mode), text(m.from), text(m.to), text(m.value),
      text(m.step), text(m.ticks), b.CreateVectorOfStrings(m.presets), text(m.feedback),
      text(m.feedback_low), text(m.feedback_high), text(m.label), m.invert);
}
MidiControl Unpack(const wire::MidiControl* m) {
  if (m == nullptr) return {};
  return {.source = Text(m->source()),
          .target = Text(m->target()),
          .mode = Text(m->mode()),
          .from = Text(m->from()),
          .to = Text(m->to()),
          .value = Text(m->value()),
          .step = Text(m->step()),
          .ticks = Text(m->ticks()),
          .presets = ipc::Unpack(m->presets()),
          .feedback = Text(m->feedback()),
          .feedback_low = Text(m->feedback_low()),
          .feedback_high = Text(m->feedback_high()),
          .label = Text(m->label()),
          .invert = m->invert()};
}

Offset<wire::MidiLearning> Pack(Builder& b, const MidiLearning& m) {
  const auto control = Pack(b, m.control);
  return wire::CreateMidiLearning(b, b.CreateString(m.state), b.CreateString(m.target),
                                  b.CreateString(m.hint), m.messages, b.CreateString(m.port),
                                  b.CreateString(m.saw), control, b.CreateString(m.file),
                                  b.CreateString(m.problem));
}
MidiLearning Unpack(const wire::MidiLearning* m) {
  if (m == nullptr) return {};
  return {.state = Text(m->state()),
          .target = Text(m->target()),
          .hint = Text(m->hint()),
          .messages = m->messages(),
          .port = Text(m->port()),
          .saw = Text(m->saw()),
          .control = Unpack(m->control()),
          .file = Text(m->file()),
          .problem = Text(m->problem())};
}

bool FitsControl(const wire::MidiControl* m) {
  if (m == nullptr) return true;
  const auto* presets = m->presets();
  const bool names =
      presets == nullptr || (presets->size() <= kMostPresets &&
                             std::all_of(presets->begin(), presets->end(),
                                         [](const flatbuffers::String* one) { return Fits(one); }));
  return names && Fits(m->source()) && Fits(m->target()) && Fits(m->mode()) && Fits(m->from()) &&
         Fits(m->to()) && Fits(m->value()) && Fits(m->step()) && Fits(m->ticks()) &&
         Fits(m->feedback()) && Fits(m->feedback_low()) && Fits(m->feedback_high()) &&
         Fits(m->label());
}
// A port's name comes with its client's.
bool FitsPort(const flatbuffers::String* port) {
  return port == nullptr || port->size() <= kMaxPathBytes;
}

}  // namespace

Offset<wire::GetMidi> Pack(Builder& b, const GetMidi&) { return wire::CreateGetMidi(b); }
Request Unpack(const wire::GetMidi&) { return GetMidi{}; }
Offset<wire::MapMidi> Pack(Builder& b, const MapMidi& m) {
  const auto control = Pack(b, m.control);
  return wire::CreateMapMidi(b, b.CreateString(m.port), control);
}
Request Unpack(const wire::MapMidi& m) { return MapMidi{Text(m.port()), Unpack(m.control())}; }
Offset<wire::UnmapMidi> Pack(Builder& b, const UnmapMidi& m) {
  return wire::CreateUnmapMidiDirect(b, m.port.c_str(), m.what.c_str());
}
Request Unpack(const wire::UnmapMidi& m) { return UnmapMidi{Text(m.port()), Text(m.what())}; }
Offset<wire::LearnMidi> Pack(Builder& b, const LearnMidi& m) {
  const auto control = Pack(b, m.control);
  return wire::CreateLearnMidi(b, b.CreateString(m.port), control, m.timeout_s, m.cancel);
}
Request Unpack(const wire::LearnMidi& m) {
  return LearnMidi{.port = Text(m.port()),
                   .control = Unpack(m.control()),
                   .timeout_s = m.timeout_s(),
                   .cancel = m.cancel()};
}

Offset<wire::MidiState> Pack(Builder& b, const MidiState& m) {
  const auto ports = PackList(b, m.ports, [&](const MidiPort& one) {
    return wire::CreateMidiPortDirect(b, one.name.c_str(), one.is_virtual, one.present,
                                      one.feedback, one.map.c_str(), one.map_file.c_str(),
                                      one.map_shipped, one.controls, one.messages);
  });
  const auto controls = PackList(b, m.controls, [&](const MappedControl& one) {
    const auto control = Pack(b, one.control);
    return wire::CreateMappedControl(b, b.CreateSharedString(one.port), control,
                                     b.CreateString(one.text));
  });
  const auto learning = Pack(b, m.learning);
  return wire::CreateMidiState(b, b.CreateString(m.api), ports, controls,
                               b.CreateVectorOfStrings(m.problems), m.lost, learning);
}
Reply Unpack(const wire::MidiState& m) {
  return MidiState{.api = Text(m.api()),
                   .ports = UnpackList(m.ports(),
                                       [](const wire::MidiPort& one) {
                                         return MidiPort{.name = Text(one.name()),
                                                         .is_virtual = one.is_virtual(),
                                                         .present = one.present(),
                                                         .feedback = one.feedback(),
                                                         .map = Text(one.map()),
                                                         .map_file = Text(one.map_file()),
                                                         .map_shipped = one.map_shipped(),
                                                         .controls = one.controls(),
                                                         .messages = one.messages()};
                                       }),
                   .controls = UnpackList(m.controls(),
                                          [](const wire::MappedControl& one) {
                                            return MappedControl{.port = Text(one.port()),
                                                                 .control = Unpack(one.control()),
                                                                 .text = Text(one.text())};
                                          }),
                   .problems = ipc::Unpack(m.problems()),
                   .lost = m.lost(),
                   .learning = Unpack(m.learning())};
}

bool Fits(const wire::GetMidi&) { return true; }
bool Fits(const wire::MapMidi& m) { return FitsPort(m.port()) && FitsControl(m.control()); }
bool Fits(const wire::UnmapMidi& m) { return FitsPort(m.port()) && Fits(m.what()); }
bool Fits(const wire::LearnMidi& m) { return FitsPort(m.port()) && FitsControl(m.control()); }

}  // namespace auralis::ipc
