#include "daemon/adapting.h"

#include <spdlog/spdlog.h>

#include <boost/asio/post.hpp>
#include <utility>

#include "config/config_error.h"
#include "config/learnt.h"
#include "config/param_text.h"
#include "daemon/adaptation_story.h"
#include "daemon/sound_file.h"
#include "dsp/adaptive/balance_curve.h"

namespace auralis {
namespace {

std::string DoingText(const AdaptationState& state, float strength) {
  if (strength == 0.0F) return "off";
  switch (state.doing) {
    case AdaptationState::Doing::kWaiting:
      return "waiting";
    case AdaptationState::Doing::kFollowing:
      return "following";
    case AdaptationState::Doing::kHolding:
      return "holding";
    case AdaptationState::Doing::kFrozen:
      return "frozen";
  }
  return "";
}

ipc::Error BadPath(const std::string& path, const std::string& reason) {
  return {.code = ipc::ErrorCode::kBadFile,
          .key = "path",
          .value = path,
          .reason = reason,
          .allowed = "a sound file, or a folder with some",
          .message = reason};
}

}  // namespace

Adapting::Adapting(boost::asio::io_context& loop, ParamRegistry& registry, double sample_rate_hz,
                   AdaptingFiles files, std::function<void()> on_change)
    : loop_(loop),
      registry_(registry),
      sample_rate_hz_(sample_rate_hz),
      files_(std::move(files)),
      on_change_(std::move(on_change)) {
  adapter_.Prepare(sample_rate_hz, {});
  Recall();
}

void Adapting::Recall() {
  try {
    if (!files_.calibration.empty()) {
      if (const auto calibration = LoadCalibration(files_.calibration)) {
        adapter_.SetCalibration(*calibration);
      }
    }
    if (!files_.reference.empty()) adapter_.SetReference(LoadReference(files_.reference));
  } catch (const ConfigError& e) {
    spdlog::warn("{}; adaptation goes by what is usual", e.what());
  }
}

void Adapting::SetSampleRate(double sample_rate_hz) {
  if (sample_rate_hz == sample_rate_hz_) return;
  sample_rate_hz_ = sample_rate_hz;
  heard_frames_ = 0;
  const auto reference = adapter_.reference();
  adapter_.Prepare(sample_rate_hz, Calibration(adapter_.calibration()));
  adapter_.SetReference(reference);
}

void Adapting::Hear(const AnalysisFrame& frame) {
  heard_frames_ = frame.position_frames;
  leveler_gain_db_ = frame.leveler_gain_db;
  adapter_.Hear(frame.position_frames, frame.input);
}

SignalPath::Values Adapting::TargetsOf(const ParamRegistry::Values& values,
                                       const Pinned& pinned) const {
  SignalPath::Values adapted = values;
  for (const AdaptedParam& one :
       AdaptedParams(values, pinned, adapter_.state(), adapter_.calibration(), leveler_gain_db_)) {
    adapted[one.index] = one.value;
  }
  return ParamRegistry::TargetsOf(adapted);
}

ipc::Reply Adapting::Answer(const ipc::Adapt& request) {
  switch (request.action) {
    case Action::kFreeze:
      adapter_.Freeze(true);
      break;
    case Action::kThaw:
      adapter_.Freeze(false);
      break;
    case Action::kRelearn:
      adapter_.Relearn();
      break;
    case Action::kRelease:
      if (registry_.Match(request.text).empty()) {
        const ParamError error = registry_.UnknownKey(request.text);
        return ipc::Error{.code = ipc::ErrorCode::kUnknownKey,
                          .key = error.key,
                          .value = "",
                          .reason = error.reason,
                          .allowed = error.allowed,
                          .message = error.Message()};
      }
      registry_.Release(request.text);
      break;
    case Action::kLearnReference:
    case Action::kCalibrate:
      if (!request.text.empty()) return Learn(request.action, request.text);
      Forget(request.action);
      break;
    default:
      return ipc::Error{.code = ipc::ErrorCode::kBadValue,
                        .key = "action",
                        .value = std::to_string(static_cast<unsigned>(request.action)),
                        .reason = "is no action of this daemon",
                        .allowed = "0 to 5",
                        .message = "adaptation: no such action (allowed: 0 to 5)"};
  }
  on_change_();
  return Report();
}

ipc::Reply Adapting::Learn(Action action, const std::string& path) {
  if (!std::filesystem::path(path).is_absolute()) {
    return BadPath(path, path + ": cannot be learnt from: its path must be absolute");
  }
  study_.reset();
  const std::uint32_t number = ++study_number_;
  const auto current = [this, number] { return number == study_number_; };
  try {
    study_.emplace(
        path,
        [this, current](const MusicStudy::Progress& progress) {
          boost::asio::post(loop_, [this, current, progress] {
            if (!current()) return;
            study_report_.done = static_cast<std::uint32_t>(progress.done);
            study_report_.total = static_cast<std::uint32_t>(progress.total);
            study_report_.skipped = static_cast<std::uint32_t>(progress.skipped);
          });
        },
        [this, current](MusicStudy::Result result) {
          boost::asio::post(loop_, [this, current, result = std::move(result)]() mutable {
            if (current()) Learnt(std::move(result));
          });
        });
  } catch (const FileError& e) {
    study_report_ = {};
    return BadPath(path, e.what());
  }
  learning_ = action;
  study_report_ = {};
  study_report_.state = "learning";
  study_report_.purpose = action == Action::kCalibrate ? "calibration" : "reference";
  study_report_.path = path;
  return Report();
}

void Adapting::Learnt(MusicStudy::Result result) {
  study_report_.done = static_cast<std::uint32_t>(result.progress.done);
  study_report_.total = static_cast<std::uint32_t>(result.progress.total);
  study_report_.skipped = static_cast<std::uint32_t>(result.progress.skipped);
  const std::size_t least = learning_ == Action::kCalibrate ? kLeastTracks : 1;
  if (result.tracks.size() < least) {
    study_report_.state = "failed";
    study_report_.problem = result.progress.last_problem;
    if (!result.tracks.empty() || study_report_.problem.empty()) {
      study_report_.problem = study_report_.path + ": " + std::to_string(result.tracks.size()) +
                              " tracks were heard, " + std::to_string(least) + " are needed";
    }
    spdlog::warn("nothing was learnt: {}", study_report_.problem);
    return;
  }
  TakeUp(result);
  study_report_.state = "done";
  spdlog::info("{}: learnt from {} tracks, {} skipped", study_report_.path, result.tracks.size(),
               result.progress.skipped);
  on_change_();
}

void Adapting::TakeUp(const MusicStudy::Result& result) {
  try {
    if (learning_ == Action::kCalibrate) {
      const Calibration calibration = CalibrationOf(result.tracks);
      adapter_.SetCalibration(calibration);
      if (!files_.calibration.empty()) SaveCalibration(files_.calibration, calibration);
    } else {
      const Reference reference = ReferenceOf(study_report_.path, result.tracks);
      adapter_.SetReference(reference);
      if (!files_.reference.empty()) SaveReference(files_.reference, reference);
    }
  } catch (const ConfigError& e) {
    study_report_.problem = e.what();
    spdlog::warn("{}: what was learnt is not kept", e.what());
  }
}

void Adapting::Forget(Action action) {
  study_.reset();
  ++study_number_;
  study_report_ = {};
  std::error_code ignored;  // it may not be there
  if (action == Action::kCalibrate) {
    adapter_.SetCalibration({});
    if (!files_.calibration.empty()) std::filesystem::remove(files_.calibration, ignored);
  } else {
    adapter_.SetReference(std::nullopt);
    if (!files_.reference.empty()) std::filesystem::remove(files_.reference, ignored);
  }
}

ipc::Adaptation Adapting::Report() const {
  const AdaptationState& state = adapter_.state();
  const SignalPath::Values& values = registry_.values();
  const float strength = values[SignalPath::IndexOf("master", "adaptive")];
  ipc::Adaptation report;
  report.doing = DoingText(state, strength);
  report.strength = strength;
  report.share = AdaptiveShare(values, state);
  report.heard_s = state.features.heard_s;
  report.silent_s = static_cast<float>(state.silent_s);
  report.age_s = static_cast<float>(static_cast<double>(heard_frames_ - state.position_frames) /
                                    sample_rate_hz_);
  report.programmes = state.programmes;
  report.spectral = state.at.spectral;
  report.dynamic = state.at.dynamic;
  report.energy = state.at.energy;
  report.loudness_lufs = state.features.loudness_lufs;
  report.loudness_deviation_lu = state.features.loudness_deviation_lu;
  report.crest_db = state.features.crest_db;
  report.width = state.features.width;
  report.correlation = state.features.correlation;
  report.centroid_hz = state.features.centroid_hz;
  report.flatness = state.features.flatness;
  report.onsets_per_s = state.features.onsets_per_s;
  const auto& reference = adapter_.reference();
  const auto& wanted = reference ? reference->zone_shares : adapter_.calibration().zone_shares;
  const auto delta_db = BarkDeltaDb();
  const auto zone_gains_db = ZoneGainsDb(delta_db, state.features.bark_power);
  for (std::size_t zone = 0; zone < kZones; ++zone) {
    report.zones.push_back({.name = std::string(kZoneNames[zone]),
                            .share = state.features.zone_shares[zone],
                            .wanted = wanted[zone],
                            .gain_db = zone_gains_db[zone]});
  }
  report.band_gain_db.assign(delta_db.begin(), delta_db.end());
  for (const AdaptedParam& one :
       AdaptedParams(values, registry_.pinned(), state, adapter_.calibration(), leveler_gain_db_)) {
    const ParamInfo& info = ParamRegistry::info(one.index);
    const std::string module(info.module);
    const auto enabled = registry_.Find(module + ".enabled");
    report.parameters.push_back({.key = registry_.key(one.index),
                                 .set = values[one.index],
                                 .aim = one.aim,
                                 .value = one.value,
                                 .set_text = FormatValue(info.spec, values[one.index]),
                                 .text = FormatValue(info.spec, one.value),
                                 .pinned = one.pinned,
                                 .stage_on = !enabled || registry_.value(*enabled) >= 0.5F});
  }
  report.reference = reference ? reference->name : "";
  report.study = study_report_;
  report.story = AdaptationStory(report);
  return report;
}

void Adapting::Close() {
  ++study_number_;
  study_.reset();
}

}  // namespace auralis
