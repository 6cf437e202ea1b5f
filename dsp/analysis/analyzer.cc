#include "dsp/analysis/analyzer.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "dsp/analysis/level_meter.h"
#include "dsp/analysis/loudness_meter.h"
#include "dsp/analysis/spectrum.h"
#include "dsp/analysis/true_peak_meter.h"
#include "dsp/denormals.h"
#include "dsp/units.h"

namespace auralis {
namespace {

// Meters are fed in blocks of this: whole steps of the loudness kernel, whole vectors for the rest.
constexpr std::size_t kBlockFrames = 96;

// Above this (+120 dBFS) a sample is a fault, not a signal; one would spoil filters for good.
constexpr float kLoudestSample = 1e6F;

std::array<float, 2> ToDb(const std::array<float, 2>& gains) noexcept {
  return {GainToDb(gains[0]), GainToDb(gains[1])};
}

template <std::size_t N>
std::array<float, N> Copy(std::span<const float, N> values) noexcept {
  std::array<float, N> copy;
  std::copy(values.begin(), values.end(), copy.begin());
  return copy;
}

// All that is measured at one point of the signal path.
class Point {
 public:
  void Prepare(double sample_rate_hz, double spectrum_phase) {
    level_.Prepare(sample_rate_hz);
    true_peak_.Prepare();
    loudness_.Prepare(sample_rate_hz);
    spectrum_.Prepare(sample_rate_hz, spectrum_phase);
  }

  // `frames` more behind the `filled` ones; what is no signal counts as silence.
  void Fill(std::size_t filled, const float* const source[2], std::size_t offset,
            std::size_t frames) noexcept {
    for (std::size_t ch = 0; ch < 2; ++ch) {
      std::transform(source[ch] + offset, source[ch] + offset + frames, block_[ch].data() + filled,
                     [](float x) { return std::fabs(x) <= kLoudestSample ? x : 0.0F; });
    }
  }

  void Measure(std::size_t frames) noexcept {
    const float* left = block_[0].data();
    const float* right = block_[1].data();
    level_.Push(left, right, frames);
    true_peak_.Push(left, right, frames);
    loudness_.Push(left, right, frames);
    spectrum_.Push(left, right, frames);
  }

  // Levels and loudness go on as if nothing were missing; a seam would show in the others.
  void Skip() noexcept {
    true_peak_.Skip();
    spectrum_.Skip();
  }

  LevelReadings Take() noexcept {
    return {.peak_dbfs = ToDb(level_.TakePeaks()),
            .rms_dbfs = ToDb(level_.rms()),
            .true_peak_dbtp = ToDb(true_peak_.Take()),
            .momentary_lufs = static_cast<float>(loudness_.momentary_lufs()),
            .short_term_lufs = static_cast<float>(loudness_.short_term_lufs()),
            .integrated_lufs = static_cast<float>(loudness_.integrated_lufs()),
            .loudness_range_lu = static_cast<float>(loudness_.range_lu()),
            .crest_db = level_.crest_db(),
            .stereo = level_.stereo(),
            .shape = spectrum_.shape(),
            .onsets_per_s = spectrum_.onsets_per_s(),
            .spectrum_dbfs = spectrum_.bands_dbfs(),
            .critical_power = Copy(spectrum_.critical_power()),
            .zone_power = Copy(spectrum_.zone_power())};
  }

 private:
  alignas(64) std::array<std::array<float, kBlockFrames>, 2> block_{};
  LevelMeter level_;
  TruePeakMeter true_peak_;
  LoudnessMeter loudness_;
  Spectrum spectrum_;
};

}  // namespace

struct Analyzer::State {
  void Measure() noexcept {
    input.Measure(filled_frames);
    output.Measure(filled_frames);
    filled_frames = 0;
  }

  Point input;
  Point output;
  std::size_t filled_frames = 0;  // of the block that is being gathered
  bool started = false;
  std::uint64_t next_position_frames = 0;
  ProductChain::Reductions reductions_db{};
  float leveler_gain = 1.0F;
};

Analyzer::Analyzer() : state_(std::make_unique<State>()) {}
Analyzer::~Analyzer() = default;

void Analyzer::Prepare(double sample_rate_hz) {
  *state_ = State{};
  // Half a hop apart, so that no two transforms fall into the same block.
  state_->input.Prepare(sample_rate_hz, 0.0);
  state_->output.Prepare(sample_rate_hz, 0.5);
}

void Analyzer::Push(std::uint64_t position_frames, const float* const input[2],
                    const float* const output[2], std::size_t frames, const ChainGains& gains) {
  const ScopedFlushDenormals flush_denormals;
  State& state = *state_;
  if (state.started && position_frames != state.next_position_frames) {
    state.Measure();
    state.input.Skip();
    state.output.Skip();
  }
  state.started = true;
  state.next_position_frames = position_frames + frames;
  for (std::size_t i = 0; i < state.reductions_db.size(); ++i) {
    state.reductions_db[i] = std::max(state.reductions_db[i], gains.reductions_db[i]);
  }
  state.leveler_gain = gains.leveler_gain;
  for (std::size_t done = 0; done < frames;) {
    const std::size_t run = std::min(frames - done, kBlockFrames - state.filled_frames);
    state.input.Fill(state.filled_frames, input, done, run);
    state.output.Fill(state.filled_frames, output, done, run);
    state.filled_frames += run;
    done += run;
    if (state.filled_frames == kBlockFrames) state.Measure();
  }
}

AnalysisFrame Analyzer::Take() {
  const ScopedFlushDenormals flush_denormals;
  State& state = *state_;
  state.Measure();
  AnalysisFrame frame{.position_frames = state.next_position_frames,
                      .input = state.input.Take(),
                      .output = state.output.Take(),
                      .gain_reductions_db = state.reductions_db,
                      .leveler_gain_db = GainToDb(state.leveler_gain)};
  if (frame.position_frames > 0) --frame.position_frames;
  state.reductions_db.fill(0.0F);
  return frame;
}

}  // namespace auralis
