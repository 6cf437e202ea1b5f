// The codec's messages about presets, their layers and rules.

#include "ipc/codec_parts.h"

namespace auralis::ipc {

Offset<wire::LoadPreset> Pack(Builder& b, const LoadPreset& m) {
  return wire::CreateLoadPresetDirect(b, m.name.c_str(), m.device.c_str(), m.route.c_str(), m.step);
}
Request Unpack(const wire::LoadPreset& m) {
  return LoadPreset{.name = Text(m.name()),
                    .device = Text(m.device()),
                    .route = Text(m.route()),
                    .step = m.step()};
}
Offset<wire::GetPresets> Pack(Builder& b, const GetPresets&) { return wire::CreateGetPresets(b); }
Request Unpack(const wire::GetPresets&) { return GetPresets{}; }

Offset<wire::PresetState> Pack(Builder& b, const PresetState& m) {
  const auto layers = PackList(b, m.layers, [&](const PresetLayer& one) {
    return wire::CreatePresetLayerDirect(b, one.layer.c_str(), one.preset.c_str(), one.by.c_str(),
                                         one.problem.c_str());
  });
  const auto sources = PackList(b, m.sources, [&](const ValueSource& one) {
    return wire::CreateValueSource(b, b.CreateString(one.key), b.CreateSharedString(one.layer));
  });
  const auto rules = PackList(b, m.rules, [&](const RuleState& one) {
    return wire::CreateRuleStateDirect(b, one.device.c_str(), one.route.c_str(),
                                       one.application.c_str(), one.preset.c_str(),
                                       one.layer.c_str(), one.fits, one.chosen, one.why.c_str());
  });
  return wire::CreatePresetState(b, b.CreateString(m.name), b.CreateString(m.description), layers,
                                 sources, b.CreateString(m.device_id),
                                 b.CreateString(m.device_name), b.CreateString(m.route),
                                 b.CreateString(m.application), b.CreateString(m.rules_file),
                                 b.CreateString(m.rules_problem), rules);
}
Reply Unpack(const wire::PresetState& m) {
  return PresetState{.name = Text(m.name()),
                     .description = Text(m.description()),
                     .layers = UnpackList(m.layers(),
                                          [](const wire::PresetLayer& one) {
                                            return PresetLayer{.layer = Text(one.layer()),
                                                               .preset = Text(one.preset()),
                                                               .by = Text(one.by()),
                                                               .problem = Text(one.problem())};
                                          }),
                     .sources = UnpackList(m.sources(),
                                           [](const wire::ValueSource& one) {
                                             return ValueSource{.key = Text(one.key()),
                                                                .layer = Text(one.layer())};
                                           }),
                     .device_id = Text(m.device_id()),
                     .device_name = Text(m.device_name()),
                     .route = Text(m.route()),
                     .application = Text(m.application()),
                     .rules_file = Text(m.rules_file()),
                     .rules_problem = Text(m.rules_problem()),
                     .rules = UnpackList(m.rules(), [](const wire::RuleState& one) {
                       return RuleState{.device = Text(one.device()),
                                        .route = Text(one.route()),
                                        .application = Text(one.application()),
                                        .preset = Text(one.preset()),
                                        .layer = Text(one.layer()),
                                        .fits = one.fits(),
                                        .chosen = one.chosen(),
                                        .why = Text(one.why())};
                     })};
}

}  // namespace auralis::ipc
