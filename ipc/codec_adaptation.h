#pragma once
// Adaptation's messages, to and from the wire. Only codec.cc includes it.

#include <flatbuffers/flatbuffers.h>

#include "ipc/messages.h"
#include "ipc/schema/protocol_generated.h"

namespace auralis::ipc {

flatbuffers::Offset<wire::GetAdaptation> Pack(flatbuffers::FlatBufferBuilder& b,
                                              const GetAdaptation& m);
flatbuffers::Offset<wire::Adapt> Pack(flatbuffers::FlatBufferBuilder& b, const Adapt& m);
flatbuffers::Offset<wire::Adaptation> Pack(flatbuffers::FlatBufferBuilder& b, const Adaptation& m);

Request Unpack(const wire::GetAdaptation& m);
Request Unpack(const wire::Adapt& m);
Adaptation Unpack(const wire::Adaptation& m);

}  // namespace auralis::ipc
