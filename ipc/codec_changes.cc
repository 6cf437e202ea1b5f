// The codec's messages about changes, the chain and devices.

#include "ipc/codec_parts.h"

namespace auralis::ipc {

Offset<wire::Value> Pack(Builder& b, const Value& m) {
  return wire::CreateValueDirect(b, m.key.c_str(), m.value, m.text.c_str(), m.unit.c_str());
}
Value Unpack(const wire::Value& m) {
  return {Text(m.key()), m.value(), Text(m.text()), Text(m.unit())};
}

Offset<wire::Reset> Pack(Builder& b, const Reset& m) {
  return wire::CreateReset(b, b.CreateString(m.glob));
}
Request Unpack(const wire::Reset& m) { return Reset{Text(m.glob())}; }
Offset<wire::Undo> Pack(Builder& b, const Undo&) { return wire::CreateUndo(b); }
Request Unpack(const wire::Undo&) { return Undo{}; }
Offset<wire::Redo> Pack(Builder& b, const Redo&) { return wire::CreateRedo(b); }
Request Unpack(const wire::Redo&) { return Redo{}; }
Offset<wire::GetChain> Pack(Builder& b, const GetChain&) { return wire::CreateGetChain(b); }
Request Unpack(const wire::GetChain&) { return GetChain{}; }
Offset<wire::ListDevices> Pack(Builder& b, const ListDevices&) {
  return wire::CreateListDevices(b);
}
Request Unpack(const wire::ListDevices&) { return ListDevices{}; }
Offset<wire::Quit> Pack(Builder& b, const Quit&) { return wire::CreateQuit(b); }
Request Unpack(const wire::Quit&) { return Quit{}; }
Offset<wire::Quitting> Pack(Builder& b, const Quitting&) { return wire::CreateQuitting(b); }
Reply Unpack(const wire::Quitting&) { return Quitting{}; }

Offset<wire::ChainState> Pack(Builder& b, const ChainState& m) {
  return wire::CreateChainState(b, m.bypass, PackList(b, m.stages, [&](const StageState& one) {
                                  return wire::CreateStageState(b, b.CreateString(one.stage),
                                                                one.enabled, one.switchable);
                                }));
}
Reply Unpack(const wire::ChainState& m) {
  return ChainState{m.bypass(), UnpackList(m.stages(), [](const wire::StageState& one) {
                      return StageState{Text(one.stage()), one.enabled(), one.switchable()};
                    })};
}

Offset<wire::DeviceList> Pack(Builder& b, const DeviceList& m) {
  const auto devices = PackList(b, m.devices, [&](const Device& one) {
    return wire::CreateDeviceDirect(b, one.host_api.c_str(), one.name.c_str(), one.input_channels,
                                    one.output_channels, one.sample_rate_hz, one.is_default_output);
  });
  return wire::CreateDeviceList(b, b.CreateString(m.current), devices);
}
Reply Unpack(const wire::DeviceList& m) {
  return DeviceList{Text(m.current()), UnpackList(m.devices(), [](const wire::Device& one) {
                      return Device{.host_api = Text(one.host_api()),
                                    .name = Text(one.name()),
                                    .input_channels = one.input_channels(),
                                    .output_channels = one.output_channels(),
                                    .sample_rate_hz = one.sample_rate_hz(),
                                    .is_default_output = one.is_default_output()};
                    })};
}

}  // namespace auralis::ipc
