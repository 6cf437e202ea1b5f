#pragma once

#include <array>
#include <optional>
#include <string>

#include "dsp/adaptive/calibration.h"
#include "dsp/adaptive/feature_tracker.h"
#include "dsp/analysis/zones.h"
#include "dsp/bark_bands.h"

namespace auralis {

// What a person wants music to sound like: learned from a track or several.
struct Reference {
  std::string name;  // the file or folder
  std::array<float, kZones> zone_shares{};
  float loudness_lufs = 0.0F;
  float crest_db = 0.0F;
};

// Where a programme stands among music, each from 0 to 1.
struct Coordinates {
  float spectral = 0.5F;  // dark to bright
  float dynamic = 0.5F;   // crushed to lively
  float energy = 0.5F;    // soft to loud
};

// What adaptation would have the chain do, in the parameters' own units.
struct Aims {
  std::array<float, kZones> zone_gain_db{};  // what the curve below is made for
  std::array<float, kBarkBands> bark_gain_db{};
  float threshold_db = 0.0F;  // of the compressor, in a programme as loud as the median
  float ratio = 1.0F;
  float attack_ms = 12.0F;
  float release_ms = 120.0F;
  float width = 0.5F;          // of `stereo`
  float target_lufs = -18.0F;  // of `leveler`
};

// [any] Continuous: no kinds of music, no thresholds.
Coordinates CoordinatesOf(const ProgrammeFeatures& features, const Calibration& calibration);

// [any] What the features ask for. Without a reference the calibration's balance is aimed at,
// gently: bounded for each zone, weighted by what the ear makes of it, halved where it is masked.
// With one, its balance is matched as far as 12 dB go. Either way the programme stays as loud as it
// was.
Aims AimsFor(const ProgrammeFeatures& features, const Calibration& calibration,
             const Reference* reference);

}  // namespace auralis
