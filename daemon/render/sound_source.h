#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "daemon/sound_file.h"

namespace auralis::render {

enum class SampleFormat { k16, k24, kFloat };

// What headerless sound is.
struct RawFormat {
  int rate_hz = 0;
  int channels = 0;
  std::string sample;  // s16, s24, s32, f32; little-endian
};

// A file, or standard input where its path is "-", as planar stereo. Not for [rt].
class SoundSource {
 public:
  // Throws FileError. `raw` says that the input has no header.
  explicit SoundSource(const std::filesystem::path& path,
                       const std::optional<RawFormat>& raw = std::nullopt);

  double sample_rate_hz() const noexcept { return rate_hz_; }
  int channels() const noexcept { return channels_; }
  SampleFormat format() const noexcept { return format_; }
  // Nothing where it is not known before its end.
  std::optional<std::uint64_t> length_frames() const noexcept { return length_frames_; }
  // Fills up to `frames` and returns how many; fewer at the end. One channel sounds on both sides.
  // Throws FileError, also where the file ends before it should.
  std::size_t Read(float* left, float* right, std::size_t frames);

 private:
  bool ReadAhead(std::size_t asked_frames);  // false at the end
  void RequireEnd() const;

  std::string name_;
  bool piped_;
  SoundFileHandle file_;
  int rate_hz_ = 0;
  int channels_ = 0;
  SampleFormat format_ = SampleFormat::k24;
  std::optional<std::uint64_t> length_frames_;
  std::uint64_t read_frames_ = 0;
  bool must_end_well_ = false;  // an Ogg stream whose end is missing
  std::vector<float> ahead_;    // interleaved
  std::size_t ahead_frames_ = 0;
  std::size_t taken_frames_ = 0;  // of those
};

// "standard input" for "-".
std::string NameOfInput(const std::filesystem::path& path);

}  // namespace auralis::render
