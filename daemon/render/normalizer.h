#pragma once

#include <cstdint>
#include <filesystem>

#include "daemon/render/loudness_of_file.h"
#include "daemon/render/sound_output.h"
#include "dsp/stages/limiter.h"

namespace auralis::render {

// Brings what the chain made to one integrated loudness. A gain follows from the first pass; what
// it lifts over the ceiling is held by a limiter like the chain's last, which costs loudness, so
// the gain is looked for until what comes out is right. The sound waits in a file without a name.
class Normalizer {
 public:
  struct Result {
    double gain_db = 0.0;
    bool reached = false;  // within kToleranceLu
  };
  static constexpr double kToleranceLu = 0.005;

  // Its waiting file is in the folder of `beside`. Throws WriteError.
  Normalizer(const std::filesystem::path& beside, double sample_rate_hz, int channels,
             const Limiter::Params& limiter);
  ~Normalizer();
  Normalizer(const Normalizer&) = delete;
  Normalizer& operator=(const Normalizer&) = delete;

  void Write(const float* left, const float* right, std::size_t frames);  // Throws WriteError.
  // Everything that was written, at `target_lufs`, to `take`. `measured_lufs` is what it has.
  // Throws WriteError, and what `take` throws.
  Result Finish(double target_lufs, double measured_lufs, const TakeFrames& take);

 private:
  void Play(double gain_db, const TakeFrames& take);
  double LufsWith(double gain_db);
  void ReadAt(std::uint64_t frame, float* interleaved, std::size_t frames);
  void Flush();

  double sample_rate_hz_;
  int channels_;
  Limiter::Params limiter_params_;
  int descriptor_;
  std::vector<float> waiting_;
  std::uint64_t frames_ = 0;
};

}  // namespace auralis::render
