#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "dsp/analysis/analysis_frame.h"
#include "dsp/analysis/decimator.h"
#include "dsp/analysis/stereo_power.h"

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
  const std::array<float, kSpectrumBands>& bands_dbfs() const noexcept { return bands_dbfs_; }

 private:
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
    void AddBand(std::size_t index, double low_hz, double high_hz);
    void Push(const float* left, const float* right, std::size_t frames,
              std::array<float, kSpectrumBands>& bands_dbfs) noexcept;
    void Measure(std::array<float, kSpectrumBands>& bands_dbfs) noexcept;

    StereoPower power;
    std::vector<Band> bands;
    std::vector<float> ring;   // interleaved; twice the length of a window
    std::vector<float> tones;  // power of the tone that stands in a bin
    std::size_t at = 0;        // the oldest frame
    std::size_t hop_frames = 0;
    std::size_t until_hop = 0;
    std::size_t missing_frames = 0;  // until the window holds nothing from before a gap
    double bin_hz = 0.0;
  };

  Tier upper_;
  Tier lower_;
  Decimator decimator_;
  std::array<float, kSpectrumBands> bands_dbfs_{};
};

}  // namespace auralis
