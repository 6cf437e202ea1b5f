#include "ipc/auralisctl_json.h"

#include <array>
#include <charconv>
#include <string>

#include "dsp/shedding.h"

namespace auralis::ctl {
namespace {

// -0.1F as -0.1 and not as -0.10000000149: the shortest double that reads back as the same float.
Json Number(float value) {
  std::array<char, 32> text{};
  const auto written = std::to_chars(text.data(), text.data() + text.size(), value);
  double number = 0.0;
  const auto read = std::from_chars(text.data(), written.ptr, number);
  return read.ec == std::errc() ? Json(number) : Json(nullptr);
}

template <class List>
Json Numbers(const List& values) {
  Json list = Json::array();
  for (const float value : values) list.push_back(Number(value));
  return list;
}

Json ToJson(const ipc::Levels& levels) {
  return {{"peak_dbfs", Numbers(levels.peak_dbfs)},
          {"rms_dbfs", Numbers(levels.rms_dbfs)},
          {"true_peak_dbtp", Numbers(levels.true_peak_dbtp)},
          {"momentary_lufs", Number(levels.momentary_lufs)},
          {"short_term_lufs", Number(levels.short_term_lufs)},
          {"integrated_lufs", Number(levels.integrated_lufs)},
          {"loudness_range_lu", Number(levels.loudness_range_lu)},
          {"crest_db", Number(levels.crest_db)},
          {"correlation", Number(levels.correlation)},
          {"width", Number(levels.width)},
          {"balance_db", Number(levels.balance_db)},
          {"centroid_hz", Number(levels.centroid_hz)},
          {"rolloff_hz", Number(levels.rolloff_hz)},
          {"flatness", Number(levels.flatness)},
          {"onsets_per_s", Number(levels.onsets_per_s)}};
}

}  // namespace

std::string SheddingName(std::uint32_t shedding) {
  switch (shedding) {
    case static_cast<std::uint32_t>(Shedding::kNothing):
      return "nothing";
    case static_cast<std::uint32_t>(Shedding::kAnalysis):
      return "analysis";
    case static_cast<std::uint32_t>(Shedding::kOversampling):
      return "analysis, oversampling";
    default:
      return "analysis, oversampling, optional stages";
  }
}

Json ToJson(const ipc::Status& status) {
  return {{"state", status.state},
          {"bypass", status.bypass},
          {"device", status.device},
          {"sample_rate_hz", status.sample_rate_hz},
          {"block_frames", status.block_frames},
          {"host_frames", status.host_frames},
          {"latency_frames", status.latency_frames},
          {"uptime_s", status.uptime_s},
          {"callbacks", status.callbacks},
          {"frames", status.frames},
          {"xruns", status.xruns},
          {"non_finite_frames", status.non_finite_frames},
          {"dropped_taps", status.dropped_taps},
          {"clients", status.clients},
          {"lost_telemetry", status.lost_telemetry},
          {"revision", status.revision},
          {"convolver_file", status.convolver_file},
          {"sink_volume_db", status.sink_volume_db},
          {"preset", status.preset},
          {"overloads", status.overloads},
          {"load", Number(status.load)},
          {"shedding", SheddingName(status.shedding)}};
}

Json ToJson(const ipc::Info& info) {
  return {{"version", info.version},
          {"protocol_version", info.protocol_version},
          {"pid", info.pid},
          {"simd_target", info.simd_target},
          {"licence", info.licence},
          {"settings_path", info.settings_path},
          {"socket_path", info.socket_path}};
}

Json ToJson(const ipc::Parameters& parameters) {
  Json list = Json::array();
  for (const ipc::Parameter& one : parameters.parameters) {
    list.push_back({{"key", one.key},
                    {"name", one.name},
                    {"value", Number(one.value)},
                    {"text", one.text},
                    {"unit", one.unit},
                    {"scale", one.scale},
                    {"min", Number(one.min)},
                    {"max", Number(one.max)},
                    {"default_value", Number(one.default_value)},
                    {"default_text", one.default_text},
                    {"smoothing_ms", Number(one.smoothing_ms)},
                    {"choices", one.choices},
                    {"allowed", one.allowed},
                    {"doc", one.doc}});
  }
  return list;
}

Json ToJson(const ipc::Values& values) {
  Json object = Json::object();
  for (const ipc::Value& one : values.values) {
    object[one.key] = {{"value", Number(one.value)}, {"text", one.text}, {"unit", one.unit}};
  }
  return object;
}

Json ToJson(const ipc::ResponseLoaded& loaded) {
  return {{"path", loaded.path},
          {"channels", loaded.channels},
          {"file_rate_hz", loaded.file_rate_hz},
          {"frames", loaded.frames},
          {"memory_bytes", loaded.memory_bytes}};
}

Json ToJson(const ipc::ChainState& chain) {
  Json stages = Json::array();
  for (const ipc::StageState& one : chain.stages) {
    stages.push_back(
        {{"stage", one.stage}, {"enabled", one.enabled}, {"switchable", one.switchable}});
  }
  return {{"bypass", chain.bypass}, {"stages", stages}};
}

Json ToJson(const ipc::DeviceList& devices) {
  Json list = Json::array();
  for (const ipc::Device& one : devices.devices) {
    list.push_back({{"host_api", one.host_api},
                    {"name", one.name},
                    {"input_channels", one.input_channels},
                    {"output_channels", one.output_channels},
                    {"sample_rate_hz", one.sample_rate_hz},
                    {"default_output", one.is_default_output}});
  }
  return {{"current", devices.current}, {"devices", list}};
}

Json ToJson(const ipc::ParametersChanged& changed) {
  return {{"revision", changed.revision},
          {"snapshot", changed.snapshot},
          {"values", ToJson(ipc::Values{changed.revision, changed.values})},
          {"lost", changed.lost}};
}

const char* NameOf(ipc::NoticeKind kind) {
  switch (kind) {
    case ipc::NoticeKind::kDevice:
      return "device";
    case ipc::NoticeKind::kXrun:
      return "xrun";
    case ipc::NoticeKind::kOverload:
      return "overload";
    case ipc::NoticeKind::kPreset:
      return "preset";
    case ipc::NoticeKind::kClient:
      return "client";
    case ipc::NoticeKind::kMidi:
      return "midi";
    case ipc::NoticeKind::kComparison:
      return "comparison";
  }
  return "unknown";
}

Json ToJson(const ipc::Notice& notice) {
  return {{"kind", NameOf(notice.kind)},
          {"text", notice.text},
          {"count", notice.count},
          {"lost", notice.lost}};
}

Json ToJson(const ipc::Meters& meters) {
  Json reductions = Json::object();
  for (const auto& [stage, db] : meters.gain_reductions) reductions[stage] = Number(db);
  return {{"position_frames", meters.position_frames},
          {"input", ToJson(meters.input)},
          {"output", ToJson(meters.output)},
          {"limiter_gain_reduction_db", Number(meters.limiter_gain_reduction_db)},
          {"gain_reductions_db", reductions},
          {"leveler_gain_db", Number(meters.leveler_gain_db)},
          {"lost", meters.lost}};
}

Json ToJson(const ipc::Spectrum& spectrum) {
  return {{"position_frames", spectrum.position_frames},
          {"low_hz", Number(spectrum.low_hz)},
          {"high_hz", Number(spectrum.high_hz)},
          {"input_dbfs", Numbers(spectrum.input_dbfs)},
          {"output_dbfs", Numbers(spectrum.output_dbfs)},
          {"lost", spectrum.lost},
          {"input_critical_dbfs", Numbers(spectrum.input_critical_dbfs)},
          {"output_critical_dbfs", Numbers(spectrum.output_critical_dbfs)}};
}

Json ToJson(const ipc::Adaptation& a) {
  Json zones = Json::array();
  for (const ipc::AdaptedZone& one : a.zones) {
    zones.push_back({{"name", one.name},
                     {"share", Number(one.share)},
                     {"wanted", Number(one.wanted)},
                     {"gain_db", Number(one.gain_db)}});
  }
  Json parameters = Json::object();
  for (const ipc::AdaptedParameter& one : a.parameters) {
    parameters[one.key] = {{"set", Number(one.set)},     {"aim", Number(one.aim)},
                           {"value", Number(one.value)}, {"text", one.text},
                           {"pinned", one.pinned},       {"stage_on", one.stage_on}};
  }
  return {{"doing", a.doing},
          {"strength", Number(a.strength)},
          {"share", Number(a.share)},
          {"heard_s", Number(a.heard_s)},
          {"silent_s", Number(a.silent_s)},
          {"age_s", Number(a.age_s)},
          {"programmes", a.programmes},
          {"coordinates",
           {{"spectral", Number(a.spectral)},
            {"dynamic", Number(a.dynamic)},
            {"energy", Number(a.energy)}}},
          {"features",
           {{"loudness_lufs", Number(a.loudness_lufs)},
            {"loudness_deviation_lu", Number(a.loudness_deviation_lu)},
            {"crest_db", Number(a.crest_db)},
            {"width", Number(a.width)},
            {"correlation", Number(a.correlation)},
            {"centroid_hz", Number(a.centroid_hz)},
            {"flatness", Number(a.flatness)},
            {"onsets_per_s", Number(a.onsets_per_s)}}},
          {"zones", zones},
          {"band_gain_db", Numbers(a.band_gain_db)},
          {"parameters", parameters},
          {"reference", a.reference},
          {"study",
           {{"state", a.study.state},
            {"purpose", a.study.purpose},
            {"path", a.study.path},
            {"done", a.study.done},
            {"total", a.study.total},
            {"skipped", a.study.skipped},
            {"problem", a.study.problem}}},
          {"story", a.story}};
}

Json ToJson(const ipc::PresetState& state) {
  Json layers = Json::object();
  for (const ipc::PresetLayer& one : state.layers) {
    layers[one.layer] = {{"preset", one.preset}, {"by", one.by}, {"problem", one.problem}};
  }
  Json sources = Json::object();
  for (const ipc::ValueSource& one : state.sources) sources[one.key] = one.layer;
  Json rules = Json::array();
  for (const ipc::RuleState& one : state.rules) {
    rules.push_back({{"device", one.device},
                     {"route", one.route},
                     {"application", one.application},
                     {"preset", one.preset},
                     {"layer", one.layer},
                     {"fits", one.fits},
                     {"chosen", one.chosen},
                     {"why", one.why}});
  }
  return {{"preset", state.name},
          {"description", state.description},
          {"layers", layers},
          {"sources", sources},
          {"now",
           {{"device_id", state.device_id},
            {"device_name", state.device_name},
            {"route", state.route},
            {"application", state.application}}},
          {"rules_file", state.rules_file},
          {"rules_problem", state.rules_problem},
          {"rules", rules}};
}

Json ToJson(const ipc::Comparison& comparison) {
  const bool measured = comparison.measured_s > 0.0F;
  const auto about = [measured](const ipc::ComparedSetting& one) {
    return Json{{"name", one.name},
                {"gain_db", Number(one.gain_db)},
                {"loudness_lufs", measured ? Number(one.loudness_lufs) : Json()}};
  };
  return {{"on", comparison.on},
          {"heard", comparison.heard},
          {"a", about(comparison.a)},
          {"b", about(comparison.b)},
          {"measured_s", Number(comparison.measured_s)}};
}

std::string JsonLine(const Json& json) {
  // A device's name may be anything; JSON must be UTF-8.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace auralis::ctl
