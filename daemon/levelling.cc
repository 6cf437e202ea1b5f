#include "daemon/levelling.h"

#include <spdlog/spdlog.h>

#include <cmath>
#include <utility>

#include "config/config_error.h"
#include "config/state.h"

namespace auralis {
namespace {

// A kill may come at any moment; the disk is not to hear of every step.
constexpr double kKeepS = 2.0;
constexpr float kMovedDb = 0.5F;
constexpr float kSameDb = 0.1F;

// What is measured has not passed the input stage yet.
float InputDb(const SignalPath::Values& values) {
  const auto input = ProductChain::ParamsOf<Input>(values.data());
  return input.enabled >= 0.5F ? input.gain_db : 0.0F;
}

}  // namespace

Levelling::Levelling(double sample_rate_hz, std::filesystem::path state_file)
    : sample_rate_hz_(sample_rate_hz), file_(std::move(state_file)) {
  Recall();
  control_.Prepare(sample_rate_hz, kept_db_.value_or(0.0F));
}

void Levelling::SetSampleRate(double sample_rate_hz) {
  if (sample_rate_hz == sample_rate_hz_) return;
  sample_rate_hz_ = sample_rate_hz;
  kept_at_frames_ = 0;
  control_.Prepare(sample_rate_hz, control_.gain_db());
}

float Levelling::Hear(const AnalysisFrame& frame, const SignalPath::Values& values) {
  const auto leveler = ProductChain::ParamsOf<Leveler>(values.data());
  heard_input_db_ = InputDb(values);
  control_.Update(frame.position_frames, frame.input.momentary_lufs + heard_input_db_, leveler);
  enabled_ = leveler.enabled >= 0.5F;
  if (static_cast<double>(frame.position_frames - kept_at_frames_) >= kKeepS * sample_rate_hz_) {
    kept_at_frames_ = frame.position_frames;
    KeepWhatMoved(kMovedDb);
  }
  return control_.gain_db();
}

float Levelling::SettledDb(const SignalPath::Values& values) const {
  return control_.AimDb(ProductChain::ParamsOf<Leveler>(values.data()),
                        InputDb(values) - heard_input_db_);
}

void Levelling::Recall() {
  if (file_.empty()) return;
  try {
    kept_db_ = LoadState(file_).leveler_gain_db;
  } catch (const ConfigError& e) {
    spdlog::warn("{}; the leveler starts anew", e.what());
  }
}

Levelling::~Levelling() { Keep(); }

void Levelling::Keep() { KeepWhatMoved(kSameDb); }

void Levelling::KeepWhatMoved(float least_db) {
  const float gain_db = control_.gain_db();
  if (file_.empty() || !enabled_) return;
  if (kept_db_ && std::abs(*kept_db_ - gain_db) < least_db) return;
  kept_db_ = gain_db;
  try {
    SaveState(file_, {.leveler_gain_db = gain_db});
    failed_ = false;
  } catch (const ConfigError& e) {
    if (!std::exchange(failed_, true)) spdlog::warn("{}: the leveler's gain is not kept", e.what());
  }
}

}  // namespace auralis
