#include "ipc/telemetry.h"

#include <algorithm>
#include <utility>

#include "dsp/analysis/spectrum.h"

namespace auralis::ipc {
namespace {

Levels LevelsOf(const LevelReadings& readings) {
  return {.peak_dbfs = readings.peak_dbfs,
          .rms_dbfs = readings.rms_dbfs,
          .true_peak_dbtp = readings.true_peak_dbtp,
          .momentary_lufs = readings.momentary_lufs,
          .short_term_lufs = readings.short_term_lufs,
          .integrated_lufs = readings.integrated_lufs,
          .loudness_range_lu = readings.loudness_range_lu,
          .crest_db = readings.crest_db,
          .correlation = readings.stereo.correlation,
          .width = readings.stereo.width,
          .balance_db = readings.stereo.balance_db,
          .centroid_hz = readings.shape.centroid_hz,
          .rolloff_hz = readings.shape.rolloff_hz,
          .flatness = readings.shape.flatness,
          .onsets_per_s = readings.onsets_per_s};
}

std::vector<float> CriticalDbfs(const LevelReadings& readings) {
  std::vector<float> dbfs;
  for (const float power : readings.critical_power) dbfs.push_back(0.5F * GainToDb(power));
  return dbfs;
}

void HoldMaxima(const Levels& before, Levels& now) {
  for (std::size_t channel = 0; channel < now.peak_dbfs.size(); ++channel) {
    now.peak_dbfs[channel] = std::max(now.peak_dbfs[channel], before.peak_dbfs[channel]);
    now.true_peak_dbtp[channel] =
        std::max(now.true_peak_dbtp[channel], before.true_peak_dbtp[channel]);
  }
}

std::vector<GainReduction> ReductionsOf(const AnalysisFrame& frame) {
  std::vector<GainReduction> reductions;
  for (std::size_t i = 0; i < frame.gain_reductions_db.size(); ++i) {
    reductions.push_back({ProductChain::kReductions[i].Name(), frame.gain_reductions_db[i]});
  }
  return reductions;
}

}  // namespace

void Telemetry::Subscribe(const std::vector<StreamRate>& streams) {
  meters_.reset();
  spectrum_.reset();
  held_.reset();
  for (const auto& [stream, rate_hz] : streams) {
    if (stream == Stream::kMeters) meters_.emplace(rate_hz);
    if (stream == Stream::kSpectrum) spectrum_.emplace(rate_hz);
  }
}

void Telemetry::Hold(const AnalysisFrame& frame) {
  Meters now{.position_frames = frame.position_frames,
             .input = LevelsOf(frame.input),
             .output = LevelsOf(frame.output),
             .limiter_gain_reduction_db = 0.0F,
             .lost = 0,
             .gain_reductions = ReductionsOf(frame),
             .leveler_gain_db = frame.leveler_gain_db};
  if (held_) {
    HoldMaxima(held_->input, now.input);
    HoldMaxima(held_->output, now.output);
    for (std::size_t i = 0; i < now.gain_reductions.size(); ++i) {
      now.gain_reductions[i].db = std::max(now.gain_reductions[i].db, held_->gain_reductions[i].db);
    }
  }
  // Also in a field of its own, for clients from before there was a list.
  for (const GainReduction& reduction : now.gain_reductions) {
    if (reduction.stage == Limiter::kModule) now.limiter_gain_reduction_db = reduction.db;
  }
  held_ = std::move(now);
}

std::vector<Event> Telemetry::Take(const AnalysisFrame& frame, Clock::time_point now,
                                   bool has_room) {
  if (meters_) Hold(frame);
  const bool meters_due = meters_ && meters_->IsDue(now);
  const bool spectrum_due = spectrum_ && spectrum_->IsDue(now);
  if (!has_room) {
    lost_ += (meters_due ? 1U : 0U) + (spectrum_due ? 1U : 0U);
    return {};
  }
  std::vector<Event> events;
  if (meters_due) {
    held_->lost = lost_;
    events.emplace_back(*held_);
    held_.reset();
  }
  if (spectrum_due) {
    events.emplace_back(Spectrum{
        .position_frames = frame.position_frames,
        .low_hz = static_cast<float>(SpectrumBandHz(0)),
        .high_hz = static_cast<float>(SpectrumBandHz(kSpectrumBands - 1)),
        .input_dbfs = {frame.input.spectrum_dbfs.begin(), frame.input.spectrum_dbfs.end()},
        .output_dbfs = {frame.output.spectrum_dbfs.begin(), frame.output.spectrum_dbfs.end()},
        .lost = lost_,
        .input_critical_dbfs = CriticalDbfs(frame.input),
        .output_critical_dbfs = CriticalDbfs(frame.output)});
  }
  return events;
}

}  // namespace auralis::ipc
