#pragma once
// What the analysis thread knows about one moment. Plain data: copied, never shared.

#include <array>
#include <cstddef>
#include <cstdint>

#include "dsp/analysis/level_meter.h"
#include "dsp/analysis/spectral_shape.h"
#include "dsp/analysis/zones.h"
#include "dsp/bark_bands.h"
#include "dsp/product_chain.h"

namespace auralis {

inline constexpr std::size_t kSpectrumBands = 64;  // log-spaced, 20 Hz to 20 kHz

// One point of the signal path. Levels of silence are -infinity.
struct LevelReadings {
  std::array<float, 2> peak_dbfs{};       // highest |sample| since the last frame, left and right
  std::array<float, 2> rms_dbfs{};        // over the last 300 ms; a full-scale sine reads -3.01
  std::array<float, 2> true_peak_dbtp{};  // since the last frame, BS.1770-4 annex 2
  float momentary_lufs = 0.0F;            // 400 ms
  float short_term_lufs = 0.0F;           // 3 s
  float integrated_lufs = 0.0F;           // gated, since the stream began
  float loudness_range_lu = 0.0F;         // LRA, EBU Tech 3342, since the stream began
  float crest_db = 0.0F;                  // 3 s; 0 in silence
  StereoReadings stereo;                  // 300 ms
  SpectralShape shape;                    // the last 43 to 128 ms
  float onsets_per_s = 0.0F;              // 10 s
  std::array<float, kSpectrumBands> spectrum_dbfs{};  // a full-scale sine reads 0 in its band
  std::array<float, kBarkBands> critical_power{};     // a full-scale sine has 1 in all together
  std::array<float, kZones> zone_power{};             // likewise
};

struct AnalysisFrame {
  std::uint64_t position_frames = 0;  // of the last sample in it, counted from the stream's start
  LevelReadings input;                // as it entered the chain
  LevelReadings output;               // as it left
  ProductChain::Reductions gain_reductions_db{};  // largest since the last frame, positive
  float leveler_gain_db = 0.0F;                   // at the end
};

}  // namespace auralis
