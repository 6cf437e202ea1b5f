#include "ipc/monitor/model.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace auralis::ctl {
namespace {

// "multiband" of "multiband.band2".
std::string ModuleOf(const std::string& stage) { return stage.substr(0, stage.find('.')); }

}  // namespace

void Model::Begin(ipc::Parameters described, const ipc::Status& status) {
  connected_ = true;
  lost_because_.clear();
  status_ = status;
  comparison_ = {};
  comparison_is_old_ = true;
  meters_.reset();
  spectrum_.reset();
  adaptation_.reset();
  reductions_.clear();
  last_notice_.clear();
  parameters_ = std::move(described.parameters);
  index_of_.clear();
  for (std::size_t i = 0; i < parameters_.size(); ++i) index_of_[parameters_[i].key] = i;
}

void Model::Lose(const std::string& why) {
  connected_ = false;
  if (lost_because_.empty()) lost_because_ = why;
}

void Model::Take(const ipc::Status& status) { status_ = status; }

void Model::Take(const ipc::Event& event) {
  std::visit([this](const auto& one) { TakeEvent(one); }, event);
}

void Model::Take(const ipc::Values& values) { TakeValues(values.values); }

void Model::TakeEvent(const ipc::Bye& bye) {
  Lose("auralisd has ended" + (bye.reason.empty() ? "" : ": " + bye.reason));
}

void Model::TakeEvent(const ipc::ParametersChanged& changed) { TakeValues(changed.values); }

void Model::TakeValues(const std::vector<ipc::Value>& values) {
  for (const ipc::Value& one : values) {
    const auto found = index_of_.find(one.key);
    if (found == index_of_.end()) continue;
    parameters_[found->second].value = one.value;
    parameters_[found->second].text = one.text;
  }
}

void Model::TakeEvent(const ipc::Meters& meters) {
  // A stream that began anew counts from 0 again.
  if (meters_ && meters.position_frames < meters_->position_frames) held_until_frames_ = {};
  HoldPeaks(meters);
  LetReductionsFall(meters, meters_ ? SecondsSince(*meters_, meters) : 0.0);
  meters_ = meters;
}

double Model::SecondsSince(const ipc::Meters& before, const ipc::Meters& now) const {
  if (status_.sample_rate_hz <= 0.0 || now.position_frames < before.position_frames) return 0.0;
  return static_cast<double>(now.position_frames - before.position_frames) / status_.sample_rate_hz;
}

void Model::HoldPeaks(const ipc::Meters& meters) {
  const auto hold_frames = static_cast<std::uint64_t>(kHoldSeconds * status_.sample_rate_hz);
  const auto hold = [&](float& held, std::uint64_t& until_frames, float now) {
    if (now < held && meters.position_frames < until_frames) return;
    held = now;
    until_frames = meters.position_frames + hold_frames;
  };
  for (std::size_t channel = 0; channel < 2; ++channel) {
    hold(held_.input_dbtp[channel], held_until_frames_[channel],
         meters.input.true_peak_dbtp[channel]);
    hold(held_.output_dbtp[channel], held_until_frames_[2 + channel],
         meters.output.true_peak_dbtp[channel]);
  }
}

void Model::LetReductionsFall(const ipc::Meters& meters, double seconds) {
  std::vector<Reduction> now;
  for (const ipc::GainReduction& one : meters.gain_reductions) {
    const std::string module = ModuleOf(one.stage);
    if (now.empty() || now.back().stage != module) now.push_back({module, 0.0F});
    now.back().db = std::max(now.back().db, one.db);
  }
  const auto fall_db = static_cast<float>(kReductionFallDbPerS * seconds);
  for (Reduction& one : now) {
    for (const Reduction& before : reductions_) {
      if (before.stage == one.stage) one.db = std::max(one.db, before.db - fall_db);
    }
  }
  reductions_ = std::move(now);
}

const ipc::Parameter* Model::Find(std::string_view key) const {
  const auto found = index_of_.find(key);
  return found == index_of_.end() ? nullptr : &parameters_[found->second];
}

bool Model::IsOn(std::string_view stage) const {
  const ipc::Parameter* const enabled = Find(std::string(stage) + ".enabled");
  return enabled == nullptr || enabled->value >= 0.5F;
}

std::optional<float> Model::TargetLufs() const {
  constexpr std::string_view kKey = "leveler.target";
  const ipc::Parameter* const target = Find(kKey);
  if (target == nullptr || !IsOn("leveler")) return std::nullopt;
  if (adaptation_) {
    for (const ipc::AdaptedParameter& one : adaptation_->parameters) {
      if (one.key == kKey && one.stage_on) return one.value;
    }
  }
  return target->value;
}

std::vector<float> Model::TonalGainDb(std::span<const double> frequencies_hz) const {
  if (status_.sample_rate_hz <= 0.0) return {};
  if (!curve_ || curve_->sample_rate_hz() != status_.sample_rate_hz) {
    curve_ = std::make_unique<TonalCurve>(status_.sample_rate_hz);
  }
  ParamRegistry::Values values = SignalPath::kDefaults;
  static const ParamRegistry kRegistry;  // for its keys
  for (const ipc::Parameter& one : parameters_) {
    if (const auto index = kRegistry.Find(one.key)) values[*index] = one.value;
  }
  const std::span<const float> adapted_db =
      adaptation_ ? std::span<const float>(adaptation_->band_gain_db) : std::span<const float>();
  return curve_->GainDb(values, adapted_db, frequencies_hz);
}

}  // namespace auralis::ctl
