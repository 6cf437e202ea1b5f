#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <vector>

struct sf_private_tag;  // libsndfile's SNDFILE

namespace auralis {

// `what()` names the file and says what is wrong with it.
class FileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct SoundFileCloser {
  void operator()(sf_private_tag* file) const noexcept;
};
using SoundFileHandle = std::unique_ptr<sf_private_tag, SoundFileCloser>;

// Reads what libsndfile reads, one or two channels, as planar stereo. Not for [rt].
class SoundFileReader {
 public:
  // Throws FileError.
  explicit SoundFileReader(const std::filesystem::path& path);

  double sample_rate_hz() const noexcept { return sample_rate_hz_; }
  std::uint64_t length_frames() const noexcept { return length_frames_; }
  // Fills up to `frames` and returns how many; fewer at the end. A mono file sounds on both sides.
  // Throws FileError.
  std::size_t Read(float* left, float* right, std::size_t frames);
  void Rewind();  // Throws FileError where the file cannot seek.

 private:
  std::filesystem::path path_;
  SoundFileHandle file_;
  double sample_rate_hz_ = 0.0;
  std::uint64_t length_frames_ = 0;
  int channels_ = 0;
  std::vector<float> interleaved_;
};

// Writes stereo: WAV in 32-bit float (RF64 past 4 GiB) or FLAC in 24 bits, by the name's end.
// Not for [rt].
class SoundFileWriter {
 public:
  // Replaces an existing file. Throws FileError.
  SoundFileWriter(const std::filesystem::path& path, double sample_rate_hz);

  void Write(const float* left, const float* right, std::size_t frames);  // Throws FileError.
  // Brings the header up to date: what is written so far can be read even if nobody closes the
  // file. Throws FileError.
  void Sync();
  // Finishes the file; nothing can be written after it. A FLAC file's end is encoded only here, so
  // this may find the disk full. Throws FileError. The destructor does the same and keeps quiet.
  void Close();

 private:
  std::filesystem::path path_;
  SoundFileHandle file_;
  std::vector<float> interleaved_;
};

}  // namespace auralis
