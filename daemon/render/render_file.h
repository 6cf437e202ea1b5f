#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "daemon/render/chain_on_file.h"
#include "daemon/render/loudness_of_file.h"
#include "daemon/render/sound_output.h"

namespace auralis::render {

// What to do with one file.
struct Job {
  std::filesystem::path input;   // "-" is standard input
  std::filesystem::path output;  // "-" is standard output
  std::optional<RawFormat> raw_input = {};
  Container container = Container::kWav;
  std::optional<SampleFormat> format = {};  // nothing: as the input, as far as the container can
  bool stereo = false;                      // where the input is mono
  bool overwrite = false;
  std::optional<double> normalize_lufs = {};
};

// What became of it.
struct Outcome {
  double sample_rate_hz = 0.0;
  int output_rate_hz = 0;
  int channels = 0;  // of the output
  std::uint64_t frames = 0;
  std::size_t latency_frames = 0;  // of the chain; taken out
  FileLoudness before;
  FileLoudness after;
  std::optional<double> normalize_gain_db = {};
  std::vector<std::string> notes = {};  // what a person should know
};

// How far a file is. Written by the thread that renders, read by any.
struct Progress {
  std::atomic<std::uint64_t> done_frames{0};
  std::atomic<std::uint64_t> total_frames{0};  // 0 where it is not known
  std::atomic<double> sample_rate_hz{0.0};     // 0 before it is open
};

// Streams a file through the chain: output and input line up and have the same length. Nothing is
// left of an output that cannot be finished. Takes some MB, for any length. Throws FileError for
// the input, WriteError for the output.
Outcome RenderFile(const Job& job, const ChainSetup& setup, Progress& progress,
                   const ChainOnFile::Hear& hear = {});

}  // namespace auralis::render
