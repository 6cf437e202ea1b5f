#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "daemon/sound_file.h"
#include "dsp/dither.h"

namespace auralis {

// Writes stereo into a pipe for another program: interleaved signed 16-bit samples, little endian,
// with triangular dither; no header. What Snapcast reads, and aplay, sox and ffmpeg are told to.
// Not for [rt].
class PipeWriter {
 public:
  // Whether `path` asks for one: "-", standard output, or a named pipe that is there.
  static bool IsFor(const std::filesystem::path& path);

  // A named pipe is held open at both ends: readers may come and go, and those that look in before
  // there is sound do not take it for ended. Where standard output's reader goes, writing fails.
  // Throws FileError, also for a standard output that is a terminal.
  explicit PipeWriter(const std::filesystem::path& path);
  ~PipeWriter();
  PipeWriter(const PipeWriter&) = delete;
  PipeWriter& operator=(const PipeWriter&) = delete;

  // Where the pipe is full: waits for its reader until `give_up`, if there is one to ask. Else a
  // named pipe is emptied, so that a reader is never further behind than what it holds (0.34 s at
  // 48 kHz), and standard output leaves out what is new; whole frames only, and counted. Throws
  // FileError.
  void Write(const float* left, const float* right, std::size_t frames,
             const std::function<bool()>& give_up = {});
  std::uint64_t dropped_frames() const { return dropped_frames_; }

 private:
  bool HasRoom(const std::function<bool()>& give_up) const;
  bool Empty();
  void WriteSamples();
  void Convert(const float* left, const float* right, std::size_t frames);

  std::filesystem::path path_;
  bool is_standard_output_;
  int descriptor_ = -1;
  Dither dither_{16, 2};
  std::vector<float> interleaved_;
  std::vector<std::int32_t> rounded_;
  std::vector<std::int16_t> samples_;
  std::uint64_t dropped_frames_ = 0;
};

}  // namespace auralis
