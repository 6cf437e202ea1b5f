#pragma once
// What the analysis thread knows about one moment. Plain data: copied, never shared.

#include <array>
#include <cstddef>
#include <cstdint>

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
  std::array<float, kSpectrumBands> spectrum_dbfs{};  // a full-scale sine reads 0 in its band
};

struct AnalysisFrame {
  std::uint64_t position_frames = 0;  // of the last sample in it, counted from the stream's start
  LevelReadings input;                // as it entered the chain
  LevelReadings output;               // as it left
  ProductChain::Reductions gain_reductions_db{};  // largest since the last frame, positive
  float leveler_gain_db = 0.0F;                   // at the end
};

}  // namespace auralis
