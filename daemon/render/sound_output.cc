#include "daemon/render/sound_output.h"

#include <soxr.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <system_error>

#include "daemon/render/frame_writers.h"

namespace auralis::render {
namespace {

constexpr int kOpusRateHz = 48000;

int RateFor(const OutputOptions& options) {
  if (options.container != Container::kOpus) return options.rate_hz;
  for (const int rate : {8000, 12000, 16000, 24000}) {
    if (options.rate_hz == rate) return rate;
  }
  return kOpusRateHz;
}

int BitsOf(SampleFormat format) { return format == SampleFormat::k16 ? 16 : 24; }

}  // namespace

void SoundOutput::FreeSoxr::operator()(soxr* resampler) const noexcept { soxr_delete(resampler); }

SoundOutput::SoundOutput(const OutputOptions& options)
    : options_(options),
      rate_hz_(RateFor(options)),
      dither_(BitsOf(options.format), static_cast<std::size_t>(options.channels)) {
  if (rate_hz_ != options.rate_hz) {
    soxr_error_t error = nullptr;
    const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, 0);
    resampler_.reset(soxr_create(options.rate_hz, rate_hz_, static_cast<unsigned>(options.channels),
                                 &error, nullptr, &quality, nullptr));
    if (error != nullptr) {
      throw WriteError(options.path.string() + ": cannot be resampled: " + error);
    }
  }
  if (IsStream(options.path)) {
    writer_ = MakeStreamWriter(options);
    return;
  }
  file_ = std::make_unique<NewFile>(options.path, options.overwrite);
  writer_ = MakeFileWriter(file_->descriptor(), options.path.string(), options, rate_hz_);
}

SoundOutput::~SoundOutput() { writer_.reset(); }

void SoundOutput::Write(const float* left, const float* right, std::size_t frames) {
  const auto channels = static_cast<std::size_t>(options_.channels);
  interleaved_.resize(frames * channels);
  for (std::size_t i = 0; i < frames; ++i) {
    if (channels == 1) {
      interleaved_[i] = 0.5F * (left[i] + right[i]);  // of two that are the same, the same
    } else {
      interleaved_[2 * i] = left[i];
      interleaved_[2 * i + 1] = right[i];
    }
  }
  taken_frames_ += frames;
  if (resampler_) {
    Resample(interleaved_.data(), frames);
  } else {
    Put(interleaved_.data(), frames);
  }
}

// `interleaved` nullptr lets out what is left.
void SoundOutput::Resample(const float* interleaved, std::size_t frames) {
  const auto channels = static_cast<std::size_t>(options_.channels);
  const double ratio = static_cast<double>(rate_hz_) / options_.rate_hz;
  // As many as there are of the input's time, no more.
  const auto due =
      static_cast<std::uint64_t>(std::llround(static_cast<double>(taken_frames_) * ratio));
  resampled_.resize(channels *
                    (static_cast<std::size_t>(static_cast<double>(frames) * ratio) + 1024));
  std::size_t made = 0;
  std::size_t used = 0;
  do {
    std::size_t now = 0;
    const soxr_error_t error = soxr_process(
        resampler_.get(), interleaved == nullptr ? nullptr : interleaved + used * channels,
        frames - used, &now, resampled_.data(), resampled_.size() / channels, &made);
    if (error != nullptr) {
      throw WriteError(options_.path.string() + ": cannot be resampled: " + error);
    }
    used += now;
    if (put_frames_ < due || interleaved != nullptr) {
      const std::uint64_t room = interleaved != nullptr ? made : due - put_frames_;
      Put(resampled_.data(), static_cast<std::size_t>(std::min<std::uint64_t>(made, room)));
    }
  } while (made > 0);
  if (interleaved != nullptr || put_frames_ >= due) return;
  resampled_.assign(channels * static_cast<std::size_t>(due - put_frames_), 0.0F);
  Put(resampled_.data(), static_cast<std::size_t>(due - put_frames_));
}

void SoundOutput::Put(const float* interleaved, std::size_t frames) {
  if (frames == 0) return;
  put_frames_ += frames;
  if (options_.container == Container::kOpus || options_.format == SampleFormat::kFloat) {
    writer_->Write(interleaved, frames);
    return;
  }
  const auto channels = static_cast<std::size_t>(options_.channels);
  const int below = 32 - BitsOf(options_.format);
  rounded_.resize(frames * channels);
  dither_.Round(interleaved, frames, rounded_.data());
  for (std::int32_t& steps : rounded_) {
    steps = static_cast<std::int32_t>(static_cast<std::uint32_t>(steps) << below);
  }
  writer_->Write(rounded_.data(), frames);
}

void SoundOutput::Close() {
  if (resampler_) Resample(nullptr, 0);
  writer_->Close();
}

std::filesystem::path SoundOutput::written_as() const {
  return file_ ? file_->written_as() : std::filesystem::path();
}

void SoundOutput::Commit() {
  if (file_) file_->Commit();
}

Container ContainerFor(const std::filesystem::path& path, bool raw) {
  if (raw) return Container::kRaw;
  if (IsStream(path)) return Container::kWav;
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (extension == ".wav") return Container::kWav;
  if (extension == ".flac") return Container::kFlac;
  if (extension == ".opus") return Container::kOpus;
  throw WriteError(path.string() +
                   ": cannot be written: the name must end in .wav, .flac or .opus");
}

bool IsStream(const std::filesystem::path& path) {
  if (path == "-") return true;
  std::error_code ignored;
  const auto type = std::filesystem::status(path, ignored).type();
  return type == std::filesystem::file_type::character || type == std::filesystem::file_type::fifo;
}

}  // namespace auralis::render
