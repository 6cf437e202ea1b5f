#pragma once

#include <array>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "daemon/render/chain_on_file.h"

namespace auralis::render {

// gnuplot is not there.
class NoPlotter : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};
// Throws NoPlotter that says how to get it.
void RequirePlotter();

// What a picture of a render shows: spectrum before and after, what the equalizers are set to,
// loudness and gain reduction over time. Two points a second are kept of a long file.
class Plot {
 public:
  void Hear(const AnalysisFrame& frame);
  // Four panels, as PNG or SVG by the name's end. Throws WriteError.
  void Write(const std::filesystem::path& path, bool overwrite, const std::string& title,
             const ChainSetup& setup, double sample_rate_hz, double length_s) const;

 private:
  struct Moment {
    std::uint64_t position_frames = 0;
    float before_lufs = 0.0F;  // short-term
    float after_lufs = 0.0F;
    float reduction_db = 0.0F;  // of all stages together, the largest since the last moment
    float limiter_db = 0.0F;
  };

  std::string Script(const std::string& title, const ChainSetup& setup, double sample_rate_hz,
                     double length_s) const;

  std::vector<Moment> moments_;
  Moment next_;
  std::size_t frames_in_next_ = 0;
  std::array<double, kSpectrumBands> power_before_{};
  std::array<double, kSpectrumBands> power_after_{};
  std::size_t frames_ = 0;
};

// What `equalizer`, `bark` and `tone` do to each frequency, as they are set; in dB. Adaptation
// comes on top. [control]
struct ResponsePoint {
  double frequency_hz;
  double gain_db;
};
std::vector<ResponsePoint> EqualizerCurve(const ChainSetup& setup, double sample_rate_hz);

}  // namespace auralis::render
