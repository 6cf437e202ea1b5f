#pragma once
// What a busy user has set: values for the benchmarks of the whole chain.

#include <string_view>

#include "dsp/signal_path.h"

namespace auralis::bench {

// Every value of that key, whichever module and member of a family it belongs to.
inline void SetAll(SignalPath::Values& values, std::string_view key, float value) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (SignalPath::kParams[i].spec.key == key) values[i] = value;
  }
}

inline void Set(SignalPath::Values& values, std::string_view module, std::string_view key,
                float value) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const ParamInfo& info = SignalPath::kParams[i];
    if (info.module == module && info.spec.key == key) values[i] = value;
  }
}

// 32 bands of the equalizer at +3 and -3 dB.
inline void Set32Bands(SignalPath::Values& values) {
  float gain_db = 3.0F;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const ParamInfo& info = SignalPath::kParams[i];
    if (info.module == "equalizer" && info.spec.key == "gain") values[i] = gain_db = -gain_db;
  }
}

// Equalizer with 32 bands, compressor, limiter: what the rivals' users have on.
inline SignalPath::Values EqualizerCompressorLimiter() {
  SignalPath::Values values = SignalPath::kDefaults;
  Set32Bands(values);
  Set(values, "compressor", "enabled", 1.0F);
  Set(values, "compressor", "threshold", -20.0F);
  Set(values, "compressor", "ratio", 4.0F);
  return values;
}

inline SignalPath::Values WithMultiband(SignalPath::Values values) {
  Set(values, "multiband", "enabled", 1.0F);
  Set(values, "multiband", "bands", 6.0F);
  Set(values, "multiband", "threshold", -40.0F);
  return values;
}

// All that can be on is on and has something to do.
inline SignalPath::Values Everything() {
  SignalPath::Values values = WithMultiband(EqualizerCompressorLimiter());
  SetAll(values, "enabled", 1.0F);
  float gain_db = 2.0F;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const ParamInfo& info = SignalPath::kParams[i];
    if (info.module == "bark" && !info.family.empty()) values[i] = gain_db = -gain_db;
    if (info.module == "tone" && info.spec.key != "enabled") values[i] = 0.3F;
  }
  Set(values, "transient", "attack", 0.3F);
  Set(values, "transient", "sustain", 0.3F);
  Set(values, "stereo", "width", 0.6F);
  Set(values, "stereo", "mono_below", 120.0F);
  Set(values, "loudness", "volume", -30.0F);
  return values;
}

}  // namespace auralis::bench
