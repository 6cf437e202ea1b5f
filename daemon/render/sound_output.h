#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "daemon/render/new_file.h"
#include "daemon/render/sound_source.h"
#include "dsp/dither.h"

struct soxr;

namespace auralis::render {

// Takes stereo, whoever it is for. `frames` of left and right. Throws FileError.
using TakeFrames = std::function<void(const float* left, const float* right, std::size_t frames)>;

enum class Container { kWav, kFlac, kOpus, kRaw };

struct OutputOptions {
  std::filesystem::path path;  // "-" is standard output
  Container container = Container::kWav;
  SampleFormat format = SampleFormat::k24;  // Opus has none
  int rate_hz = 48000;                      // of what comes
  int channels = 2;                         // 1 takes the mean of both
  bool overwrite = false;
  std::optional<std::uint64_t> length_frames = {};  // for headers that cannot be mended later
};

// What a container's frames are written with: interleaved, as floats or as steps in the upper bits
// of 32. Throws WriteError.
class FrameWriter {
 public:
  virtual ~FrameWriter() = default;
  virtual void Write(const float* samples, std::size_t frames) = 0;
  virtual void Write(const std::int32_t* samples, std::size_t frames) = 0;
  virtual void Close() = 0;
};

// A sound file in the making, or a stream of WAV or raw sound into a pipe or a device. Opus knows
// few rates: what has another one is resampled to 48 kHz. Not for [rt].
class SoundOutput {
 public:
  // Throws WriteError.
  explicit SoundOutput(const OutputOptions& options);
  ~SoundOutput();
  SoundOutput(const SoundOutput&) = delete;
  SoundOutput& operator=(const SoundOutput&) = delete;

  int rate_hz() const noexcept { return rate_hz_; }
  void Write(const float* left, const float* right, std::size_t frames);  // Throws WriteError.
  // Finishes the sound. Nothing is written after it. Throws WriteError.
  void Close();
  // The file under its passing name, between Close() and Commit(); "" for a stream.
  std::filesystem::path written_as() const;
  // Puts the file in its place. Throws WriteError.
  void Commit();

 private:
  struct FreeSoxr {
    void operator()(soxr* resampler) const noexcept;
  };

  void Take(const float* left, const float* right, std::size_t frames);
  void Put(const float* interleaved, std::size_t frames);
  void Resample(const float* interleaved, std::size_t frames);

  OutputOptions options_;
  int rate_hz_;
  std::unique_ptr<NewFile> file_;
  std::unique_ptr<FrameWriter> writer_;
  std::unique_ptr<soxr, FreeSoxr> resampler_;
  Dither dither_;
  std::vector<float> interleaved_;
  std::vector<float> resampled_;
  std::vector<std::int32_t> rounded_;
  std::uint64_t taken_frames_ = 0;
  std::uint64_t put_frames_ = 0;
};

// Of a file by its name's end, of standard output by `raw`. Throws WriteError that says which there
// are.
Container ContainerFor(const std::filesystem::path& path, bool raw);
// Whether it is written as a stream: standard output, pipes and devices.
bool IsStream(const std::filesystem::path& path);

}  // namespace auralis::render
