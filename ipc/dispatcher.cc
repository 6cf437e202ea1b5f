#include "ipc/dispatcher.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "config/param_text.h"
#include "config/version.h"
#include "ipc/change_feed.h"

namespace auralis::ipc {
namespace {

Error FromRegistry(ErrorCode code, const ParamError& error) {
  return {.code = code,
          .key = error.key,
          .value = error.value,
          .reason = error.reason,
          .allowed = error.allowed,
          .message = error.Message()};
}

Error Refused(ErrorCode code, std::string key, std::string value, std::string reason,
              std::string allowed) {
  return FromRegistry(code,
                      {std::move(key), std::move(value), std::move(reason), std::move(allowed)});
}

bool IsGlob(std::string_view key) { return key.find_first_of("*?") != std::string_view::npos; }

Error NothingTo(const std::string& what) {
  const std::string reason = "there is nothing to " + what;
  return {.code = ErrorCode::kNothingToUndo, .reason = reason, .message = reason};
}

std::string TextOf(float number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%g", static_cast<double>(number));
  return text.data();
}

}  // namespace

Reply Dispatcher::Answer(const Request& request, std::uint64_t hand) {
  hand_ = hand;
  return std::visit([this](const auto& one) { return Handle(one); }, request);
}

Reply Dispatcher::Handle(const Hello& hello) const {
  if (hello.protocol_version == kProtocolVersion) return Welcome{kProtocolVersion, kVersion};
  const std::string version = std::to_string(hello.protocol_version);
  const std::string allowed = std::to_string(kProtocolVersion);
  return Error{.code = ErrorCode::kUnsupportedVersion,
               .key = "protocol_version",
               .value = version,
               .reason = "is not spoken here",
               .allowed = allowed,
               .message = "the client speaks protocol version " + version + ", the daemon " +
                          allowed + ": use the auralisctl of the same release"};
}

Reply Dispatcher::Handle(const GetStatus&) const {
  Status status = backend_.status();
  status.clients = traffic_.clients;
  status.lost_telemetry = traffic_.lost_telemetry;
  status.revision = registry_.revision();
  return status;
}

Reply Dispatcher::Handle(const GetInfo&) const { return backend_.info(); }

Reply Dispatcher::Handle(const Describe& describe) const {
  Parameters reply{registry_.revision(), {}};
  for (const std::size_t index : registry_.Match(describe.glob)) {
    const ParamSpec& spec = ParamRegistry::info(index).spec;
    const float value = registry_.value(index);
    reply.parameters.push_back({.key = registry_.key(index),
                                .name = std::string(spec.name),
                                .unit = std::string(UnitText(spec.unit)),
                                .scale = std::string(ScaleName(spec.scale)),
                                .min = spec.min,
                                .max = spec.max,
                                .default_value = spec.def,
                                .smoothing_ms = spec.smoothing_ms,
                                .choices = {spec.choices.begin(), spec.choices.end()},
                                .allowed = AllowedText(spec),
                                .doc = std::string(spec.doc),
                                .value = value,
                                .text = FormatValue(spec, value),
                                .default_text = FormatValue(spec, spec.def)});
  }
  if (reply.parameters.empty()) return UnknownKey(describe.glob);
  return reply;
}

Reply Dispatcher::Handle(const Get& get) const {
  if (std::count_if(get.keys.begin(), get.keys.end(), IsGlob) >
      static_cast<std::ptrdiff_t>(kMaxGlobs)) {
    return Refused(ErrorCode::kTooLarge, "", "", "too many patterns",
                   "at most " + std::to_string(kMaxGlobs));
  }
  Values reply{registry_.revision(), {}};
  std::vector<bool> seen(ParamRegistry::size());  // each key once, however often it is asked for
  const auto add = [&](std::size_t index) {
    if (!seen[index]) reply.values.push_back(ValueOf(registry_, index));
    seen[index] = true;
  };
  for (const std::string& key : get.keys) {
    if (const auto index = registry_.Find(key)) {
      add(*index);
      continue;
    }
    const auto matches = IsGlob(key) ? registry_.Match(key) : std::vector<std::size_t>();
    if (matches.empty()) return UnknownKey(key);
    std::for_each(matches.begin(), matches.end(), add);
  }
  return reply;
}

Reply Dispatcher::Handle(const Set& set) {
  using Origin = ParamRegistry::Origin;
  const Origin origin = set.preset.empty() ? Origin::kPerson : Origin::kPreset;
  const ParamHistory::Gesture gesture{.hand = set.preset.empty() ? hand_ : 0,
                                      .at = ParamHistory::Clock::now()};
  if (const auto error = history_.Apply(set.assignments, origin, gesture)) {
    const bool known = registry_.Find(error->key).has_value();
    return FromRegistry(known ? ErrorCode::kBadValue : ErrorCode::kUnknownKey, *error);
  }
  if (!set.preset.empty()) backend_.PresetLoaded(set.preset);
  Get changed;
  for (const Assignment& one : set.assignments) changed.keys.push_back(one.key);
  return Handle(changed);
}

Reply Dispatcher::Handle(const Reset& reset) {
  if (registry_.Match(reset.glob).empty()) return UnknownKey(reset.glob);
  return ValuesOf(history_.Reset(reset.glob));
}

Reply Dispatcher::Handle(const Undo&) {
  if (const auto changed = history_.Undo()) return ValuesOf(*changed);
  return NothingTo("undo");
}

Reply Dispatcher::Handle(const Redo&) {
  if (const auto changed = history_.Redo()) return ValuesOf(*changed);
  return NothingTo("redo");
}

Reply Dispatcher::Handle(const GetChain&) const {
  ChainState chain{registry_.value(SignalPath::IndexOf("master", "bypass")) >= 0.5F, {}};
  for (std::size_t i = 0; i < ParamRegistry::size(); ++i) {
    const std::string_view module = ParamRegistry::info(i).module;
    if (module == "master" || (!chain.stages.empty() && chain.stages.back().stage == module)) {
      continue;
    }
    const std::string stage(module);
    const auto enabled = registry_.Find(stage + ".enabled");
    chain.stages.push_back(
        {stage, !enabled || registry_.value(*enabled) >= 0.5F, enabled.has_value()});
  }
  return chain;
}

Reply Dispatcher::Handle(const Quit&) {
  backend_.Quit();
  return Quitting{};
}

Reply Dispatcher::Handle(const Subscribe& subscribe) const {
  for (const auto& [stream, rate_hz] : subscribe.streams) {
    if (stream > Stream::kEvents) {
      return Refused(ErrorCode::kBadValue, "stream", std::to_string(static_cast<unsigned>(stream)),
                     "is not a stream of this daemon",
                     "0 (meters), 1 (spectrum), 2 (parameters), 3 (adaptation), 4 (events)");
    }
    if (!(rate_hz >= kMinTelemetryHz && rate_hz <= kMaxTelemetryHz)) {
      return Refused(ErrorCode::kBadValue, "rate_hz", TextOf(rate_hz), "is out of range",
                     TextOf(kMinTelemetryHz) + " Hz to " + TextOf(kMaxTelemetryHz) + " Hz");
    }
  }
  return Subscribed{subscribe.streams};
}

Error Dispatcher::UnknownKey(const std::string& key) const {
  ParamError error = registry_.UnknownKey(key);
  if (IsGlob(key)) error.reason = "matches no key";
  return FromRegistry(ErrorCode::kUnknownKey, error);
}

Values Dispatcher::ValuesOf(std::span<const std::size_t> indices) const {
  Values values{registry_.revision(), {}};
  for (const std::size_t index : indices) values.values.push_back(ValueOf(registry_, index));
  return values;
}

}  // namespace auralis::ipc
