#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "daemon/render/loudness_of_file.h"

namespace auralis::render {

struct MeasuredFile {
  std::filesystem::path path;
  double sample_rate_hz = 0.0;
  int channels = 0;
  std::uint64_t frames = 0;
  FileLoudness loudness;
};

// Two files of the same rate, frame by frame; the shorter one is taken to go on in silence.
struct SampleDifference {
  double largest_dbfs = 0.0;  // |a - b|; -infinity where they are the same
  double rms_dbfs = 0.0;
  std::uint64_t frames_that_differ = 0;
  std::optional<std::uint64_t> first_frame = {};
};

struct Comparison {
  MeasuredFile first;
  MeasuredFile second;
  std::optional<SampleDifference> difference = {};  // nothing where the rates are not the same
  bool identical = false;                           // rate, channels, length and every sample
};

// Streams both. Throws FileError.
Comparison Compare(const std::filesystem::path& first, const std::filesystem::path& second);

}  // namespace auralis::render
