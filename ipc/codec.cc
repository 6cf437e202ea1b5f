#include "ipc/codec.h"

#include <flatbuffers/flatbuffers.h>

#include <algorithm>
#include <string>
#include <utility>

#include "ipc/codec_parts.h"

namespace auralis::ipc {
namespace {

using ipc::Pack;  // the other files'
using ipc::Unpack;

// --- Plain structs to wire tables.

Offset<wire::Hello> Pack(Builder& b, const Hello& m) {
  return wire::CreateHello(b, m.protocol_version, b.CreateString(m.client_name));
}
Offset<wire::GetStatus> Pack(Builder& b, const GetStatus&) { return wire::CreateGetStatus(b); }
Offset<wire::GetInfo> Pack(Builder& b, const GetInfo&) { return wire::CreateGetInfo(b); }
Offset<wire::Describe> Pack(Builder& b, const Describe& m) {
  return wire::CreateDescribe(b, b.CreateString(m.glob));
}
Offset<wire::Get> Pack(Builder& b, const Get& m) {
  return wire::CreateGet(b, b.CreateVectorOfStrings(m.keys));
}
Offset<wire::Assignment> Pack(Builder& b, const Assignment& m) {
  const auto key = b.CreateString(m.key);
  if (const auto* text = std::get_if<std::string>(&m.value)) {
    return wire::CreateAssignment(b, key, b.CreateString(*text));
  }
  return wire::CreateAssignment(b, key, 0, static_cast<float>(std::get<double>(m.value)));
}
Offset<wire::Set> Pack(Builder& b, const Set& m) {
  const auto assignments =
      PackList(b, m.assignments, [&](const Assignment& one) { return Pack(b, one); });
  // Left out where there is none: the bytes of a plain Set stay what they always were.
  const auto preset = m.preset.empty() ? Offset<flatbuffers::String>() : b.CreateString(m.preset);
  return wire::CreateSet(b, assignments, preset);
}
auto Pack(Builder& b, const std::vector<StreamRate>& streams) {
  return PackList(b, streams, [&](const StreamRate& one) {
    return wire::CreateStreamRate(b, static_cast<wire::Stream>(one.stream), one.rate_hz);
  });
}
Offset<wire::Subscribe> Pack(Builder& b, const Subscribe& m) {
  return wire::CreateSubscribe(b, Pack(b, m.streams));
}

Offset<wire::LoadResponse> Pack(Builder& b, const LoadResponse& m) {
  return wire::CreateLoadResponse(b, b.CreateString(m.path));
}
Offset<wire::ResponseLoaded> Pack(Builder& b, const ResponseLoaded& m) {
  return wire::CreateResponseLoaded(b, b.CreateString(m.path), m.channels, m.file_rate_hz, m.frames,
                                    m.memory_bytes);
}

Offset<wire::Error> Pack(Builder& b, const Error& m) {
  return wire::CreateErrorDirect(b, static_cast<wire::ErrorCode>(m.code), m.key.c_str(),
                                 m.value.c_str(), m.reason.c_str(), m.allowed.c_str(),
                                 m.message.c_str());
}
Offset<wire::Welcome> Pack(Builder& b, const Welcome& m) {
  return wire::CreateWelcome(b, m.protocol_version, b.CreateString(m.daemon_version));
}
Offset<wire::Status> Pack(Builder& b, const Status& m) {
  return wire::CreateStatusDirect(
      b, m.state.c_str(), m.device.c_str(), m.sample_rate_hz, m.block_frames, m.host_frames,
      m.latency_frames, m.uptime_s, m.callbacks, m.frames, m.xruns, m.non_finite_frames,
      m.dropped_taps, m.bypass, m.clients, m.lost_telemetry, m.revision, m.convolver_file.c_str(),
      m.sink_volume_db, m.preset.c_str(), m.overloads, m.load, m.shedding);
}
Offset<wire::Info> Pack(Builder& b, const Info& m) {
  return wire::CreateInfoDirect(b, m.version.c_str(), m.protocol_version, m.pid,
                                m.simd_target.c_str(), m.licence.c_str(), m.settings_path.c_str(),
                                m.socket_path.c_str());
}
Offset<wire::Parameter> Pack(Builder& b, const Parameter& m) {
  const auto choices = b.CreateVectorOfStrings(m.choices);
  return wire::CreateParameter(b, b.CreateString(m.key), b.CreateString(m.name),
                               b.CreateSharedString(m.unit), b.CreateSharedString(m.scale), m.min,
                               m.max, m.default_value, m.smoothing_ms, choices,
                               b.CreateSharedString(m.allowed), b.CreateSharedString(m.doc),
                               m.value, b.CreateString(m.text), b.CreateString(m.default_text));
}
Offset<wire::Parameters> Pack(Builder& b, const Parameters& m) {
  return wire::CreateParameters(
      b, m.revision, PackList(b, m.parameters, [&](const Parameter& one) { return Pack(b, one); }));
}
Offset<wire::Values> Pack(Builder& b, const Values& m) {
  return wire::CreateValues(b, m.revision,
                            PackList(b, m.values, [&](const Value& one) { return Pack(b, one); }));
}
Offset<wire::Subscribed> Pack(Builder& b, const Subscribed& m) {
  return wire::CreateSubscribed(b, Pack(b, m.streams));
}

template <class... Messages>
Frame EncodeAny(std::uint32_t id, const std::variant<Messages...>& message) {
  return std::visit(
      [id]<class M>(const M& m) {
        Builder b;
        const auto body = Pack(b, m);
        using Table = std::remove_const_t<
            std::remove_pointer_t<decltype(flatbuffers::GetTemporaryPointer(b, body))>>;
        wire::FinishSizePrefixedEnvelopeBuffer(
            b, wire::CreateEnvelope(b, id, wire::BodyTraits<Table>::enum_value, body.Union()));
        return Frame(b.GetBufferPointer(), b.GetBufferPointer() + b.GetSize());
      },
      message);
}

// --- Wire tables to plain structs. Any field may be missing: then it has its default.

// of the other files
using ipc::Unpack;

auto Unpack(const flatbuffers::Vector<Offset<wire::StreamRate>>* list) {
  return UnpackList(list, [](const wire::StreamRate& one) {
    return StreamRate{static_cast<Stream>(one.stream()), one.rate_hz()};
  });
}

Request Unpack(const wire::Hello& m) { return Hello{m.protocol_version(), Text(m.client_name())}; }
Request Unpack(const wire::GetStatus&) { return GetStatus{}; }
Request Unpack(const wire::GetInfo&) { return GetInfo{}; }
Request Unpack(const wire::Describe& m) { return Describe{Text(m.glob())}; }
Request Unpack(const wire::Get& m) { return Get{Unpack(m.keys())}; }
Request Unpack(const wire::Set& m) {
  return Set{UnpackList(m.assignments(),
                        [](const wire::Assignment& one) {
                          if (one.text() != nullptr)
                            return Assignment{one.key()->str(), one.text()->str()};
                          return Assignment{one.key()->str(), static_cast<double>(one.number())};
                        }),
             Text(m.preset())};
}
Request Unpack(const wire::Subscribe& m) { return Subscribe{Unpack(m.streams())}; }
Request Unpack(const wire::LoadResponse& m) { return LoadResponse{Text(m.path())}; }

Reply Unpack(const wire::Error& m) {
  return Error{static_cast<ErrorCode>(m.code()),
               Text(m.key()),
               Text(m.value()),
               Text(m.reason()),
               Text(m.allowed()),
               Text(m.message())};
}
Reply Unpack(const wire::Welcome& m) {
  return Welcome{m.protocol_version(), Text(m.daemon_version())};
}
Reply Unpack(const wire::Status& m) {
  return Status{.state = Text(m.state()),
                .device = Text(m.device()),
                .sample_rate_hz = m.sample_rate_hz(),
                .block_frames = m.block_frames(),
                .host_frames = m.host_frames(),
                .latency_frames = m.latency_frames(),
                .uptime_s = m.uptime_s(),
                .callbacks = m.callbacks(),
                .frames = m.frames(),
                .xruns = m.xruns(),
                .non_finite_frames = m.non_finite_frames(),
                .dropped_taps = m.dropped_taps(),
                .bypass = m.bypass(),
                .clients = m.clients(),
                .lost_telemetry = m.lost_telemetry(),
                .revision = m.revision(),
                .convolver_file = Text(m.convolver_file()),
                .sink_volume_db = m.sink_volume_db(),
                .preset = Text(m.preset()),
                .overloads = m.overloads(),
                .load = m.load(),
                .shedding = m.shedding()};
}
Reply Unpack(const wire::ResponseLoaded& m) {
  return ResponseLoaded{.path = Text(m.path()),
                        .channels = m.channels(),
                        .file_rate_hz = m.file_rate_hz(),
                        .frames = m.frames(),
                        .memory_bytes = m.memory_bytes()};
}
Reply Unpack(const wire::Info& m) {
  return Info{.version = Text(m.version()),
              .protocol_version = m.protocol_version(),
              .pid = m.pid(),
              .simd_target = Text(m.simd_target()),
              .licence = Text(m.licence()),
              .settings_path = Text(m.settings_path()),
              .socket_path = Text(m.socket_path())};
}
Reply Unpack(const wire::Parameters& m) {
  return Parameters{m.revision(), UnpackList(m.parameters(), [](const wire::Parameter& one) {
                      return Parameter{.key = one.key()->str(),
                                       .name = Text(one.name()),
                                       .unit = Text(one.unit()),
                                       .scale = Text(one.scale()),
                                       .min = one.min(),
                                       .max = one.max(),
                                       .default_value = one.default_value(),
                                       .smoothing_ms = one.smoothing_ms(),
                                       .choices = Unpack(one.choices()),
                                       .allowed = Text(one.allowed()),
                                       .doc = Text(one.doc()),
                                       .value = one.value(),
                                       .text = Text(one.text()),
                                       .default_text = Text(one.default_text())};
                    })};
}
Reply Unpack(const wire::Values& m) {
  return Values{m.revision(), UnpackList(m.values(), [](const wire::Value& one) {
                  return Value{one.key()->str(), one.value(), Text(one.text()), Text(one.unit())};
                })};
}
Reply Unpack(const wire::Subscribed& m) { return Subscribed{Unpack(m.streams())}; }

// --- What one request may hold. Checked on the wire, where a list may name one string a thousand
// times, before anything is copied.

using ipc::Fits;

bool Fits(const wire::Assignment& m) { return Fits(m.key()) && Fits(m.text()); }
template <class T>
bool Fits(const flatbuffers::Vector<T>* list) {
  return list == nullptr || list->size() <= kMaxItems;
}
bool Fits(const wire::LoadResponse& m) {
  return m.path() == nullptr || m.path()->size() <= kMaxPathBytes;
}
bool Fits(const wire::GetAdaptation&) { return true; }
bool Fits(const wire::Adapt& m) { return m.text() == nullptr || m.text()->size() <= kMaxPathBytes; }
bool Fits(const wire::Hello& m) { return Fits(m.client_name()); }
bool Fits(const wire::GetStatus&) { return true; }
bool Fits(const wire::GetInfo&) { return true; }
bool Fits(const wire::Describe& m) { return Fits(m.glob()); }
bool Fits(const wire::Get& m) {
  return Fits(m.keys()) && (m.keys() == nullptr ||
                            std::all_of(m.keys()->begin(), m.keys()->end(),
                                        [](const flatbuffers::String* one) { return Fits(one); }));
}
bool Fits(const wire::Set& m) {
  return Fits(m.preset()) && Fits(m.assignments()) &&
         (m.assignments() == nullptr ||
          std::all_of(m.assignments()->begin(), m.assignments()->end(),
                      [](const wire::Assignment* one) { return Fits(*one); }));
}
bool Fits(const wire::Subscribe& m) { return Fits(m.streams()); }
bool Fits(const wire::Reset& m) { return Fits(m.glob()); }
bool Fits(const wire::Undo&) { return true; }
bool Fits(const wire::Redo&) { return true; }
bool Fits(const wire::GetChain&) { return true; }
bool Fits(const wire::ListDevices&) { return true; }
bool Fits(const wire::Quit&) { return true; }
bool Fits(const wire::LoadPreset& m) {
  const auto fits = [](const flatbuffers::String* one) {
    return one == nullptr || one->size() <= kMaxPathBytes;
  };
  return fits(m.name()) && fits(m.device()) && fits(m.route());
}
bool Fits(const wire::GetPresets&) { return true; }
bool Fits(const wire::GetBlackBox&) { return true; }

Error Malformed() {
  return {.code = ErrorCode::kMalformed,
          .reason = "not a message of this protocol",
          .message = "the frame is not a valid message; the connection ends"};
}
Error TooLarge() {
  const std::string limits = "at most " + std::to_string(kMaxItems) + " items of " +
                             std::to_string(kMaxTextBytes) + " bytes each";
  return {.code = ErrorCode::kTooLarge,
          .reason = "the request is too large",
          .allowed = limits,
          .message = "the request is too large (allowed: " + limits + "); the connection ends"};
}
Error UnknownRequest(unsigned type) {
  return {.code = ErrorCode::kUnknownRequest,
          .value = std::to_string(type),
          .reason = "no such request",
          .message = "the daemon does not know request type " + std::to_string(type)};
}

template <class Table>
bool Is(const wire::Envelope& envelope) {
  return envelope.body_type() == wire::BodyTraits<Table>::enum_value;
}

// The envelope, or nothing where the frame is not sound. The size is looked at first because the
// verifier reads the identifier without asking whether there is one.
const wire::Envelope* Verified(std::span<const std::uint8_t> frame) {
  constexpr std::size_t kOffsetAndIdentifierBytes = 8;
  constexpr flatbuffers::uoffset_t kMaxDepth = 16;
  constexpr flatbuffers::uoffset_t kMaxTables = 16 * kMaxItems;
  if (frame.size() < kPrefixBytes + kOffsetAndIdentifierBytes) return nullptr;
  flatbuffers::Verifier verifier(frame.data(), frame.size(), kMaxDepth, kMaxTables);
  if (!wire::VerifySizePrefixedEnvelopeBuffer(verifier)) return nullptr;
  return wire::GetSizePrefixedEnvelope(frame.data());
}

template <class Table>
std::variant<Error, Request> UnpackRequest(const wire::Envelope& envelope) {
  const auto* table = envelope.body_as<Table>();
  if (table == nullptr) return Malformed();
  if (!Fits(*table)) return TooLarge();
  return Unpack(*table);
}

template <class... Tables>
std::variant<Error, Request> UnpackAnyRequest(const wire::Envelope& envelope) {
  std::variant<Error, Request> body = UnknownRequest(static_cast<unsigned>(envelope.body_type()));
  ((Is<Tables>(envelope) && (body = UnpackRequest<Tables>(envelope), true)) || ...);
  return body;
}

template <class... Tables>
void UnpackAnyMessage(const wire::Envelope& envelope, DaemonMessage& message) {
  ((Is<Tables>(envelope) && envelope.body_as<Tables>() != nullptr &&
    (message.body = Unpack(*envelope.body_as<Tables>()), true)) ||
   ...);
}

}  // namespace

bool Fits(const flatbuffers::String* text) {
  return text == nullptr || text->size() <= kMaxTextBytes;
}

Frame Encode(std::uint32_t id, const Request& request) { return EncodeAny(id, request); }
Frame Encode(std::uint32_t id, const Reply& reply) { return EncodeAny(id, reply); }
Frame Encode(const Event& event) { return EncodeAny(0, event); }

RequestMessage DecodeRequest(std::span<const std::uint8_t> frame) {
  const wire::Envelope* envelope = Verified(frame);
  if (envelope == nullptr) return {0, Malformed()};
  return {
      envelope->id(),
      UnpackAnyRequest<wire::Hello, wire::GetStatus, wire::GetInfo, wire::Describe, wire::Get,
                       wire::Set, wire::Subscribe, wire::LoadResponse, wire::Reset, wire::Undo,
                       wire::Redo, wire::GetChain, wire::ListDevices, wire::Quit,
                       wire::GetAdaptation, wire::Adapt, wire::LoadPreset, wire::GetPresets,
                       wire::GetBlackBox, wire::GetMidi, wire::MapMidi, wire::UnmapMidi,
                       wire::LearnMidi, wire::GetComparison, wire::Compare, wire::SteerComparison>(
          *envelope)};
}

DaemonMessage DecodeDaemonMessage(std::span<const std::uint8_t> frame) {
  const wire::Envelope* envelope = Verified(frame);
  if (envelope == nullptr) throw IpcError("the daemon sent something that is not a message");
  DaemonMessage message{envelope->id(), UnknownMessage{}};
  UnpackAnyMessage<wire::Error, wire::Welcome, wire::Status, wire::Info, wire::Parameters,
                   wire::Values, wire::Subscribed, wire::Meters, wire::Spectrum, wire::Bye,
                   wire::ResponseLoaded, wire::ChainState, wire::DeviceList, wire::Quitting,
                   wire::ParametersChanged, wire::Notice, wire::Adaptation, wire::AdaptationNow,
                   wire::PresetState, wire::BlackBoxPlace, wire::MidiState, wire::Comparison>(
      *envelope, message);
  return message;
}

}  // namespace auralis::ipc
