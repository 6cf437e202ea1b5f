#include "daemon/side_by_side.h"

#include <spdlog/spdlog.h>

#include <boost/asio/post.hpp>
#include <cmath>
#include <cstdio>
#include <utility>
#include <vector>

#include "config/config_error.h"
#include "config/param_text.h"
#include "daemon/impulse_response_file.h"
#include "daemon/sound_file.h"

namespace auralis {
namespace {

constexpr std::size_t kBypass = SignalPath::IndexOf("master", "bypass");
constexpr double kLeastSeconds = 1.0;     // that a first measurement needs
constexpr double kGrownSeconds = 2.0;     // more than the last time
constexpr double kAnotherSeconds = 10.0;  // of music, after which a switch is worth another one

ipc::Error Refused(ipc::ErrorCode code, const std::string& reason, const std::string& allowed) {
  return {.code = code,
          .key = "comparison",
          .reason = reason,
          .allowed = allowed,
          .message = reason + " (" + allowed + ")"};
}

ipc::Error BadFile(const std::string& preset, const std::string& what) {
  return {.code = ipc::ErrorCode::kBadFile,
          .key = "preset",
          .value = preset,
          .reason = what,
          .message = what};
}

}  // namespace

SideBySide::SideBySide(boost::asio::io_context& loop, ParamRegistry& registry,
                       PresetKeeper& presets, SoundSwitch& sound_switch, Following& following,
                       Hooks hooks)
    : loop_(loop),
      registry_(registry),
      presets_(presets),
      switch_(sound_switch),
      following_(following),
      hooks_(std::move(hooks)) {}

SideBySide::~SideBySide() = default;

ipc::Reply SideBySide::Answer(const ipc::Compare& request, ParamHistory& history) {
  if (on_) {
    return Refused(ipc::ErrorCode::kComparing, "two settings are being compared already",
                   "keep what is heard or end it first");
  }
  // Both before anything changes.
  std::optional<WholeSetting> first;
  if (!request.a.empty()) {
    auto loaded = Load(request.a);
    if (auto* error = std::get_if<ipc::Error>(&loaded)) return std::move(*error);
    first = std::get<WholeSetting>(std::move(loaded));
  }
  auto second = Load(request.b);
  if (auto* error = std::get_if<ipc::Error>(&second)) return std::move(*error);

  on_ = true;
  ++number_;
  outcomes_.reset();
  measured_s_ = 0.0;
  asked_s_ = 0.0;
  growing_ = true;
  edited_ = true;
  switched_ = false;
  heard_ = kA;
  thread_.emplace();
  following_.Hold(true);
  before_.reset();
  sides_ = {Now(), std::get<WholeSetting>(std::move(second))};
  hooks_.on_change();  // what was heard is remembered, and nothing after it
  if (first) {
    before_ = sides_[kA];
    sides_[kA] = *first;
    Bring(*std::move(first), kA, history);
  }
  revision_ = registry_.revision();
  response_ = hooks_.engine().sound().response;
  Measure();
  return State();
}

ipc::Reply SideBySide::Answer(const ipc::SteerComparison& request, ParamHistory& history) {
  using Action = ipc::SteerComparison::Action;
  if (!on_) {
    return Refused(ipc::ErrorCode::kNothingCompared, "no settings are being compared",
                   "begin with: auralisctl ab PRESET");
  }
  std::size_t wanted = kA;
  switch (request.action) {
    case Action::kHearA:
      break;
    case Action::kHearB:
      wanted = kB;
      break;
    case Action::kToggle:
      wanted = 1 - heard_;
      break;
    case Action::kKeep:
      Stop();
      return State();
    case Action::kEnd:
      End(history);
      return State();
    default:
      return Refused(ipc::ErrorCode::kBadValue, "there is no such action",
                     "0 (hear A), 1 (hear B), 2 (toggle), 3 (keep), 4 (end)");
  }
  if (wanted == heard_) return State();
  sides_[heard_] = Now();
  switched_ = true;
  Bring(sides_[wanted], wanted, history);
  return State();
}

void SideBySide::End(ParamHistory& history) {
  if (!on_) return;
  if (before_ || heard_ != kA) {
    sides_[heard_] = Now();
    Bring(before_ ? *before_ : sides_[kA], kA, history);
  }
  Stop();
}

void SideBySide::Stop() {
  on_ = false;
  ++question_;
  measuring_ = false;
  thread_.reset();
  before_.reset();
  sides_ = {};
  following_.Hold(false);
  switch_.GoTo(0.0F);
  hooks_.on_change();
}

ipc::Comparison SideBySide::State() const {
  if (!on_) return {};
  const auto about = [&](std::size_t side) {
    ipc::ComparedSetting setting{
        .name = side == heard_ ? presets_.name() : PresetKeeper::NameOf(sides_[side].scene.slots),
        .gain_db = GainDb(side)};
    if (outcomes_) {
      const Outcome& outcome = side == kA ? outcomes_->first : outcomes_->second;
      setting.loudness_lufs = static_cast<float>(outcome.lufs);
    }
    return setting;
  };
  return {.on = true,
          .heard = heard_ == kA ? "a" : "b",
          .a = about(kA),
          .b = about(kB),
          .measured_s = outcomes_ ? static_cast<float>(measured_s_) : 0.0F};
}

WholeSetting SideBySide::Now() const {
  Engine& engine = hooks_.engine();
  return {.values = registry_.values(),
          .pinned = registry_.pinned(),
          .scene = presets_.Now(),
          .response = engine.sound().response,
          .response_rate_hz = engine.options().sample_rate_hz,
          .leveler_gain_db = following_.adaptation().leveler_gain_db};
}

std::variant<WholeSetting, ipc::Error> SideBySide::Load(const std::string& preset) const {
  if (preset.empty()) return BadFile(preset, "there is no preset to compare with");
  auto prepared = presets_.Prepare({.name = preset});
  if (auto* error = std::get_if<ipc::Error>(&prepared)) return std::move(*error);
  auto& [scene, composition] = std::get<PresetKeeper::Plan>(prepared);
  WholeSetting setting;
  setting.scene = std::move(scene);
  for (const Assignment& one : AssignmentsOf(composition.preset)) {
    setting.values[*registry_.Find(one.key)] = static_cast<float>(std::get<double>(one.value));
  }
  const EngineOptions& options = hooks_.engine().options();
  setting.response_rate_hz = options.sample_rate_hz;
  try {
    if (!setting.scene.response_file.empty()) {
      setting.response =
          LoadImpulseResponse(setting.scene.response_file, options.sample_rate_hz).response;
    }
  } catch (const FileError& e) {
    return BadFile(setting.scene.response_file, e.what());
  }
  setting.leveler_gain_db = following_.LevelerGainDbOf(setting.values, setting.pinned);
  return setting;
}

// --- From one to the other.

void SideBySide::Bring(WholeSetting setting, std::size_t side, ParamHistory& history) {
  const auto go = [this, number = number_](const WholeSetting& to, std::size_t at) {
    return [this, number, to, at] { Arrive(to, at, number); };
  };
  const WholeSetting from = Now();
  switch_.Begin();
  history.Do(
      [&] {
        std::vector<Assignment> assignments;
        for (std::size_t i = 0; i < setting.values.size(); ++i) {
          if (i == kBypass) continue;  // both can be compared with the untouched sound
          assignments.push_back({registry_.key(i), ExactDouble(setting.values[i])});
        }
        // They were in force, or checked when they were read.
        static_cast<void>(registry_.Apply(assignments, ParamRegistry::Origin::kPreset));
        for (std::size_t i = 0; i < setting.values.size(); ++i) {
          if (setting.pinned[i]) registry_.Pin(registry_.key(i));
        }
      },
      {.undo = go(from, heard_), .redo = go(setting, side), .begin = [this] { switch_.Begin(); }},
      number_);
  Arrive(setting, side, number_);
}

// The values are there; now all else, in one with them. `number` tells a comparison that is over,
// whose switches the history takes back.
void SideBySide::Arrive(const WholeSetting& setting, std::size_t side, std::uint64_t number) {
  PutResponse(setting);
  const bool of_now = on_ && number == number_;
  if (of_now) {
    heard_ = side;
    following_.SetLevelerGain(hooks_.engine(), setting.leveler_gain_db);
  }
  presets_.Restore(setting.scene);
  if (of_now && outcomes_) {
    switch_.EndAt(GainDb(side));
  } else {
    switch_.End();
  }
  revision_ = registry_.revision();
  response_ = hooks_.engine().sound().response;
  if (of_now) hooks_.on_change();
}

void SideBySide::PutResponse(const WholeSetting& setting) {
  const std::string& file = setting.scene.response_file;
  const double rate_hz = hooks_.engine().options().sample_rate_hz;
  try {
    hooks_.set_response(file, file.empty() || setting.response_rate_hz == rate_hz
                                  ? setting.response
                                  : LoadImpulseResponse(file, rate_hz).response);
  } catch (const FileError& e) {
    spdlog::warn("{}: the response stays as it was", e.what());
  }
}

// --- How loud they are.

void SideBySide::Advance() {
  if (!on_) return;
  const auto response = hooks_.engine().sound().response;
  if (revision_ != registry_.revision() || response_ != response) edited_ = true;
  revision_ = registry_.revision();
  response_ = response;
  if (!measuring_ && IsDue()) Measure();
}

bool SideBySide::IsDue() const {
  const double rate_hz = hooks_.engine().options().sample_rate_hz;
  const double since_s =
      static_cast<double>(switch_.position_frames() - asked_at_frames_) / rate_hz;
  if (edited_) return outcomes_ || since_s >= kLeastSeconds;
  if (growing_) return since_s >= kGrownSeconds;
  return switched_ && since_s >= kAnotherSeconds;
}

Sound SideBySide::SoundOf(std::size_t side) const {
  const WholeSetting setting = side == heard_ ? Now() : sides_[side];
  return following_.SoundOf(setting.values, setting.pinned, setting.leveler_gain_db,
                            setting.response);
}

void SideBySide::Measure() {
  const EngineOptions& options = hooks_.engine().options();
  asked_at_frames_ = switch_.position_frames();
  Excerpt excerpt = switch_.Heard();
  const double seconds = static_cast<double>(excerpt[0].size()) / options.sample_rate_hz;
  if (seconds < kLeastSeconds) return;
  growing_ = std::exchange(asked_s_, seconds) < seconds;
  measuring_ = true;
  thread_->Ask(
      {.spec = {.sample_rate_hz = options.sample_rate_hz, .block_frames = options.block_frames},
       .first = SoundOf(kA),
       .second = SoundOf(kB),
       .excerpt = std::move(excerpt)},
      [this, seconds, question = ++question_,
       at_once = std::exchange(edited_, false)](const Outcomes& outcomes) {
        boost::asio::post(loop_, [this, seconds, question, at_once, outcomes] {
          if (question == question_) Take(outcomes, seconds, at_once);
        });
      });
}

void SideBySide::Take(const Outcomes& outcomes, double seconds, bool at_once) {
  measuring_ = false;
  switched_ = false;
  if (!std::isfinite(outcomes.first.lufs) || !std::isfinite(outcomes.second.lufs)) return;
  const bool first = !outcomes_.has_value();
  outcomes_ = outcomes;
  measured_s_ = seconds;
  // What is heard is not touched for a better figure alone: that comes with the next switch.
  if (at_once || first) switch_.GoTo(GainDb(heard_));
  hooks_.on_change();
}

float SideBySide::GainDb(std::size_t side) const {
  if (!outcomes_) return 0.0F;
  const MatchedGains gains = LowerTheLouder(*outcomes_);
  return side == kA ? gains.first_db : gains.second_db;
}

std::string ComparisonText(const ipc::Comparison& comparison) {
  if (!comparison.on) return "A/B: ended";
  const bool is_a = comparison.heard == "a";
  const ipc::ComparedSetting& heard = is_a ? comparison.a : comparison.b;
  std::string text = std::string("A/B: hears ") + (is_a ? "A" : "B");
  if (!heard.name.empty()) text += ", " + heard.name;
  if (comparison.measured_s <= 0.0F) return text + ", is being measured";
  std::array<char, 32> gain{};
  std::snprintf(gain.data(), gain.size(), " at %.1f dB", static_cast<double>(heard.gain_db));
  return text + gain.data();
}

}  // namespace auralis
