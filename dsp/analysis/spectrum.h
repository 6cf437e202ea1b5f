#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "dsp/analysis/analysis_frame.h"
#include "dsp/analysis/decimator.h"
#include "dsp/analysis/onset_meter.h"
#include "dsp/analysis/spectral_shape.h"
#include "dsp/analysis/stereo_power.h"
#include "dsp/analysis/zones.h"
#include "dsp/bark_bands.h"

namespace auralis {

// Centre of a band of the spectrum: 20 Hz to 20 kHz in equal ratios.
double SpectrumBandHz(std::size_t band) noexcept;

// Levels of 64 bands of a stereo signal, left and right in the mean of their powers, so nothing
// cancels. Bands meet halfway on the log scale. A band reads the power that falls between its
// edges or, when that is more, the strongest single tone in it (five bins): a steady sine of full
// scale in both channels reads 0 dB in its band wherever in it, between two bands in both of them;
// noise reads its power in the band.
//
// Two transforms of the same kind serve it. The upper bands hear the last 43 to 85 ms (below 32 kHz
// up to 128 ms), every half of that. The bands below 700 Hz hear 0.7 to 1.4 s of the signal at a
// lower rate, every eighth of that: bins of 0.7 to 1.5 Hz, so no band is empty.
class Spectrum {
 public:
  // [control] `phase` in [0, 1) shifts when the transforms fall due, so that several spectra do
  // not work at the same time.
  void Prepare(double sample_rate_hz, double phase = 0.0);
  // [any] Any number of frames; readings are the same however the stream is cut. A transform runs
  // within the call in which it falls due.
  void Push(const float* left, const float* right, std::size_t frames) noexcept;
  // [any] What comes next does not continue what was: the readings stay until a whole window has
  // been heard again.
  void Skip() noexcept;
  // [any] dB, -infinity for silence and for bands above half the rate.
  const std::array<float, kSpectrumBands>& bands_dbfs() const noexcept {
    return readings_.bands_dbfs;
  }
  // [any] Power that falls into each critical band and into each zone; a full-scale sine has 1.
  std::span<const float, kBarkBands> critical_power() const noexcept {
    return std::span(readings_.powers).subspan<kCritical, kBarkBands>();
  }
  std::span<const float, kZones> zone_power() const noexcept {
    return std::span(readings_.powers).subspan<kZone, kZones>();
  }
  const SpectralShape& shape() const noexcept { return readings_.shape; }          // [any]
  float onsets_per_s() const noexcept { return readings_.onsets.onsets_per_s(); }  // [any]

 private:
  // Where the powers of each kind of band begin among all. The upper tier's own view of the
  // critical bands is coarse below, but as quick as onsets want it.
  static constexpr std::size_t kCritical = 0;
  static constexpr std::size_t kZone = kCritical + kBarkBands;
  static constexpr std::size_t kQuick = kZone + kZones;
  static constexpr std::size_t kPowers = kQuick + kBarkBands;

  struct Readings {
    std::array<float, kSpectrumBands> bands_dbfs{};
    std::array<float, kPowers> powers{};
    SpectralShape shape;
    OnsetMeter onsets;
  };
  struct Band {
    std::size_t index = 0;
    std::size_t first_bin = 0;  // that overlaps it
    std::size_t last_bin = 0;
    float first_share = 0.0F;  // of their widths
    float last_share = 0.0F;
  };
  // One transform at its own rate, and the bands that it gives.
  struct Tier {
    void Prepare(double rate_hz, std::size_t length, std::size_t hop, double phase);
    Band BandBetween(std::size_t index, double low_hz, double high_hz) const;
    // Calls `due` whenever a transform falls due.
    template <class Due>
    void Push(const float* left, const float* right, std::size_t frames, const Due& due) noexcept;
    std::span<const float> Measure(Readings& readings) noexcept;

    StereoPower power;
    std::vector<Band> bands;   // of the spectrum
    std::vector<Band> powers;  // of readings.powers
    std::vector<float> ring;   // interleaved; twice the length of a window
    std::vector<float> tones;  // power of the tone that stands in a bin
    std::size_t at = 0;        // the oldest frame
    std::size_t hop_frames = 0;
    std::size_t until_hop = 0;
    std::size_t missing_frames = 0;  // until the window holds nothing from before a gap
    double bin_hz = 0.0;
  };
  void AddBands(double sample_rate_hz);

  Tier upper_;
  Tier lower_;
  Decimator decimator_;
  Readings readings_;
};

}  // namespace auralis
