#include "daemon/sound_file.h"

#include <sndfile.h>
#include <sys/stat.h>

#include <cerrno>
#include <cmath>
#include <string>
#include <system_error>

namespace auralis {
namespace {

// `detail` may be empty.
[[noreturn]] void Fail(const std::filesystem::path& path, const std::string& what,
                       const std::string& detail) {
  throw FileError(path.string() + ": " + what + (detail.empty() ? "" : ": " + detail));
}

std::string ErrorText(SNDFILE* file) {
  std::string text = sf_strerror(file);
  while (!text.empty() && (text.back() == '.' || text.back() == '\n')) text.pop_back();
  return text;
}

// A pipe would hold the stream for as long as its other end likes, and a stop with it.
void RequireNoPipe(const std::filesystem::path& path, const std::string& what) {
  struct stat facts {};
  if (stat(path.c_str(), &facts) == 0 && (S_ISFIFO(facts.st_mode) || S_ISSOCK(facts.st_mode))) {
    Fail(path, what, "it is a pipe or a socket; a file is needed");
  }
}

int FormatByName(const std::filesystem::path& path) {
  const std::string extension = path.extension().string();
  // RF64 becomes a plain WAV when it is closed below 4 GiB.
  if (extension == ".wav") return SF_FORMAT_RF64 | SF_FORMAT_FLOAT;
  if (extension == ".flac") return SF_FORMAT_FLAC | SF_FORMAT_PCM_24;
  Fail(path, "cannot be written", "the name must end in .wav or .flac");
}

}  // namespace

void SoundFileCloser::operator()(sf_private_tag* file) const noexcept { sf_close(file); }

SoundFileReader::SoundFileReader(const std::filesystem::path& path) : path_(path) {
  RequireNoPipe(path, "cannot be played");
  std::error_code ignored;  // where it cannot be looked at, opening it says why
  if (std::filesystem::is_character_file(path, ignored)) {  // a terminal waits for its user
    Fail(path, "cannot be played", "it is a device; a file is needed");
  }
  SF_INFO info{};
  file_.reset(sf_open(path.c_str(), SFM_READ, &info));
  if (!file_) Fail(path, "cannot be played", ErrorText(nullptr));
  if (info.channels < 1 || info.channels > 2) {
    Fail(path, "cannot be played",
         "it has " + std::to_string(info.channels) + " channels; 1 and 2 are supported");
  }
  if (info.samplerate < 8000 || info.samplerate > 384000) {
    Fail(path, "cannot be played",
         "its rate is " + std::to_string(info.samplerate) + " Hz; 8000 to 384000 are supported");
  }
  if (info.frames == 0) Fail(path, "cannot be played", "it holds no audio");
  sample_rate_hz_ = info.samplerate;
  length_frames_ = static_cast<std::uint64_t>(info.frames);
  channels_ = info.channels;
}

std::size_t SoundFileReader::Read(float* left, float* right, std::size_t frames) {
  const auto channels = static_cast<std::size_t>(channels_);
  interleaved_.resize(frames * channels);
  const sf_count_t got =
      sf_readf_float(file_.get(), interleaved_.data(), static_cast<sf_count_t>(frames));
  if (got < 0 || sf_error(file_.get()) != SF_ERR_NO_ERROR) {
    Fail(path_, "cannot be read on", ErrorText(file_.get()));
  }
  const auto count = static_cast<std::size_t>(got);
  for (std::size_t i = 0; i < count; ++i) {
    left[i] = interleaved_[i * channels];
    right[i] = interleaved_[i * channels + channels - 1];
  }
  return count;
}

void SoundFileReader::Rewind() {
  if (sf_seek(file_.get(), 0, SEEK_SET) != 0) Fail(path_, "cannot be looped", "it cannot seek");
}

SoundFileWriter::SoundFileWriter(const std::filesystem::path& path, double sample_rate_hz)
    : path_(path) {
  RequireNoPipe(path, "cannot be written");
  SF_INFO info{};
  info.samplerate = static_cast<int>(std::lround(sample_rate_hz));
  info.channels = 2;
  info.format = FormatByName(path);
  file_.reset(sf_open(path.c_str(), SFM_WRITE, &info));
  if (!file_) Fail(path, "cannot be written", ErrorText(nullptr));
  sf_command(file_.get(), SFC_RF64_AUTO_DOWNGRADE, nullptr, SF_TRUE);
  sf_command(file_.get(), SFC_SET_CLIPPING, nullptr, SF_TRUE);  // matters to FLAC only
}

void SoundFileWriter::Write(const float* left, const float* right, std::size_t frames) {
  interleaved_.resize(frames * 2);
  for (std::size_t i = 0; i < frames; ++i) {
    interleaved_[i * 2] = left[i];
    interleaved_[i * 2 + 1] = right[i];
  }
  const auto count = static_cast<sf_count_t>(frames);
  if (sf_writef_float(file_.get(), interleaved_.data(), count) != count) {
    Fail(path_, "cannot be written on", ErrorText(file_.get()));
  }
}

void SoundFileWriter::Close() {
  errno = 0;
  const int error = sf_close(file_.release());
  if (error != SF_ERR_NO_ERROR) Fail(path_, "cannot be finished", sf_error_number(error));
  // libsndfile keeps a failed write of FLAC's last frame to itself; only the system's error tells.
  const bool failed = errno == ENOSPC || errno == EDQUOT || errno == EFBIG || errno == EIO;
  if (failed) Fail(path_, "cannot be finished", std::generic_category().message(errno));
}

void SoundFileWriter::Sync() {
  sf_command(file_.get(), SFC_UPDATE_HEADER_NOW, nullptr, 0);
  if (sf_error(file_.get()) != SF_ERR_NO_ERROR) {
    Fail(path_, "cannot be written on", ErrorText(file_.get()));
  }
}

}  // namespace auralis
