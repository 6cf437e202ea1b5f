#pragma once
// What `--json` prints. Names are those of ipc/messages.h; a level of silence (-infinity) is null.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "ipc/messages.h"

namespace auralis::ctl {

using Json = nlohmann::ordered_json;

Json ToJson(const ipc::Status& status);
Json ToJson(const ipc::Info& info);
Json ToJson(const ipc::Parameters& parameters);  // a list
Json ToJson(const ipc::Values& values);          // an object by key
Json ToJson(const ipc::ResponseLoaded& loaded);
Json ToJson(const ipc::ChainState& chain);
Json ToJson(const ipc::DeviceList& devices);
Json ToJson(const ipc::ParametersChanged& changed);
Json ToJson(const ipc::Notice& notice);
const char* NameOf(ipc::NoticeKind kind);  // "xrun"
Json ToJson(const ipc::Meters& meters);
Json ToJson(const ipc::Spectrum& spectrum);
Json ToJson(const ipc::Adaptation& adaptation);
Json ToJson(const ipc::PresetState& state);
Json ToJson(const ipc::Comparison& comparison);
// What is left out for want of time: "nothing", "analysis", ...
std::string SheddingName(std::uint32_t shedding);

std::string JsonLine(const Json& json);  // one line, with its end

}  // namespace auralis::ctl
