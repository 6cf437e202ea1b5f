#include "daemon/render/sound_source.h"

#include <sndfile.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
#include <system_error>

namespace auralis::render {
namespace {

// What writes into a pipe announces as much as a header can hold: 2 or 4 GiB, of 8 bytes a frame at
// most.
constexpr sf_count_t kMostAnnouncedFrames = 0x7FFF0000 / 8;

constexpr std::size_t kAheadFrames = 16384;

constexpr int kLowestRateHz = 8000;
constexpr int kHighestRateHz = 384000;

[[noreturn]] void Fail(const std::string& name, const std::string& why) {
  throw FileError(name + ": cannot be rendered: " + why);
}

std::string ErrorText(SNDFILE* file) {
  std::string text = sf_strerror(file);
  while (!text.empty() && (text.back() == '.' || text.back() == '\n')) text.pop_back();
  return text;
}

int SubtypeOf(const std::string& sample) {
  if (sample == "s16") return SF_FORMAT_PCM_16;
  if (sample == "s24") return SF_FORMAT_PCM_24;
  return sample == "s32" ? SF_FORMAT_PCM_32 : SF_FORMAT_FLOAT;
}

SampleFormat FormatOf(int format) {
  switch (format & SF_FORMAT_SUBMASK) {
    case SF_FORMAT_PCM_S8:
    case SF_FORMAT_PCM_U8:
    case SF_FORMAT_PCM_16:
      return SampleFormat::k16;
    case SF_FORMAT_FLOAT:
    case SF_FORMAT_DOUBLE:
      return SampleFormat::kFloat;
    default:
      return SampleFormat::k24;
  }
}

void RequireFile(const std::filesystem::path& path, const std::string& name) {
  std::error_code error;
  const auto type = std::filesystem::status(path, error).type();
  if (type == std::filesystem::file_type::not_found) Fail(name, "there is no such file");
  if (error) Fail(name, error.message());
  if (type == std::filesystem::file_type::directory) Fail(name, "it is a folder");
  if (type == std::filesystem::file_type::character) Fail(name, "it is a device");
  if (access(path.c_str(), R_OK) != 0) Fail(name, std::generic_category().message(errno));
}

// libsndfile takes what is there of a WAV whose data goes on behind its end, and tells in its log
// alone: "data : 882000 (should be 299882)".
bool DataIsCutOff(SNDFILE* file) {
  std::array<char, 4096> log{};
  sf_command(file, SFC_GET_LOG_INFO, log.data(), static_cast<int>(log.size()) - 1);
  const std::string text(log.data());
  const auto at = text.find("\ndata : ");
  if (at == std::string::npos) return false;
  unsigned long promised = 0;
  unsigned long there = 0;
  constexpr unsigned long kUnknown = 0xFFFFFFF0UL;  // as pipes write it: up to the end
  return std::sscanf(text.c_str() + at, " data : %lu (should be %lu)", &promised, &there) == 2 &&
         promised > there && promised < kUnknown && promised != 0x7FFFFFFFUL;
}

}  // namespace

std::string NameOfInput(const std::filesystem::path& path) {
  return path == "-" ? "standard input" : path.string();
}

SoundSource::SoundSource(const std::filesystem::path& path, const std::optional<RawFormat>& raw)
    : name_(NameOfInput(path)), piped_(path == "-") {
  if (!piped_) RequireFile(path, name_);
  SF_INFO info{};
  if (raw) {
    info.samplerate = raw->rate_hz;
    info.channels = raw->channels;
    info.format = SF_FORMAT_RAW | SubtypeOf(raw->sample) | SF_ENDIAN_LITTLE;
  }
  file_.reset(piped_ ? sf_open_fd(STDIN_FILENO, SFM_READ, &info, SF_FALSE)
                     : sf_open(path.c_str(), SFM_READ, &info));
  if (!file_) {
    Fail(name_, ErrorText(nullptr) + (piped_ ? " (through a pipe: WAV, or --raw-in)" : ""));
  }
  if (info.channels < 1 || info.channels > 2) {
    Fail(name_, "it has " + std::to_string(info.channels) + " channels; 1 and 2 are supported");
  }
  if (info.samplerate < kLowestRateHz || info.samplerate > kHighestRateHz) {
    Fail(name_, "its rate is " + std::to_string(info.samplerate) + " Hz; " +
                    std::to_string(kLowestRateHz) + " to " + std::to_string(kHighestRateHz) +
                    " are supported");
  }
  if (info.seekable != 0 && info.frames == 0) Fail(name_, "it holds no audio");
  rate_hz_ = info.samplerate;
  channels_ = info.channels;
  format_ = FormatOf(info.format);
  if (info.seekable != 0) {
    if (DataIsCutOff(file_.get())) Fail(name_, "it is cut off: there is less than it promises");
    must_end_well_ = info.frames == std::numeric_limits<sf_count_t>::max();
    if (!must_end_well_) length_frames_ = static_cast<std::uint64_t>(info.frames);
  } else if (info.frames > 0 && info.frames < kMostAnnouncedFrames) {
    length_frames_ = static_cast<std::uint64_t>(info.frames);  // through a pipe, by its header
  }
}

std::size_t SoundSource::Read(float* left, float* right, std::size_t frames) {
  const auto channels = static_cast<std::size_t>(channels_);
  std::size_t count = 0;
  while (count < frames) {
    if (taken_frames_ == ahead_frames_ && !ReadAhead(frames - count)) break;
    const std::size_t more = std::min(frames - count, ahead_frames_ - taken_frames_);
    const float* const from = ahead_.data() + taken_frames_ * channels;
    for (std::size_t i = 0; i < more; ++i) {
      left[count + i] = from[i * channels];
      right[count + i] = from[i * channels + channels - 1];
    }
    taken_frames_ += more;
    count += more;
  }
  read_frames_ += count;
  if (count < frames) RequireEnd();
  return count;
}

// In pieces that cost the system little; of a pipe, whose writer may be slow, what is asked for.
bool SoundSource::ReadAhead(std::size_t asked_frames) {
  const std::size_t frames = piped_ ? asked_frames : std::max(asked_frames, kAheadFrames);
  ahead_.resize(frames * static_cast<std::size_t>(channels_));
  const sf_count_t got =
      sf_readf_float(file_.get(), ahead_.data(), static_cast<sf_count_t>(frames));
  if (got < 0 || sf_error(file_.get()) != SF_ERR_NO_ERROR) {
    throw FileError(name_ + ": cannot be read on: " + ErrorText(file_.get()));
  }
  ahead_frames_ = static_cast<std::size_t>(got);
  taken_frames_ = 0;
  return got > 0;
}

void SoundSource::RequireEnd() const {
  if (read_frames_ == 0) Fail(name_, "it holds no audio");
  if (must_end_well_) {
    Fail(name_, "it is cut off after " + std::to_string(read_frames_) +
                    " frames: the end of its stream is missing");
  }
  if (length_frames_ && read_frames_ < *length_frames_) {
    Fail(name_, "it is cut off: " + std::to_string(read_frames_) + " of " +
                    std::to_string(*length_frames_) + " frames are there");
  }
}

}  // namespace auralis::render
