#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>

#include "dsp/convolver_filter.h"

namespace auralis {

// A response as it was found in a file, and what became of it.
struct LoadedResponse {
  std::shared_ptr<const ImpulseResponse> response;  // at the stream's rate
  int channels = 0;                                 // of the file
  double file_rate_hz = 0.0;
  std::size_t frames = 0;        // at the stream's rate
  std::size_t memory_bytes = 0;  // of the response and what is worked out of it
};

// Reads a WAV (.irs is one), FLAC or whatever libsndfile reads, and resamples it where its rate is
// another. One channel counts for both sides, of two each for its own, four are true stereo: left
// to left, left to right, right to left, right to right. Refuses other numbers of channels,
// responses longer than Convolver::kLongestSeconds, samples that are no numbers, and silence.
// Throws FileError. [control] takes some 50 ms for each second.
LoadedResponse LoadImpulseResponse(const std::filesystem::path& path, double stream_rate_hz);

}  // namespace auralis
