#pragma once
// What the codec's files share. Only they may include this: it shows the generated code.

#include <flatbuffers/flatbuffers.h>

#include <string>
#include <vector>

#include "ipc/messages.h"
#include "ipc/schema/protocol_generated.h"

namespace auralis::ipc {

using Builder = flatbuffers::FlatBufferBuilder;
template <class T>
using Offset = flatbuffers::Offset<T>;
using Strings = flatbuffers::Vector<Offset<flatbuffers::String>>;
using Floats = flatbuffers::Vector<float>;

template <class List, class Function>
auto PackList(Builder& b, const List& list, Function pack_one) {
  std::vector<decltype(pack_one(list.front()))> offsets;
  offsets.reserve(list.size());
  for (const auto& item : list) offsets.push_back(pack_one(item));
  return b.CreateVector(offsets);
}

inline std::string Text(const flatbuffers::String* text) {
  return text == nullptr ? "" : text->str();
}

template <class WireList, class Function>
auto UnpackList(const WireList* list, Function unpack_one) {
  std::vector<decltype(unpack_one(*list->Get(0)))> items;
  if (list == nullptr) return items;
  items.reserve(list->size());
  for (const auto* one : *list) items.push_back(unpack_one(*one));
  return items;
}
inline std::vector<std::string> Unpack(const Strings* list) {
  return UnpackList(list, [](const flatbuffers::String& one) { return one.str(); });
}
inline std::vector<float> Unpack(const Floats* list) {
  return list == nullptr ? std::vector<float>() : std::vector<float>(list->begin(), list->end());
}

// The topics, each in a file of its own. codec_changes.cc:
Offset<wire::Value> Pack(Builder& b, const Value& m);
Value Unpack(const wire::Value& m);
Offset<wire::Reset> Pack(Builder& b, const Reset& m);
Offset<wire::Undo> Pack(Builder& b, const Undo& m);
Offset<wire::Redo> Pack(Builder& b, const Redo& m);
Offset<wire::GetChain> Pack(Builder& b, const GetChain& m);
Offset<wire::ChainState> Pack(Builder& b, const ChainState& m);
Offset<wire::ListDevices> Pack(Builder& b, const ListDevices& m);
Offset<wire::DeviceList> Pack(Builder& b, const DeviceList& m);
Offset<wire::Quit> Pack(Builder& b, const Quit& m);
Offset<wire::Quitting> Pack(Builder& b, const Quitting& m);
Request Unpack(const wire::Reset& m);
Request Unpack(const wire::Undo& m);
Request Unpack(const wire::Redo& m);
Request Unpack(const wire::GetChain& m);
Request Unpack(const wire::ListDevices& m);
Request Unpack(const wire::Quit& m);
Reply Unpack(const wire::ChainState& m);
Reply Unpack(const wire::DeviceList& m);
Reply Unpack(const wire::Quitting& m);
// codec_events.cc:
Offset<wire::Meters> Pack(Builder& b, const Meters& m);
Offset<wire::Spectrum> Pack(Builder& b, const Spectrum& m);
Offset<wire::Bye> Pack(Builder& b, const Bye& m);
Offset<wire::ParametersChanged> Pack(Builder& b, const ParametersChanged& m);
Offset<wire::Notice> Pack(Builder& b, const Notice& m);
Event Unpack(const wire::Meters& m);
Event Unpack(const wire::Spectrum& m);
Event Unpack(const wire::Bye& m);
Event Unpack(const wire::ParametersChanged& m);
Event Unpack(const wire::Notice& m);
// codec_black_box.cc:
Offset<wire::GetBlackBox> Pack(Builder& b, const GetBlackBox& m);
Request Unpack(const wire::GetBlackBox& m);
Offset<wire::BlackBoxPlace> Pack(Builder& b, const BlackBoxPlace& m);
Reply Unpack(const wire::BlackBoxPlace& m);
// codec_adaptation.cc:
Offset<wire::GetAdaptation> Pack(Builder& b, const GetAdaptation& m);
Offset<wire::Adapt> Pack(Builder& b, const Adapt& m);
Offset<wire::Adaptation> Pack(Builder& b, const Adaptation& m);
Request Unpack(const wire::GetAdaptation& m);
Request Unpack(const wire::Adapt& m);
Reply Unpack(const wire::Adaptation& m);
Offset<wire::AdaptationNow> Pack(Builder& b, const AdaptationNow& m);
Event Unpack(const wire::AdaptationNow& m);
// codec_midi.cc:
Offset<wire::GetMidi> Pack(Builder& b, const GetMidi& m);
Offset<wire::MapMidi> Pack(Builder& b, const MapMidi& m);
Offset<wire::UnmapMidi> Pack(Builder& b, const UnmapMidi& m);
Offset<wire::LearnMidi> Pack(Builder& b, const LearnMidi& m);
Offset<wire::MidiState> Pack(Builder& b, const MidiState& m);
Request Unpack(const wire::GetMidi& m);
Request Unpack(const wire::MapMidi& m);
Request Unpack(const wire::UnmapMidi& m);
Request Unpack(const wire::LearnMidi& m);
Reply Unpack(const wire::MidiState& m);
// Whether a request keeps to its limits (codec.h).
bool Fits(const flatbuffers::String* text);
bool Fits(const wire::GetMidi& m);
bool Fits(const wire::MapMidi& m);
bool Fits(const wire::UnmapMidi& m);
bool Fits(const wire::LearnMidi& m);

// codec_comparison.cc:
Offset<wire::GetComparison> Pack(Builder& b, const GetComparison& m);
Offset<wire::Compare> Pack(Builder& b, const Compare& m);
Offset<wire::SteerComparison> Pack(Builder& b, const SteerComparison& m);
Offset<wire::Comparison> Pack(Builder& b, const Comparison& m);
Request Unpack(const wire::GetComparison& m);
Request Unpack(const wire::Compare& m);
Request Unpack(const wire::SteerComparison& m);
Reply Unpack(const wire::Comparison& m);
bool Fits(const wire::GetComparison& m);
bool Fits(const wire::Compare& m);
bool Fits(const wire::SteerComparison& m);
// codec_presets.cc:
Offset<wire::LoadPreset> Pack(Builder& b, const LoadPreset& m);
Offset<wire::GetPresets> Pack(Builder& b, const GetPresets& m);
Offset<wire::PresetState> Pack(Builder& b, const PresetState& m);
Request Unpack(const wire::LoadPreset& m);
Request Unpack(const wire::GetPresets& m);
Reply Unpack(const wire::PresetState& m);

}  // namespace auralis::ipc
